"""What callers do with experiments: create, archive, list."""

from shared.application import lists
from shared.application.backend import Backend, Cause, load, transact
from shared.contract.requests import ExperimentRequest
from shared.contract.responses import ExperimentModel, ViewPage
from shared.domain.experiment import EXPERIMENT, CreateExperiment, Experiment, ExperimentCommand, unknown
from shared.domain.ids import checked, experiment_stream


def create(backend: Backend, request: ExperimentRequest, cause: Cause) -> tuple[ExperimentModel, bool]:
    """Create an experiment; one that exists is left as it is."""
    name = checked("experiment name", request.name)
    command = CreateExperiment(request.description, request.tags)
    experiment, new = transact(backend, EXPERIMENT, experiment_stream(name), command, cause)
    return model(experiment), new


def ensure(backend: Backend, name: str, cause: Cause) -> None:
    """Create an experiment unless it exists: its first run does so."""
    transact(backend, EXPERIMENT, experiment_stream(name), CreateExperiment(), cause)


def ask(backend: Backend, name: str, command: ExperimentCommand, cause: Cause) -> ExperimentModel:
    """Archive or reactivate."""
    return model(transact(backend, EXPERIMENT, experiment_stream(name), command, cause)[0])


def find(backend: Backend, name: str) -> ExperimentModel:
    """One experiment; ``NotFound`` when nobody created it."""
    experiment = load(backend, EXPERIMENT, experiment_stream(name))
    if experiment.created_at is None:
        raise unknown(name)
    return model(experiment)


def page(backend: Backend, archived: bool, limit: int, before: str | None) -> ViewPage[ExperimentModel]:
    """A page of experiments, newest first."""
    return lists.page(backend, "experiment", ExperimentModel, {"archived": archived}, limit, before)


def model(experiment: Experiment) -> ExperimentModel:
    """An experiment as callers see it."""
    return ExperimentModel(
        name=experiment.name, description=experiment.description, tags=dict(experiment.tags),
        archived=experiment.archived, created_at=experiment.created_at,
    )
