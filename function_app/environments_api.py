"""HTTP: environments."""

import azure.functions as func

from function_app.http_call import Answer, Call, bind
from shared.application import environments
from shared.contract.environments import EnvironmentModel, RegisterEnvironmentRequest
from shared.contract.responses import ViewPage

bp = func.Blueprint()


@bind(bp, "register_environment")
def register_environment(call: Call) -> Answer:
    environment, new = environments.register(call.backend, call.body(RegisterEnvironmentRequest), call.cause())
    return call.made(environment, new)


@bind(bp, "list_environments")
def list_environments(call: Call) -> ViewPage[EnvironmentModel]:
    return environments.page(call.backend, *call.page())


@bind(bp, "get_environment")
def get_environment(call: Call) -> EnvironmentModel:
    return environments.find(call.backend, call.path("name", "environment name"), call.query("version"))
