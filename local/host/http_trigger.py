"""HTTP triggers: find the function of a request, check the key, run it, answer as Azure does."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import azure.functions as func
from azure.functions.http import HttpRequest
from starlette.requests import Request
from starlette.responses import Response

from local.host.app import Function
from local.host.invocation import FunctionFailedError, Invoker
from local.host.keys import FUNCTION, Keys
from local.host.routes import RouteTemplate, compile_template

log = logging.getLogger("runspoor.host")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
LARGEST_BODY = 104_857_600  # "Maximum request size: 100 MB", functions-scale


@dataclass(frozen=True)
class HttpFunction:
    """An HTTP function, its route and methods, and the level of authorization it asks for."""

    function: Function
    route: RouteTemplate
    methods: frozenset[str]
    level: str


class BodyTooLargeError(Exception):
    """The body of a request is larger than LARGEST_BODY."""


class HttpTriggers:
    """All HTTP functions of the app, below the route prefix."""

    def __init__(self, functions: list[Function], prefix: str, keys: Keys, invoker: Invoker) -> None:
        self._functions = sorted((_http_function(each, prefix) for each in functions), key=lambda each: each.route.rank)
        self._keys = keys
        self._invoker = invoker

    async def answer(self, request: Request) -> Response:
        """Answer a request: 404, 405, 401, 413, 500, or what the function says."""
        matches = [(each, route) for each in self._functions
                   if (route := each.route.match(request.scope["path"])) is not None]
        if not matches:
            return Response(status_code=404)
        for http, route in matches:
            if request.method in http.methods:
                return await self._run(http, route, request)
        return Response(status_code=405, headers={"Allow": ", ".join(sorted(matches[0][0].methods))})

    async def _run(self, http: HttpFunction, route: Mapping[str, str], request: Request) -> Response:
        if not self._keys.admit(http.level, request):
            return Response(status_code=401)
        try:
            argument = _argument(request, route, await _body(request))
            produced = await self._invoker.run(http.function, argument)
            name = next(each.name for each in http.function.outputs if each.type == "http")
            return _response(produced[name])
        except BodyTooLargeError:
            return Response(status_code=413)
        except FunctionFailedError:
            return Response(status_code=500)
        except (TypeError, UnicodeEncodeError) as error:
            log.error("%s gave no answer that can be sent: %s", http.function.name, error)
            return Response(status_code=500)


def _http_function(function: Function, prefix: str) -> HttpFunction:
    named = function.trigger.fields.get("methods")
    methods = named if isinstance(named, list) and named else METHODS
    return HttpFunction(
        function, compile_template(function.trigger.text("route", function.name), prefix),
        frozenset(str(each).upper() for each in methods),
        function.trigger.text("authLevel", FUNCTION).lower(),
    )


async def _body(request: Request) -> bytes:
    """The whole body. Raises BodyTooLargeError, before reading when the length is announced."""
    if int(request.headers.get("content-length") or 0) > LARGEST_BODY:
        raise BodyTooLargeError
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > LARGEST_BODY:
            raise BodyTooLargeError
        pieces.append(piece)
    return b"".join(pieces)


def _argument(request: Request, route: Mapping[str, str], body: bytes) -> HttpRequest:
    headers = {name: ", ".join(request.headers.getlist(name)) for name in request.headers}
    query = {name: ",".join(request.query_params.getlist(name)) for name in request.query_params}
    return HttpRequest(request.method, _url(request), headers=headers, params=query, route_params=route,
                       body_type="bytes", body=body)


def _url(request: Request) -> str:
    """The URL as it was asked for, still percent-encoded."""
    path, query = request.scope["raw_path"].decode(), request.scope["query_string"].decode()
    return f"{request.url.scheme}://{request.url.netloc}{path}{'?' if query else ''}{query}"


def _response(returned: object) -> Response:
    """The answer for what a function returned: nothing is 204, a text is text/plain."""
    if returned is None:
        return Response(status_code=204)
    answer = func.HttpResponse(returned) if isinstance(returned, str) else returned
    if not isinstance(answer, func.HttpResponse):
        raise TypeError(f"an HTTP function returns func.HttpResponse or str, not {type(answer).__name__}")
    response = Response(answer.get_body(), answer.status_code)
    lines = [(name, value) for name, value in answer.headers.items() if name.lower() != "content-length"]
    if "content-type" not in answer.headers:
        text = answer.mimetype.startswith("text/")
        lines.append(("Content-Type", f"{answer.mimetype}; charset={answer.charset}" if text else answer.mimetype))
    length = [(name, value) for name, value in response.raw_headers if name == b"content-length"]
    response.raw_headers = [*length, *((name.encode("latin-1"), value.encode("latin-1")) for name, value in lines)]
    return response
