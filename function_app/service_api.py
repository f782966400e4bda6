"""HTTP: the service itself."""

import json

import azure.functions as func

from function_app.http_call import Answer, Call, bind
from shared import VERSION
from shared.contract.openapi import document
from shared.contract.responses import Health

bp = func.Blueprint()


@bind(bp, "health")
def health(call: Call) -> Health:
    return Health(status="ok", version=VERSION)


@bind(bp, "openapi")
def openapi(call: Call) -> Answer:
    return Answer(json.dumps(document(VERSION)).encode(), 200)
