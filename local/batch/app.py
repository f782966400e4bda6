"""The HTTP face: each operation of the API as a route, with authentication, planned faults and Batch's errors."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.batch import api, shared_key, validation
from local.batch.api import Operation
from local.batch.call import Answer, Call, Operate
from local.batch.emulator import Emulator
from local.batch.errors import BatchRefusal, error_body
from local.batch.fault_routes import fault_routes
from local.batch.faults import PlannedAnswer
from local.batch.routes import OPERATIONS
from local.batch.settings import Settings

JSON = "application/json; odata=minimalmetadata"
MAX_BODY = 4 * 1024 * 1024
_log = logging.getLogger(__name__)


def build(settings: Settings) -> Callable[[str], Starlette]:
    """The application for ``local.serve``: call the result with the address it is served at."""

    def at(url: str) -> Starlette:
        emulator = Emulator(settings, url)

        @asynccontextmanager
        async def lifespan(app: Starlette) -> AsyncIterator[None]:
            await emulator.start()
            yield
            await emulator.stop()

        # HEAD first: a GET route would answer it too.
        served = sorted(api.operations(), key=lambda operation: operation.method != "HEAD")
        routes = [
            Route(
                operation.path.replace("{filePath}", "{filePath:path}"),
                _endpoint(emulator, operation, OPERATIONS[operation.id]),
                methods=[operation.method],
            )
            for operation in served
        ]
        return Starlette(
            routes=[*fault_routes(emulator), *routes],
            lifespan=lifespan,
            exception_handlers={404: _no_route, 405: _no_route, Exception: _broken},
        )

    return at


def _endpoint(emulator: Emulator, operation: Operation, operate: Operate) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        planned = emulator.faults.answer(request.method, request.url.path)
        try:
            if planned is None or planned.apply:
                response = await _perform(emulator, operation, operate, request)
            return _planned(planned) if planned else _stamped(request, response)
        except BatchRefusal as refusal:
            return _stamped(request, JSONResponse(refusal.body, refusal.status, media_type=JSON))

    return endpoint


async def _perform(emulator: Emulator, operation: Operation, operate: Operate, request: Request) -> Response:
    _authenticate(emulator.settings, request)
    if request.query_params.get("api-version") != api.VERSION:
        raise BatchRefusal("UnsupportedRequestVersion", Supported=api.VERSION)
    raw = await _read(request)
    body = validation.body(operation.body, raw) if operation.body else {}
    result = operate(Call(emulator, request.path_params, request.query_params, request.headers, body, request.url.path))
    answer = result if isinstance(result, Answer) else await result
    return _response(operation, answer)


def _authenticate(settings: Settings, request: Request) -> None:
    if settings.key is None:
        return
    raw_path: bytes = request.scope["raw_path"]
    if not shared_key.is_signed(
        settings.account,
        settings.key,
        request.method,
        raw_path.partition(b"?")[0].decode(),
        request.url.query,
        request.headers,
    ):
        raise BatchRefusal(
            "AuthenticationFailed", AuthenticationErrorDetail="The signature does not match the request."
        )


async def _read(request: Request) -> bytes:
    raw = await request.body()
    if len(raw) > MAX_BODY:
        raise BatchRefusal("RequestBodyTooLarge", MaxLimit=str(MAX_BODY))
    return raw


def _response(operation: Operation, answer: Answer) -> Response:
    if answer.response is not None:
        return answer.response
    if answer.body is None:
        return Response(status_code=operation.status, headers=dict(answer.headers))
    return JSONResponse(answer.body, operation.status, dict(answer.headers), media_type=JSON)


def _planned(planned: PlannedAnswer) -> Response:
    headers = {} if planned.retry_after is None else {"Retry-After": str(planned.retry_after)}
    return JSONResponse(
        error_body(planned.code, "A planned answer of the emulator."), planned.status, headers, media_type=JSON
    )


def _stamped(request: Request, response: Response) -> Response:
    response.headers["request-id"] = str(uuid4())
    if request.headers.get("return-client-request-id", "").lower() == "true":
        response.headers["client-request-id"] = request.headers.get("client-request-id", "")
    return response


async def _no_route(request: Request, error: Exception) -> Response:
    code = "UnsupportedHttpVerb" if isinstance(error, HTTPException) and error.status_code == 405 else "InvalidUri"
    refusal = BatchRefusal(code, Request=f"{request.method} {request.url.path}")
    return JSONResponse(refusal.body, refusal.status, media_type=JSON)


async def _broken(request: Request, error: Exception) -> Response:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    refusal = BatchRefusal("InternalError")
    return JSONResponse(refusal.body, refusal.status, media_type=JSON)
