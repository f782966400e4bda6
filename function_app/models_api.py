"""HTTP: models."""

import azure.functions as func

from function_app.http_call import Answer, Call, bind
from shared.application import models
from shared.contract.models import ModelFile, ModelRequest, ModelUpdate, ModelVersionModel, Registration
from shared.contract.responses import Page, ViewPage
from shared.domain.errors import Fenced, Invalid

bp = func.Blueprint()
LARGEST_NUMBER = 10**9


def _name(call: Call) -> str:
    return call.path("name", "model name")


def _version(call: Call) -> int | None:
    return call.number("version", 0, 1, LARGEST_NUMBER) or None


def _certain_version(call: Call) -> int:
    version = _version(call)
    if version is None:
        raise Invalid("Say which version of the model is meant: ?version=1.")
    return version


@bind(bp, "register_model")
def register_model(call: Call) -> Answer:
    wanted = call.body(ModelRequest)
    if call.node and wanted.run_id != call.node[0]:
        raise Fenced(f"A script registers models of its own run only: give run_id {call.node[0]!r}.")
    result = models.register(call.backend, wanted, call.cause(once=False), call.key)
    return call.made(Registration(result), isinstance(result, ModelVersionModel))


@bind(bp, "list_models")
def list_models(call: Call) -> ViewPage[ModelVersionModel]:
    where = {name: value for name in ("name", "run_id") if (value := call.query(name))}
    labels = tuple(f"{kind}:{text}" for kind in ("tag", "property") if (text := call.query(kind)))
    return models.page(call.backend, {**where, "labels": labels}, call.flag("newest"), *call.page())


@bind(bp, "get_model")
def get_model(call: Call) -> ModelVersionModel:
    return models.find(call.backend, _name(call), _version(call))


@bind(bp, "list_model_files")
def list_model_files(call: Call) -> Page[ModelFile]:
    after = call.number("cursor", 0, 0, LARGEST_NUMBER)
    return models.files(call.backend, _name(call), _version(call), call.limit(), after)


@bind(bp, "change_model")
def change_model(call: Call) -> ModelVersionModel:
    update = call.body(ModelUpdate)
    return models.change(call.backend, _name(call), _certain_version(call), update, call.cause())


@bind(bp, "delete_model")
def delete_model(call: Call) -> ModelVersionModel:
    return models.delete(call.backend, _name(call), _certain_version(call), call.cause(once=False))
