"""Routes of documents. One path means several operations; headers tell which (see ``post`` and ``get``)."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.cosmos.answers import DELETE_CHARGE, answer, feed, query_charge, read_charge, session_token, write_charge
from local.cosmos.batch import Outcome, patch, run_batch
from local.cosmos.changefeed import read_changes
from local.cosmos.containers import Catalog, Container
from local.cosmos.documents import Document, Documents
from local.cosmos.errors import bad_request
from local.cosmos.jsontext import JsonObject, dump, parse, parse_object
from local.cosmos.queries import ALL_DOCUMENTS, QueryRequest
from local.cosmos.requests import (
    body_bytes,
    body_object,
    condition_of,
    container_of,
    flag,
    is_query,
    key_of,
    page_size_of,
    scope_of,
)
from local.cosmos.storage import Storage

MULTI_STATUS = 207


class Items:
    """Point operations, batches, queries and the change feed over HTTP."""

    def __init__(self, storage: Storage, catalog: Catalog) -> None:
        self._storage = storage
        self._catalog = catalog

    def routes(self) -> list[Route]:
        documents = "/dbs/{database}/colls/{container}/docs"
        one = documents + "/{item}"
        return [Route(documents, self.post, methods=["POST"]), Route(documents, self.get),
                Route(one, self.read), Route(one, self.replace, methods=["PUT"]),
                Route(one, self.delete, methods=["DELETE"]), Route(one, self.patch, methods=["PATCH"])]

    async def post(self, request: Request) -> Response:
        """Query, batch, upsert or create."""
        body = await body_bytes(request)
        container = container_of(request, self._catalog)
        if is_query(request):
            return self._query(request, container, QueryRequest.of(body))
        if flag(request, "x-ms-cosmos-is-batch-request"):
            return self._batch(container, run_batch(self._storage, container, key_of(request, container), parse(body)))
        return self._create(request, container, parse_object(body))

    async def get(self, request: Request) -> Response:
        """The change feed, or all documents."""
        container = container_of(request, self._catalog)
        feed_mode = request.headers.get("a-im")
        if feed_mode is None:
            return self._query(request, container, ALL_DOCUMENTS)
        if feed_mode.lower() != "incremental feed":
            raise bad_request("Unsupported: this emulator has the change feed in latest-version mode only.")
        sent = request.headers
        changes = read_changes(self._storage, container, scope_of(request, container), sent.get("if-none-match"),
                               sent.get("if-modified-since"), page_size_of(request))
        if not changes.documents:
            return answer(None, 304, headers=self._headers(container, etag=changes.position))
        body = feed(container.rid, "Documents", changes.documents)
        return self._results(container, body, len(changes.documents), etag=changes.position)

    async def read(self, request: Request) -> Response:
        container = container_of(request, self._catalog)
        document = Documents(self._storage, container).read(key_of(request, container), request.path_params["item"])
        if request.headers.get("if-none-match") == document.etag:
            return answer(None, 304, headers=self._headers(container, etag=document.etag))
        return self._document(container, document, 200, read_charge(len(document.body)))

    async def replace(self, request: Request) -> Response:
        body = await body_object(request)
        container = container_of(request, self._catalog)
        key, condition = key_of(request, container), condition_of(request)
        with self._storage.transaction():
            document = Documents(self._storage, container).replace(key, request.path_params["item"], body, condition)
        return self._document(container, document, 200, write_charge(len(document.body)))

    async def patch(self, request: Request) -> Response:
        body = await body_object(request)
        container = container_of(request, self._catalog)
        key, condition = key_of(request, container), condition_of(request)
        with self._storage.transaction():
            document = patch(self._storage, container, key, request.path_params["item"], body, condition)
        return self._document(container, document, 200, write_charge(len(document.body)))

    async def delete(self, request: Request) -> Response:
        container = container_of(request, self._catalog)
        key, condition = key_of(request, container), condition_of(request)
        with self._storage.transaction():
            Documents(self._storage, container).delete(key, request.path_params["item"], condition)
        return answer(None, 204, DELETE_CHARGE, self._headers(container))

    def _create(self, request: Request, container: Container, body: JsonObject) -> Response:
        key, documents, created = key_of(request, container), Documents(self._storage, container), True
        with self._storage.transaction():
            if flag(request, "x-ms-documentdb-is-upsert"):
                document, created = documents.upsert(key, body, condition_of(request))
            else:
                document = documents.create(key, body)
        return self._document(container, document, 201 if created else 200, write_charge(len(document.body)))

    def _batch(self, container: Container, outcomes: list[Outcome]) -> Response:
        charges = [write_charge(len(done.document.body)) if done.document else DELETE_CHARGE for done in outcomes]
        entries = [_entry(outcome, charge) for outcome, charge in zip(outcomes, charges, strict=True)]
        status = 200 if all(outcome.status < 400 for outcome in outcomes) else MULTI_STATUS
        return answer(f"[{','.join(entries)}]", status, round(sum(charges), 2), self._headers(container))

    def _query(self, request: Request, container: Container, query: QueryRequest) -> Response:
        scope = scope_of(request, container)
        continuation = request.headers.get("x-ms-continuation")
        page = query.run(self._storage, container, scope, continuation, page_size_of(request))
        body = feed(container.rid, "Documents", page.results)
        more = {} if page.continuation is None else {"x-ms-continuation": page.continuation}
        return self._results(container, body, len(page.results), **more)

    def _results(self, container: Container, body: str, count: int, **headers: str) -> Response:
        headers["x-ms-item-count"] = str(count)
        return answer(body, 200, query_charge(count, len(body)), self._headers(container, **headers))

    def _document(self, container: Container, document: Document, status: int, charge: float) -> Response:
        return answer(document.body, status, charge, self._headers(container, etag=document.etag))

    def _headers(self, container: Container, **more: str) -> dict[str, str]:
        lsn = container.last_lsn(self._storage)
        return {"x-ms-session-token": session_token(lsn), "lsn": str(lsn), **more}


def _entry(outcome: Outcome, charge: float) -> str:
    fields = f'"statusCode":{outcome.status},"requestCharge":{charge}'
    if outcome.document is not None:
        fields += f',"eTag":{dump(outcome.document.etag)},"resourceBody":{outcome.document.body}'
    return f"{{{fields}}}"
