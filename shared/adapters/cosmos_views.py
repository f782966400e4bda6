"""Read models in Cosmos DB: one document per thing, one partition per kind: a list is one query in one place."""

from collections.abc import Mapping

from azure.core import MatchConditions
from azure.cosmos import ContainerProxy
from azure.cosmos.exceptions import (
    CosmosAccessConditionFailedError,
    CosmosResourceExistsError,
    CosmosResourceNotFoundError,
)

from shared.adapters.cosmos_schema import FILTERED_LISTS, item_id
from shared.adapters.request_charge import RequestCharges
from shared.application.ports import VersionConflict, View, Where


class CosmosViews:
    """A ``ViewStore`` over the container ``views``."""

    def __init__(self, container: ContainerProxy, charges: RequestCharges | None = None) -> None:
        self._container = container
        self._charges = charges or RequestCharges()

    def get(self, kind: str, id: str) -> View | None:
        try:
            return _view(self._container.read_item(item_id(id), kind, response_hook=self._charges.hook("view_get")))
        except CosmosResourceNotFoundError as error:
            self._charges.record("view_get", error.headers)
            return None

    def put(self, view: View) -> None:
        try:
            self._write(view)
        except (CosmosAccessConditionFailedError, CosmosResourceExistsError, CosmosResourceNotFoundError) as error:
            self._charges.record("view_put", error.headers)
            raise VersionConflict(f"The view {view.kind}/{view.id} was changed since it was read.") from error

    def _write(self, view: View) -> None:
        id, hook = item_id(view.id), self._charges.hook("view_put")
        document = {"id": id, "name": view.id, "kind": view.kind, "sort": view.sort, "body": view.body}
        if view.etag is None:
            self._container.create_item(document, no_response=True, response_hook=hook)
        else:
            self._container.replace_item(
                id, document, no_response=True, etag=view.etag, match_condition=MatchConditions.IfNotModified,
                response_hook=hook)

    def page(self, kind: str, where: Where, limit: int, before: str | None) -> list[View]:
        if frozenset() in where.values():
            return []  # Cosmos has no empty IN.
        query, values = page_query(where, before)
        parameters: list[dict[str, object]] = [
            {"name": name, "value": value} for name, value in {**values, "@kind": kind, "@limit": limit}.items()
        ]
        documents = self._container.query_items(
            query, parameters=parameters, partition_key=kind, max_item_count=limit,
            response_hook=self._charges.hook("view_page"))
        return [_view(document) for document in documents]

    def clear(self, kind: str) -> None:
        hook = self._charges.hook("view_clear")
        found = self._container.query_items(
            "SELECT c.id FROM c WHERE c.kind = @kind", parameters=[{"name": "@kind", "value": kind}],
            partition_key=kind, response_hook=hook)
        for document in list(found):
            try:
                self._container.delete_item(document["id"], kind, response_hook=hook)
            except CosmosResourceNotFoundError as error:
                self._charges.record("view_clear", error.headers)


def page_query(where: Where, before: str | None) -> tuple[str, dict[str, object]]:
    """The query of a page and its parameters.

    Fields filtered by one value that have a composite index with ``sort`` come first in ORDER BY: only then does
    Cosmos use it. Of several values it would be an order by value.
    """
    values: dict[str, object] = {}
    wanted: list[str] = []
    for name, value in where.items():
        asked = {f"@w{len(values) + n}": each for n, each in enumerate(_several(value))}
        values |= asked
        wanted += _conditions(f'c.body["{_plain(name)}"]', list(asked), isinstance(value, tuple))
    if before is not None:
        values["@before"] = before
        wanted.append("c.sort < @before")
    single = {name for name, value in where.items() if len(_several(value)) == 1}
    indexed = next((names for names in FILTERED_LISTS if set(names) <= single), ())
    order = ", ".join([*(f'c.body["{name}"] DESC' for name in indexed), "c.sort DESC"])
    conditions = " AND ".join(["c.kind = @kind", *wanted])
    return f"SELECT * FROM c WHERE {conditions} ORDER BY {order} OFFSET 0 LIMIT @limit", values


def _conditions(field: str, parameters: list[str], of_list: bool) -> list[str]:
    if of_list:
        return [f"ARRAY_CONTAINS({field}, {each})" for each in parameters]
    return [f"{field} = {parameters[0]}" if len(parameters) == 1 else f"{field} IN ({', '.join(parameters)})"]


def _several(value: str | bool | tuple[str, ...] | frozenset[str]) -> tuple[str | bool, ...]:
    return tuple(value) if isinstance(value, (tuple, frozenset)) else (value,)


def _plain(name: str) -> str:
    if not name.isidentifier():
        raise ValueError(f"{name!r} is not a field of a view.")
    return name


def _view(document: Mapping[str, object]) -> View:
    body = document["body"]
    assert isinstance(body, dict)
    return View(str(document["kind"]), str(document["name"]), str(document["sort"]), body, str(document["_etag"]))
