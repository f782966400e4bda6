"""One request to an operation and its answer, and the conditions and paging that many operations share."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import Response

from local.batch import odata
from local.batch.documents import Document, Key, http_date, key, wire
from local.batch.errors import BatchRefusal

if TYPE_CHECKING:
    from local.batch.emulator import Emulator


@dataclass(frozen=True)
class Call:
    """``ids`` are the path's parameters, ``body`` is validated already, ``headers`` compare without case."""

    emulator: "Emulator"
    ids: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Document
    path: str

    def key(self, *names: str) -> Key:
        return key(*(self.ids[name] for name in names))

    def pool(self) -> tuple[Key, Document]:
        """The pool in the path. Refuses with PoolNotFound."""
        return self._found(self.emulator.store.pools.get(found := self.key("poolId")), found, "PoolNotFound")

    def job(self) -> tuple[Key, Document]:
        return self._found(self.emulator.store.jobs.get(found := self.key("jobId")), found, "JobNotFound")

    def task(self) -> tuple[Key, Document]:
        self.job()
        return self._found(self.emulator.store.tasks.get(found := self.key("jobId", "taskId")), found, "TaskNotFound")

    @staticmethod
    def _found(document: Document | None, found: Key, code: str) -> tuple[Key, Document]:
        if document is None:
            raise BatchRefusal(code, Id=found[-1])
        return found, document

    def check_version(self, document: Document) -> None:
        """If-Match and If-None-Match against the resource's ETag: 412 when they do not hold."""
        current = document["eTag"]
        wanted, unwanted = (_tags(self.headers.get(name)) for name in ("if-match", "if-none-match"))
        if (wanted and "*" not in wanted and current not in wanted) or (
            unwanted and ("*" in unwanted or current in unwanted)
        ):
            raise BatchRefusal("ConditionNotMet")

    def url(self, path: str) -> str:
        return self.emulator.url + path


@dataclass(frozen=True)
class Answer:
    """What an operation gives back: a document, or bytes, or nothing; the status is the operation's own."""

    body: Document | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    response: Response | None = None


Operate = Callable[[Call], Answer | Awaitable[Answer]]


def _tags(header: str | None) -> set[str]:
    return {part.strip().removeprefix("W/").strip('"') for part in header.split(",")} if header else set()


def version_headers(document: Document) -> dict[str, str]:
    return {"ETag": f'"{document["eTag"]}"', "Last-Modified": http_date(document["lastModified"])}


def made(call: Call, path: str, document: Document) -> Answer:
    """The answer to a creation."""
    return Answer(headers={**version_headers(document), "DataServiceId": call.url(path)})


def shown(call: Call, path: str, document: Document) -> Answer:
    """One resource as ``$select`` asks for it."""
    call.check_version(document)
    return Answer(_public(call, path, document), version_headers(document))


def listed(call: Call, items: Iterable[tuple[str, Document]]) -> Answer:
    """A page of a list of (path, resource): filtered, selected, and linked to the next page."""
    documents = [{**wire(document), "url": call.url(path)} for path, document in items]
    return page(call, documents)


def page(call: Call, documents: Iterable[Document]) -> Answer:
    """A page of a list of documents that are as on the wire already."""
    query = call.query
    try:
        holds = odata.parse_filter(query["$filter"]) if query.get("$filter") else lambda document: True
        chunk, following = odata.page(
            [document for document in documents if holds(document)], _size(query), query.get("$skiptoken")
        )
    except ValueError as reason:
        raise BatchRefusal("InvalidQueryParameterValue", QueryParameterName="$filter", Reason=str(reason)) from None
    body: Document = {"value": [odata.select(document, query.get("$select")) for document in chunk]}
    if following:
        again = {**query, "$skiptoken": following}
        body["odata.nextLink"] = (
            call.url(call.path) + "?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in again.items())
        )
    return Answer(body)


def _size(query: Mapping[str, str]) -> int:
    text = query.get("maxresults", str(odata.MAX_RESULTS))
    if not text.isdecimal() or not 1 <= int(text) <= odata.MAX_RESULTS:
        raise BatchRefusal(
            "InvalidQueryParameterValue",
            QueryParameterName="maxresults",
            QueryParameterValue=text,
            Reason=f"It must be from 1 to {odata.MAX_RESULTS}.",
        )
    return int(text)


def _public(call: Call, path: str, document: Document) -> Document:
    return odata.select({**wire(document), "url": call.url(path)}, call.query.get("$select"))
