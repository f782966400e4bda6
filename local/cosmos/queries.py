"""A query request: its text and parameters, and its run against a container."""

from dataclasses import dataclass, field
from functools import lru_cache

from local.cosmos.containers import Container
from local.cosmos.errors import bad_request
from local.cosmos.indexing import create_index
from local.cosmos.jsontext import Json, JsonObject, parse_object
from local.cosmos.query.compiler import Plan, compile_query
from local.cosmos.query.pages import Page, run
from local.cosmos.query.parser import parse_query
from local.cosmos.query.statements import Scope
from local.cosmos.storage import Storage

_parse = lru_cache(maxsize=512)(parse_query)


@dataclass(frozen=True)
class QueryRequest:
    """``parameters`` maps ``@name`` to its value."""

    text: str
    parameters: JsonObject = field(default_factory=dict)

    @staticmethod
    def of(body: bytes) -> "QueryRequest":
        """Read ``{"query": ..., "parameters": [{"name", "value"}]}``; 400 when it is malformed."""
        fields = parse_object(body)
        text, parameters = fields.get("query"), fields.get("parameters") or []
        if not isinstance(text, str) or not isinstance(parameters, list):
            raise bad_request("A query request needs a query text, and parameters as an array.")
        return QueryRequest(text, dict(_parameter(parameter) for parameter in parameters))

    def compile(self, container: Container) -> Plan:
        paths = container.partition_key.paths
        partition_path = paths[0] if len(paths) == 1 else None
        return compile_query(_parse(self.text), self.parameters, container.indexing, partition_path)

    def run(self, storage: Storage, container: Container, scope: Scope, continuation: str | None,
            page_size: int) -> Page:
        """One page; the first query with an order makes the SQLite index for it."""
        plan = self.compile(container)
        if plan.keys and plan.keys != ((("id",), plan.keys[0][1]),):
            create_index(storage, container.table, plan.keys, partitioned=scope.key is not None)
        return run(storage, container.table, plan, scope, self.text, continuation, page_size)


ALL_DOCUMENTS = QueryRequest("SELECT * FROM c")


def _parameter(parameter: Json) -> tuple[str, Json]:
    match parameter:
        case {"name": str(name), "value": value}:
            return name, value
    raise bad_request("Each query parameter needs a name and a value.")
