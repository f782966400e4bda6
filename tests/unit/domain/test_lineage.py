"""Walks along edges: as far as asked, no node twice, never more than may be; and the edges that events make."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.definition import DatastorePath, Input
from shared.domain.lineage import Edge, Walk, edges_of_model, edges_of_run, split_node
from shared.domain.model import Description, ModelChanged, ModelDataset, ModelDeleted, ModelRegistered
from shared.domain.run_events import AttemptOpened, OutputStored, RunSubmitted
from tests.unit.domain.requests import DEFINITION, OF_RUN, UPLOADED

NODES = st.sampled_from("abcdefgh")
GRAPHS = st.dictionaries(NODES, st.lists(NODES, max_size=5), max_size=8)
Graph = dict[str, list[str]]


def neighbours(graph: Graph, nodes: frozenset[str]) -> list[str]:
    return [target for node in sorted(nodes) for target in graph.get(node, [])]


def reachable(graph: Graph, start: str, steps: int) -> set[str]:
    """By the definition: what some path of at most so many edges leads to."""
    return {start} | {node for target in graph.get(start, []) if steps for node in reachable(graph, target, steps - 1)}


def walked(graph: Graph, start: str, steps: int, most: int = 100) -> Walk:
    walk = Walk.at(start)
    for _ in range(steps):
        if not walk.has_ended:
            walk = walk.onward(neighbours(graph, walk.frontier), most)
    return walk


@given(GRAPHS, NODES, st.integers(0, 4))
def test_a_walk_sees_what_can_be_reached_in_so_many_steps(graph: Graph, start: str, steps: int) -> None:
    walk = walked(graph, start, steps)
    assert walk.seen == reachable(graph, start, steps)
    assert not walk.truncated


@given(GRAPHS, NODES, st.integers(0, 4), st.integers(1, 8))
def test_a_walk_with_a_bound_says_that_there_is_more_when_there_is(
    graph: Graph, start: str, steps: int, most: int
) -> None:
    walk, all_there_is = walked(graph, start, steps, most), reachable(graph, start, steps)
    assert walk.seen <= all_there_is
    assert len(walk.seen) == min(most, len(all_there_is))
    assert walk.truncated == (len(all_there_is) > most)


@given(GRAPHS, NODES)
def test_against_the_edges_a_walk_finds_the_start_again(graph: Graph, start: str) -> None:
    against: Graph = {}
    for source, targets in graph.items():
        for target in targets:
            against.setdefault(target, []).append(source)
    for end in walked(graph, start, 8).seen:
        assert start in walked(against, end, 8).seen


@given(st.integers(1, 5))
def test_no_more_is_read_than_is_needed_to_know_that_there_is_more(most: int) -> None:
    def endless() -> Iterator[str]:
        number = 0
        while True:
            yield f"n{number}"
            number += 1
            assert number <= most, "read on"

    assert Walk.at("start").onward(endless(), most).truncated


def test_what_a_run_reads() -> None:
    inputs = {
        "train": Input(dataset="1"), "test": Input(dataset="1"),
        "raw": Input(path=DatastorePath(datastore="Blobs", path="raw/2018/")), "all": Input(
            path=DatastorePath(datastore="blobs")),
    }
    event = RunSubmitted(definition=DEFINITION.model_copy(update={"inputs": inputs}))
    assert [(edge.source, edge.target, edge.how, edge.name) for edge in edges_of_run("r", event)] == [
        ("dataset:1", "run:r", "input", "train"), ("dataset:1", "run:r", "input", "test"),
        ("path:blobs/raw/2018", "run:r", "input", "raw"), ("path:blobs/", "run:r", "input", "all")]
    assert len({edge.id for edge in edges_of_run("r", event)}) == 4
    assert list(edges_of_run("r", AttemptOpened(attempt=1))) == []


def test_what_a_run_wrote() -> None:
    stored = OutputStored(attempt=1, name="clean", dataset="2", files=1, bytes=1)
    assert list(edges_of_run("r", stored)) == [Edge("run:r", "dataset:2", "output", "clean", complete=False)]
    assert list(edges_of_run("r", OutputStored(attempt=1, name="clean", complete=True))) == []


TRAINING = ModelDataset(scenario="training", dataset_id="1")
CHECKING = ModelDataset(scenario="checking", dataset_id="x")


def test_what_a_model_comes_of() -> None:
    registered = ModelRegistered(number=3, registration="k", files=OF_RUN, said=Description(datasets=(TRAINING,)))
    assert list(edges_of_model("net", registered)) == [
        Edge("run:r1", "model:net:3", "model", "outputs/net.pkl"),
        Edge("dataset:1", "model:net:3", "scenario", "training")]
    assert list(edges_of_model("net", registered.model_copy(update={"files": UPLOADED, "said": Description()}))) == []
    assert list(edges_of_model("net", ModelChanged(number=3, datasets=(CHECKING,)))) == [
        Edge("dataset:x", "model:net:3", "scenario", "checking")]
    assert list(edges_of_model("net", ModelDeleted(number=3))) == []


@pytest.mark.parametrize(("node", "parts"), [
    ("run:digits_5f2c", ("run", "digits_5f2c")), ("model:net:3", ("model", "net:3")),
    ("path:blobs/a:b/c", ("path", "blobs/a:b/c")), ("dataset:x:y", ("dataset", "x:y")),
])
def test_a_node_says_what_it_is(node: str, parts: tuple[str, str]) -> None:
    assert split_node(node) == parts
