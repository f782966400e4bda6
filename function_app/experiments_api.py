"""HTTP: experiments."""

import azure.functions as func

from function_app.http_call import Answer, Call, bind
from shared.application import experiments
from shared.contract.requests import ExperimentRequest
from shared.contract.responses import ExperimentModel, ViewPage
from shared.domain.experiment import ArchiveExperiment, ReactivateExperiment

bp = func.Blueprint()


@bind(bp, "create_experiment")
def create_experiment(call: Call) -> Answer:
    experiment, new = experiments.create(call.backend, call.body(ExperimentRequest), call.cause())
    return call.made(experiment, new)


@bind(bp, "list_experiments")
def list_experiments(call: Call) -> ViewPage[ExperimentModel]:
    return experiments.page(call.backend, call.flag("archived"), *call.page())


@bind(bp, "get_experiment")
def get_experiment(call: Call) -> ExperimentModel:
    return experiments.find(call.backend, call.path("name", "experiment name"))


@bind(bp, "archive_experiment")
def archive_experiment(call: Call) -> ExperimentModel:
    name = call.path("name", "experiment name")
    return experiments.ask(call.backend, name, ArchiveExperiment(), call.cause(once=False))


@bind(bp, "reactivate_experiment")
def reactivate_experiment(call: Call) -> ExperimentModel:
    name = call.path("name", "experiment name")
    return experiments.ask(call.backend, name, ReactivateExperiment(), call.cause(once=False))
