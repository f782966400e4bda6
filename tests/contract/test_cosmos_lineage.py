"""Lineage over Cosmos: of a dataset that a thousand runs have read, in few queries that cost what they show."""

from dataclasses import replace
from datetime import timedelta

from azure.cosmos import DatabaseProxy

from shared.adapters.cosmos_schema import VIEWS
from shared.adapters.cosmos_views import CosmosViews
from shared.adapters.request_charge import RequestCharges
from shared.application import lineage
from shared.application.backend import Backend
from shared.domain import limits
from shared.domain.lineage import Edge
from tests.unit.application.deployment import Deployment
from tests.unit.application.test_lineage import dataset

RUNS = 1000
QUERIES = 5
"""Upstream, where nothing is; one step down, which finds too much; the edges between; what datasets and runs are."""


def edges(backend: Backend, dataset_id: str) -> None:
    """Runs by the thousand, the last of which has written a dataset."""
    for number in range(RUNS):
        made = [Edge(f"dataset:{dataset_id}", f"run:r{number:04d}", "input", "raw")]
        if number == RUNS - 1:
            made.append(Edge(f"run:r{number:04d}", "dataset:clean", "output", "clean"))
        for view in lineage.views(made, backend.clock() + timedelta(seconds=number)):
            backend.views.put(view)


def test_a_thousand_runs_of_one_dataset(database: DatabaseProxy) -> None:
    charges, world = RequestCharges(), Deployment()
    backend = replace(world.backend, views=CosmosViews(database.get_container_client(VIEWS.name), charges))
    raw = dataset(world, "raw.csv")
    edges(backend, raw)
    found = lineage.of_saved_dataset(backend, raw, 10)
    newest = [f"run:r{number:04d}" for number in range(RUNS - limits.LINEAGE_NODES + 1, RUNS)]
    assert (found.truncated, [node.id for node in found.nodes]) == (True, [f"dataset:{raw}", *newest])
    assert {(edge.source, edge.target) for edge in found.edges} == {(f"dataset:{raw}", run) for run in newest}
    assert charges.snapshot()["view_page"].count == QUERIES
    clean = lineage.around(backend, "dataset:clean", 10)
    assert ([node.id for node in clean.nodes], clean.truncated) == (
        ["dataset:clean", f"dataset:{raw}", f"run:r{RUNS - 1:04d}"], False)
    assert len(clean.edges) == 2
