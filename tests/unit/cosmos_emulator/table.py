"""A document table in a fresh SQLite file, without a server: for tests of the query compiler against real rows."""

from dataclasses import dataclass
from pathlib import Path

from local.cosmos.containers import Catalog, Container
from local.cosmos.documents import Documents
from local.cosmos.jsontext import Json, JsonObject, parse
from local.cosmos.queries import QueryRequest
from local.cosmos.query.statements import Scope, Statement
from local.cosmos.storage import Storage


@dataclass
class Table:
    """One container with partition key /pk; all documents go under one key unless they say otherwise."""

    storage: Storage
    container: Container

    @staticmethod
    def create(directory: Path, policy: JsonObject | None = None) -> "Table":
        storage = Storage(directory)
        catalog = Catalog(storage)
        catalog.create_database({"id": "d"})
        settings: JsonObject = {"id": "c", "partitionKey": {"paths": ["/pk"], "kind": "Hash"}}
        if policy is not None:
            settings["indexingPolicy"] = policy
        return Table(storage, catalog.create_container("d", settings))

    def insert(self, *documents: JsonObject) -> None:
        with self.storage.transaction():
            for number, document in enumerate(documents):
                body: JsonObject = {"id": f"{number:05}", "pk": "p", **document}
                Documents(self.storage, self.container).create(self.container.partition_key.key_of(body), body)

    def query(self, text: str, key: str | None = '["p"]', size: int = 1000, **parameters: Json) -> list[Json]:
        """All results of a query, read in pages of ``size``."""
        request = QueryRequest(text, {f"@{name}": value for name, value in parameters.items()})
        results: list[Json] = []
        token = None
        while True:
            page = request.run(self.storage, self.container, Scope(key), token, size)
            results += [parse(text) for text in page.results]
            token = page.continuation
            if token is None:
                return results
            assert len(page.results) <= size

    def explain(self, text: str, key: str | None = '["p"]', after: list[object] | None = None) -> list[str]:
        """SQLite's plan of every range of a page."""
        plan = QueryRequest(text).compile(self.container)
        lines = []
        for sql, values in Statement(self.container.table, plan, Scope(key)).texts(after):
            limited = f"EXPLAIN QUERY PLAN {sql} LIMIT :v{len(values) + 1}"
            lines += [row[3] for row in self.storage.execute_numbered(limited, [*values, 20])]
        return lines
