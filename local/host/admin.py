"""The administrator's routes: what is there, is it well, run this function now. They ask for the master key.

https://learn.microsoft.com/azure/azure-functions/functions-manually-run-non-http
"""

import json

from azure.core.exceptions import AzureError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.host.app import Function
from local.host.invocation import FunctionFailedError
from local.host.keys import ADMIN, Keys
from local.host.listening import Listener


class Admin:
    """The administrator's view of one host."""

    def __init__(self, functions: list[Function], listeners: list[Listener], keys: Keys, host_id: str) -> None:
        self._functions = {each.name.lower(): each for each in functions}
        self._listeners = {each.name.lower(): listener for listener in listeners for each in listener.functions}
        self._keys = keys
        self._host_id = host_id

    @property
    def routes(self) -> list[Route]:
        """The routes to serve, before those of the app."""
        return [
            Route("/admin/host/status", self._status, methods=["GET"]),
            Route("/admin/functions", self._list, methods=["GET"]),
            Route("/admin/functions/{name}", self._one, methods=["GET", "POST"]),
            Route("/admin/{rest:path}", self._nothing),
        ]

    async def _status(self, request: Request) -> Response:
        return self._guarded(request) or JSONResponse({"id": self._host_id, "state": "Running", "errors": []})

    async def _list(self, request: Request) -> Response:
        return self._guarded(request) or JSONResponse([_description(each) for each in self._functions.values()])

    async def _one(self, request: Request) -> Response:
        if refusal := self._guarded(request):
            return refusal
        function = self._functions.get(request.path_params["name"].lower())
        if function is None:
            return Response(status_code=404)
        if request.method == "POST":
            return await self._start(function, request)
        return JSONResponse(_description(function))

    async def _start(self, function: Function, request: Request) -> Response:
        """Run the function and answer when it is done: 202, or 500 when it failed."""
        listener = self._listeners.get(function.name.lower())
        if listener is None:
            return _refusal(400, f"{function.name} is an HTTP function; call its route")
        try:
            body = await request.body()
            given = json.loads(body).get("input", "") if body else ""
            await listener.start(function, given if isinstance(given, str) else json.dumps(given))
        except FunctionFailedError as error:
            return _refusal(500, str(error))
        except (ValueError, AttributeError, AzureError) as error:
            return _refusal(400, f"the body must be {{\"input\": ...}} with an input this trigger can take: {error}")
        return Response(status_code=202)

    async def _nothing(self, request: Request) -> Response:
        return self._guarded(request) or Response(status_code=404)

    def _guarded(self, request: Request) -> Response | None:
        return None if self._keys.admit(ADMIN, request) else Response(status_code=401)


def _description(function: Function) -> dict[str, object]:
    bindings = [dict(each.fields) for each in (function.trigger, *function.outputs)]
    return {"name": function.name, "language": "python", "config": {"bindings": bindings}}


def _refusal(status: int, message: str) -> Response:
    return JSONResponse({"message": message}, status)
