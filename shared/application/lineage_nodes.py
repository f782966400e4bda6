"""The nodes of a lineage: their names, versions and states, asked for all at once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

from shared.application import datastores, models
from shared.application.backend import Backend, load
from shared.application.ports import Json, View
from shared.contract.lineage import LineageEdge, LineageNode
from shared.domain.dataset import SAVED_DATASET, Dataset
from shared.domain.ids import DATASET_ID, saved_dataset_stream
from shared.domain.lineage import NodeKind, split_node

DATASET_VERSION = "dataset-version"
"""The kind of views that know the name and version of a dataset's id."""
VIEWS: Mapping[NodeKind, tuple[str, str]] = {
    "run": ("run", "run_id"), "dataset": (DATASET_VERSION, "id"), "model": (models.EVERY, "id"),
}
"""Kind of node -> the kind of its views, and the field of theirs that has what stands behind the kind in its id."""


def dataset_views(dataset: Dataset, ids: Iterable[str]) -> Iterable[View]:
    """Under which version an id is registered: the newest, if there are several."""
    for id in ids:
        if version := dataset.saved_as(id):
            body = {"id": id, "name": dataset.name, "version": version.number, "revision": version.number}
            yield View(DATASET_VERSION, id, id, body)


def described(backend: Backend, nodes: Sequence[str], edges: Iterable[LineageEdge]) -> list[LineageNode]:
    """``nodes`` by their ids as callers see them, in the same order."""
    known = {f"{kind}:{view.body[field]}": view.body
             for kind, (views, field) in VIEWS.items() for view in _views(backend, views, field, nodes, kind)}
    touched = {end for edge in edges if edge.how in ("input", "output") for end in (edge.source, edge.target)}
    there = cache(lambda name: datastores.known(backend, name))
    return [_node(backend, node, known.get(node), node in touched, there) for node in nodes]


def _views(backend: Backend, views: str, field: str, nodes: Iterable[str], kind: NodeKind) -> list[View]:
    keys = frozenset(key for of, key in map(split_node, nodes) if of == kind)
    return backend.views.page(views, {field: keys}, len(keys), None) if keys else []


def _node(
    backend: Backend, node: str, body: Json | None, is_touched: bool, there: Callable[[str], bool]
) -> LineageNode:
    kind, key = split_node(node)
    said: dict[str, object]
    match kind:
        case "path":
            said = {"name": key, "status": None if there(key.partition("/")[0]) else "unregistered"}
        case "run":
            said = {"name": body and body["display_name"], "status": body and body["status"]}
        case "model":
            name, _, number = key.rpartition(":")
            said = {"name": name, "version": int(number),
                    "status": body and ("registered" if body["present"] else "deleted")}
        case "dataset" if body:
            said = {"name": body["name"], "version": body["version"], "status": "registered"}
        case "dataset":
            said = {"status": "unregistered" if is_touched or _is_saved(backend, key) else "unknown"}
    return LineageNode.model_validate({"id": node, "kind": kind, **said})


def _is_saved(backend: Backend, id: str) -> bool:
    """Asked only of what no run has read or written: those have been looked at when they were."""
    return bool(DATASET_ID.fullmatch(id)) and load(backend, SAVED_DATASET, saved_dataset_stream(id)).version > 0
