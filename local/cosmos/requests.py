"""What a request asks for: its body, its container, and the headers that turn one route into several operations."""

from starlette.requests import Request

from local.cosmos.containers import Catalog, Container
from local.cosmos.documents import Condition
from local.cosmos.errors import COLLECTION_RID_MISMATCH, OWNER_NOT_FOUND, CosmosError, bad_request
from local.cosmos.jsontext import JsonObject, parse_object
from local.cosmos.query.statements import Scope

MAX_REQUEST_BYTES = 2 * 1024 * 1024
DEFAULT_PAGE = 100
MAX_PAGE = 1000
QUERY_JSON = "application/query+json"


async def body_bytes(request: Request) -> bytes:
    """The body, at most 2 MB: more is 413 before it is read to the end."""
    too_large = CosmosError(413, "Request size is too large: a request may have at most 2 MB.")
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > MAX_REQUEST_BYTES:
        raise too_large
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_REQUEST_BYTES:
            raise too_large
        chunks.append(chunk)
    return b"".join(chunks)


async def body_object(request: Request) -> JsonObject:
    return parse_object(await body_bytes(request))


def container_of(request: Request, catalog: Catalog) -> Container:
    """The container of the path; 404 without it, 400 when the caller means an earlier container of that name."""
    container = catalog.container(request.path_params["database"], request.path_params["container"], OWNER_NOT_FOUND)
    intended = request.headers.get("x-ms-cosmos-intended-collection-rid")
    if intended is not None and intended != container.rid:
        raise bad_request("The container was deleted and created again since the caller last read it.",
                          COLLECTION_RID_MISMATCH)
    return container


def key_of(request: Request, container: Container) -> str:
    return container.partition_key.key_from_header(request.headers.get("x-ms-documentdb-partitionkey"))


def condition_of(request: Request) -> Condition:
    return Condition(request.headers.get("if-match"), request.headers.get("if-none-match"))


def scope_of(request: Request, container: Container) -> Scope:
    """The partition key or EPK range a query or feed is limited to."""
    key = key_of(request, container) if "x-ms-documentdb-partitionkey" in request.headers else None
    low, high = request.headers.get("x-ms-start-epk"), request.headers.get("x-ms-end-epk")
    return Scope(key, (low, high) if low is not None and high is not None else None)


def page_size_of(request: Request) -> int:
    """``x-ms-max-item-count``: at most 1000, which is also what -1 means; 100 when it is not sent."""
    text = request.headers.get("x-ms-max-item-count", str(DEFAULT_PAGE))
    try:
        count = int(text)
    except ValueError as error:
        raise bad_request(f"x-ms-max-item-count must be a number, not {text!r}.") from error
    if count == 0 or count < -1:
        raise bad_request("x-ms-max-item-count must be -1 or positive.")
    return MAX_PAGE if count == -1 else min(count, MAX_PAGE)


def is_query(request: Request) -> bool:
    return flag(request, "x-ms-documentdb-isquery") or request.headers.get("content-type", "").startswith(QUERY_JSON)


def flag(request: Request, name: str) -> bool:
    return request.headers.get(name, "").lower() == "true"
