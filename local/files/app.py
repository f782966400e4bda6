"""The application: authorization, the way of a request to its operation, and errors in Azure's shape."""

import base64
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from local.azurite import ACCOUNT_KEY, ACCOUNT_NAME
from local.files import identity, names, sas, shared_key
from local.files.call import Call
from local.files.contents import RANGE_BYTES
from local.files.errors import FilesError
from local.files.operations import operation, permit
from local.files.sas import Right
from local.files.storage import Storage

METHODS = ["GET", "HEAD", "PUT", "DELETE", "POST", "PATCH", "OPTIONS"]
KEY = base64.b64decode(ACCOUNT_KEY)
CONDITIONS = ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since")
"""Azure Files refuses them (learn.microsoft.com/troubleshoot/azure/azure-storage/files: ConditionHeadersNotSupported).
"""
STRUCTURED = "x-ms-structured-body"
_log = logging.getLogger(__name__)


def build(state: Path) -> Starlette:
    """The emulator over the directory ``state``. Closes it when it stops."""
    storage = Storage(state)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        storage.close()

    async def endpoint(request: Request) -> Response:
        try:
            response = await _perform(storage, request)
        except FilesError as error:
            response = _refusal(error)
        except ClientDisconnect:
            response = Response(status_code=400)
        except Exception:
            _log.exception("%s %s failed", request.method, request.url.path)
            response = _refusal(FilesError("InternalError"))
        return _stamped(request, response)

    return Starlette(routes=[Route("/{path:path}", endpoint, methods=METHODS)], lifespan=lifespan)


async def _perform(storage: Storage, request: Request) -> Response:
    account, _, path = request.path_params["path"].partition("/")
    path = path.strip("/")
    query = {name.lower(): value for name, value in request.query_params.items()}
    restype, comp = query.get("restype", ""), query.get("comp", "")
    right = _right(request, account, path, query)
    share, _, rest = path.partition("/")
    keep_dots = request.headers.get("x-ms-allow-trailing-dot", "").lower() == "true"
    found = names.parts(rest, keep_dots)
    wanted = operation(request.method, restype, comp, share, found)
    permit(right, wanted, restype)
    _check_headers(request.headers)
    url = request.url
    call = Call(storage, KEY, right, share, found, query, request.headers, await _body(request),
                f"{url.scheme}://{url.netloc}/{account}/")
    return wanted.perform(call)


def _right(request: Request, account: str, path: str, query: Mapping[str, str]) -> Right:
    """What the caller may do. Raises AuthenticationFailed."""
    if account != ACCOUNT_NAME:
        raise FilesError("AuthenticationFailed", f"This emulator has one account: {ACCOUNT_NAME}.")
    if "sig" in query:
        return sas.right(account, KEY, query, path)
    if request.headers.get("authorization", "").startswith(identity.BEARER):
        return identity.right(request.url.scheme, request.headers, query.get("restype") == "service")
    raw_path: bytes = request.scope["raw_path"]
    if shared_key.is_signed(account, KEY, request.method, raw_path.partition(b"?")[0].decode(), request.url.query,
                            request.headers):
        return Right()
    raise FilesError("AuthenticationFailed", "The signature in Authorization does not fit the request.")


def _check_headers(headers: Mapping[str, str]) -> None:
    if any(name in headers for name in CONDITIONS):
        raise FilesError("ConditionHeadersNotSupported")
    if STRUCTURED in headers:
        raise FilesError("NotImplemented", f"It takes bodies as they are, without {STRUCTURED}.")


async def _body(request: Request) -> bytes:
    """At most 4 MiB: more is refused before it is read to the end."""
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > RANGE_BYTES:
        raise FilesError("RequestBodyTooLarge")
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > RANGE_BYTES:
            raise FilesError("RequestBodyTooLarge")
        pieces.append(piece)
    return b"".join(pieces)


def _refusal(error: FilesError) -> Response:
    headers = {"x-ms-error-code": error.code}
    return Response(error.body, error.status, headers, media_type="application/xml")


def _stamped(request: Request, response: Response) -> Response:
    response.headers["x-ms-request-id"] = str(uuid4())
    response.headers["x-ms-version"] = request.headers.get("x-ms-version") or request.query_params.get("sv", "")
    if given := request.headers.get("x-ms-client-request-id"):
        response.headers["x-ms-client-request-id"] = given
    return response
