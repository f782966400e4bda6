"""Lineage: what data, runs and models came of, and what came of them. It is drawn from views of kind ``edge``."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal

from shared.application import datasets, lineage_nodes, lists, runs
from shared.application.backend import Backend, load
from shared.application.ports import View
from shared.contract.lineage import Lineage, LineageEdge
from shared.domain import limits
from shared.domain.dataset import DATASET
from shared.domain.ids import dataset_stream, model_stream
from shared.domain.lineage import Edge, Walk, dataset_node, model_node, run_node
from shared.domain.model import MODEL

EDGE = "edge"
"""The kind of views that are edges. An edge never changes, and never goes."""
End = Literal["from", "to"]


def views(edges: Iterable[Edge], at: datetime | None) -> Iterator[View]:
    """Edges as views. ``at`` is the time of their order, which is the same whenever they are made."""
    for edge in edges:
        body = LineageEdge.model_validate(vars(edge)).model_dump(by_alias=True)
        yield View(EDGE, edge.id, lists.sort_key(at, edge.id), {**body, "revision": 0})


def of_run(backend: Backend, run_id: str, depth: int) -> Lineage:
    """Around a run; ``NotFound`` when nobody submitted it."""
    return around(backend, run_node(runs.find(backend, run_id).id), depth)


def of_dataset(backend: Backend, name: str, number: int | None, depth: int) -> Lineage:
    """Around a version of a registered dataset, the newest without a number."""
    version = load(backend, DATASET, dataset_stream(name)).numbered(number)
    return around(backend, dataset_node(version.id), depth)


def of_saved_dataset(backend: Backend, id: str, depth: int) -> Lineage:
    """Around a dataset, registered or not."""
    return around(backend, dataset_node(datasets.find_by_id(backend, id).id), depth)


def of_model(backend: Backend, name: str, number: int | None, depth: int) -> Lineage:
    """Around a version of a model, a deleted one too; the newest that is not without a number."""
    model = load(backend, MODEL, model_stream(name))
    version = (number is not None and model.versions.get(number)) or model.find(number)
    return around(backend, model_node(name, version.registered.number), depth)


def around(backend: Backend, start: str, depth: int) -> Lineage:
    """Around a node, which need not exist."""
    walks = [_walked(backend, start, depth, *ends) for ends in (_UPSTREAM, _DOWNSTREAM)]
    nodes = frozenset[str]().union(*(walk.seen for walk in walks))
    edges, has_more = _edges_between(backend, nodes)
    return Lineage(
        nodes=lineage_nodes.described(backend, [start, *sorted(nodes - {start})], edges),
        edges=edges,
        truncated=has_more or any(walk.truncated for walk in walks),
        as_of=lists.as_of(backend),
    )


_UPSTREAM: tuple[End, End] = ("to", "from")
_DOWNSTREAM: tuple[End, End] = ("from", "to")


def _walked(backend: Backend, start: str, depth: int, near: End, far: End) -> Walk:
    walk = Walk.at(start)
    for _ in range(depth):
        if walk.has_ended:
            break
        walk = walk.onward(_neighbours(backend, walk.frontier, near, far), limits.LINEAGE_NODES)
    return walk


def _neighbours(backend: Backend, frontier: frozenset[str], near: End, far: End) -> Iterator[str]:
    """The other ends of the edges that have one end in ``frontier``, newest first, page by page as they are wanted."""
    limit, before = limits.LINEAGE_NODES + 1, None
    while True:
        page = backend.views.page(EDGE, {near: frontier}, limit, before)
        yield from (str(view.body[far]) for view in page)
        if len(page) < limit:
            return
        before = page[-1].sort


def _edges_between(backend: Backend, nodes: frozenset[str]) -> tuple[list[LineageEdge], bool]:
    """The newest edges between nodes, in a certain order; and whether there are more."""
    found = backend.views.page(EDGE, {"from": nodes, "to": nodes}, limits.LINEAGE_EDGES + 1, None)
    edges = [LineageEdge.model_validate(view.body) for view in found[:limits.LINEAGE_EDGES]]
    edges.sort(key=lambda each: (each.source, each.target, each.how, each.name))
    return edges, len(found) > limits.LINEAGE_EDGES
