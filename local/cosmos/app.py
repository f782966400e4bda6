"""The application: routes, authorization, and errors in Cosmos' shape."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from local.cosmos.answers import error_answer
from local.cosmos.auth import authorize
from local.cosmos.containers import Catalog
from local.cosmos.errors import CosmosError, bad_request
from local.cosmos.items import Items
from local.cosmos.resources import Resources
from local.cosmos.storage import Storage


def build(state: Path, key: bytes) -> Starlette:
    """The emulator over the directory ``state``; ``key`` is the decoded account key. Closes the file when it stops."""
    storage = Storage(state)
    catalog = Catalog(storage)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        storage.close()

    routes = [*Items(storage, catalog).routes(), *Resources(catalog).routes()]
    handlers = {CosmosError: _refuse, HTTPException: _no_route, UnicodeEncodeError: _not_unicode,
                OverflowError: _not_a_double}
    gate = Middleware(Gate, key=key)
    return Starlette(routes=routes, exception_handlers=handlers, middleware=[gate], lifespan=lifespan)


class Gate:
    """Checks the signature of every request, and drops the slash SDKs put at the end of paths."""

    def __init__(self, app: ASGIApp, key: bytes) -> None:
        self._app = app
        self._key = key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            path = scope["path"].strip("/")
            try:
                authorize(self._key, scope["method"], path, headers.get("x-ms-date", ""),
                          headers.get("authorization", ""))
            except CosmosError as error:
                await error_answer(error)(scope, receive, send)
                return
            scope = {**scope, "path": f"/{path}"}
        await self._app(scope, receive, send)


def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, CosmosError)
    return error_answer(error)


def _no_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        return error_answer(CosmosError(405, f"This resource does not take {request.method}."))
    return error_answer(bad_request(f"Unsupported: this emulator has no resource {request.url.path}."))


def _not_a_double(_: Request, __: Exception) -> Response:
    return error_answer(bad_request("The request holds a number beyond the range of a double."))


def _not_unicode(_: Request, __: Exception) -> Response:
    return error_answer(bad_request("The request holds half of a surrogate pair, which is not a character."))
