"""Metrics in Cosmos DB: chunks as they arrive and the merged series, one partition per run."""

from collections.abc import Mapping
from typing import cast

from azure.cosmos import ContainerProxy
from azure.cosmos.exceptions import CosmosResourceExistsError, CosmosResourceNotFoundError

from shared.adapters.cosmos_schema import item_id
from shared.adapters.request_charge import RequestCharges
from shared.application.ports import Json, MetricDocument

HEADERS = 'SELECT c.name, c.header FROM c WHERE c.run = @run AND c.kind = @kind ORDER BY c["order"]'
COUNT = "SELECT VALUE COUNT(1) FROM c WHERE c.run = @run AND c.kind = @kind"


class CosmosMetrics:
    """A ``MetricStore`` over the container ``metrics``."""

    def __init__(self, container: ContainerProxy, charges: RequestCharges | None = None) -> None:
        self._container = container
        self._charges = charges or RequestCharges()

    def add(self, document: MetricDocument) -> bool:
        try:
            self._container.create_item(
                _stored(document), no_response=True, response_hook=self._charges.hook("metric_add"))
        except CosmosResourceExistsError as error:
            self._charges.record("metric_add", error.headers)
            return False
        return True

    def put(self, document: MetricDocument) -> None:
        self._container.upsert_item(
            _stored(document), no_response=True, response_hook=self._charges.hook("metric_put"))

    def get(self, run: str, id: str) -> MetricDocument | None:
        hook = self._charges.hook("metric_get")
        try:
            found = self._container.read_item(item_id(id), run, response_hook=hook)
        except CosmosResourceNotFoundError as error:
            self._charges.record("metric_get", error.headers)
            return None
        return MetricDocument(run, found["name"], found["kind"], found["order"], found["header"], found["body"])

    def headers(self, run: str, kind: str) -> list[tuple[str, Json]]:
        documents = self._query(HEADERS, run, kind, "metric_headers")
        return [(str(document["name"]), cast("Json", document["header"])) for document in documents]

    def count(self, run: str, kind: str) -> int:
        return cast("list[int]", self._query(COUNT, run, kind, "metric_count"))[0]

    def _query(self, query: str, run: str, kind: str, operation: str) -> list[Mapping[str, object]]:
        parameters: list[dict[str, object]] = [{"name": "@run", "value": run}, {"name": "@kind", "value": kind}]
        return list(self._container.query_items(
            query, parameters=parameters, partition_key=run, response_hook=self._charges.hook(operation)))


def _stored(document: MetricDocument) -> dict[str, object]:
    return {
        "id": item_id(document.id), "name": document.id, "run": document.run, "kind": document.kind,
        "order": document.order, "header": document.header, "body": document.content,
    }
