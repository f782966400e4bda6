"""Lineage in memory: the same from every side, whatever the order of commits, and never without a bound."""

import random
from collections.abc import Callable, Iterable

import pytest

from shared.application import datasets, lineage, models, runs
from shared.application.backend import transact
from shared.application.ports import Commit, View
from shared.application.project import KINDS, project, rebuild
from shared.contract.datasets import DatasetRequest
from shared.contract.lineage import Lineage
from shared.contract.models import ModelRequest, ModelUpdate
from shared.contract.submission import SubmitRunRequest
from shared.domain import limits
from shared.domain.datastore import DATASTORE, RegisterDatastore, UnregisterDatastore
from shared.domain.definition import DatastorePath, Input
from shared.domain.errors import NotFound
from shared.domain.ids import datastore_stream, run_stream
from shared.domain.run import RUN as RUN_DECIDER
from shared.domain.run_commands import SubmitRun
from shared.domain.run_events import OutputStored
from tests.unit.application.deployment import CAUSE, RUN, Deployment
from tests.unit.domain.requests import PICTURES

UNKNOWN = "0a1b2c3d-4e5f-6a7b-8c9d-0e1f2a3b4c5d"
Picture = tuple[set[tuple[object, ...]], set[tuple[object, ...]], bool]


def dataset(world: Deployment, url: str, name: str | None = None) -> str:
    body: dict[str, object] = {"kind": "file", "sources": [{"url": f"https://data.example/{url}"}], "name": name}
    if name:
        body["create_new_version"] = True
    return datasets.create(world.backend, DatasetRequest.model_validate(body), CAUSE)[0].id


def submit(world: Deployment, run_id: str, *ids: str) -> None:
    known = runs.find(world.backend, RUN).definition
    assert known
    assert known.snapshot
    inputs = {f"in{number}": {"dataset": id, "mode": "direct"} for number, id in enumerate(ids)}
    runs.submit(world.backend, SubmitRunRequest.model_validate({
        "experiment": "tests", "snapshot_id": known.snapshot.id, "compute_target": "cpu", "script": "train.py",
        "run_id": run_id, "inputs": inputs, "display_name": f"the {run_id}"}), CAUSE, None)


def trained() -> Deployment:
    """``raw`` (registered twice) and a dataset without a name -> run ``b`` -> ``net``, whose version 2 is deleted."""
    world = Deployment().submitted()
    raw, bare = dataset(world, "raw.csv", "raw"), dataset(world, "bare.csv")
    dataset(world, "newer.csv", "raw")
    submit(world, "b", raw, bare, raw)
    world.blobs.put("runs", "b/0/outputs/net.pkl", b"w")
    world.blobs.put("runs", "b/1/outputs/net.pkl", b"w")
    for _ in range(2):
        models.register(world.backend, ModelRequest.model_validate({
            "name": "net", "run_id": "b", "path": "outputs/net.pkl",
            "datasets": [{"scenario": "training", "dataset_id": raw}]}), CAUSE, None)
    models.change(world.backend, "net", 1, ModelUpdate.model_validate({
        "datasets": [{"scenario": "check", "dataset_id": bare}, {"scenario": "lost", "dataset_id": UNKNOWN},
                     {"scenario": "odd", "dataset_id": "mnist"}]}), CAUSE)
    models.delete(world.backend, "net", 2, CAUSE)
    return world


def views(world: Deployment) -> list[View]:
    return [view for kind in KINDS for view in world.views.page(kind, {}, 1000, None)]


def bodies(world: Deployment, kinds: Iterable[str]) -> list[object]:
    return [(view.kind, view.id, view.sort, view.body) for view in views(world) if view.kind in kinds]


def seen(found: Lineage) -> Picture:
    return ({(node.id, node.name, node.version, node.status) for node in found.nodes},
            {(edge.source, edge.target, edge.how, edge.name) for edge in found.edges}, found.truncated)


def test_the_graph_of_a_run() -> None:
    world = trained()
    project(world.backend, world.commits)
    run = runs.find(world.backend, "b").definition
    assert run
    raw, bare = (run.inputs[name].dataset or "" for name in ("in0", "in1"))
    a, b, net, deleted = f"dataset:{raw}", f"dataset:{bare}", "model:net:1", "model:net:2"
    found = lineage.of_run(world.backend, "b", 1)
    assert found.nodes[0].id == "run:b"
    assert seen(found) == (
        {("run:b", "the b", None, "NotStarted"), (a, "raw", 1, "registered"), (b, None, None, "unregistered"),
         (net, "net", 1, "registered"), (deleted, "net", 2, "deleted")},
        {(a, "run:b", "input", "in0"), (b, "run:b", "input", "in1"), (a, "run:b", "input", "in2"),
         ("run:b", net, "model", "outputs/net.pkl"), ("run:b", deleted, "model", "outputs/net.pkl"),
         (a, net, "scenario", "training"), (a, deleted, "scenario", "training"), (b, net, "scenario", "check")},
        False)
    assert seen(lineage.of_dataset(world.backend, "raw", 1, 5)) == seen(lineage.of_saved_dataset(world.backend, raw, 5))
    assert seen(lineage.of_dataset(world.backend, "raw", None, 5))[1] == set()
    statuses = {node.id: node.status for node in lineage.of_model(world.backend, "net", None, 5).nodes}
    assert statuses.pop(net) == "registered"
    assert statuses == {"run:b": "NotStarted", a: "registered", b: "unregistered",
                        f"dataset:{UNKNOWN}": "unknown", "dataset:mnist": "unknown"}
    assert lineage.of_model(world.backend, "net", 2, 5).nodes[0].status == "deleted"
    assert found.as_of == world.now


def test_paths_and_what_was_written_to_them() -> None:
    world = Deployment().submitted()
    for command in (RegisterDatastore("photos", PICTURES), UnregisterDatastore()):
        submitted = runs.find(world.backend, RUN).definition
        assert submitted
        transact(world.backend, DATASTORE, datastore_stream("photos"), command, CAUSE)
        if isinstance(command, RegisterDatastore):
            inputs = {name: Input(path=DatastorePath(datastore=name, path="raw/"))
                      for name in ("photos", "workspaceblobstore")}
            transact(world.backend, RUN_DECIDER, run_stream("b"), SubmitRun(
                submitted.model_copy(update={"inputs": inputs})), CAUSE)
    bare = dataset(world, "clean.csv")
    happened = Commit(run_stream("b"), 1, world.now, "1", "tests", "tests", [
        OutputStored(attempt=1, name="clean", dataset=bare), OutputStored(attempt=1, name="empty", complete=True)])
    world.events.append(happened)
    project(world.backend, world.commits)
    found = lineage.of_run(world.backend, "b", 1)
    assert {(node.id, node.name, node.status) for node in found.nodes[1:]} == {
        ("path:photos/raw", "photos/raw", "unregistered"),
        ("path:workspaceblobstore/raw", "workspaceblobstore/raw", None), (f"dataset:{bare}", None, "unregistered")}
    assert {(edge.source, edge.target, edge.complete) for edge in found.edges} == {
        ("path:photos/raw", "run:b", True), ("path:workspaceblobstore/raw", "run:b", True),
        ("run:b", f"dataset:{bare}", False)}
    assert seen(lineage.of_saved_dataset(world.backend, bare, 2)) == seen(found)


def test_what_there_is_not() -> None:
    world = trained()
    asked: tuple[Callable[[], Lineage], ...] = (
        lambda: lineage.of_run(world.backend, "nobody", 3),
        lambda: lineage.of_model(world.backend, "x", None, 3),
        lambda: lineage.of_model(world.backend, "net", 3, 3),
        lambda: lineage.of_dataset(world.backend, "raw", 3, 3),
        lambda: lineage.of_saved_dataset(world.backend, UNKNOWN, 3))
    for ask in asked:
        with pytest.raises(NotFound):
            ask()


def test_before_the_lists_know_it_a_thing_is_alone() -> None:
    found = lineage.of_run(trained().backend, "b", 3)
    assert (len(found.nodes), found.nodes[0].status, found.edges, found.as_of) == (1, None, [], None)


@pytest.mark.parametrize("seed", range(5))
def test_commits_in_any_order_and_twice(seed: int) -> None:
    world = trained()
    project(world.backend, world.commits)
    expected = bodies(world, (lineage.EDGE, "dataset-version"))
    assert len(expected) == 10 + 2
    shuffled = world.commits * 2
    random.Random(seed).shuffle(shuffled)
    for kind in KINDS:
        world.views.clear(kind)
    for commit in shuffled:
        project(world.backend, [commit])
    assert bodies(world, (lineage.EDGE, "dataset-version")) == expected
    rebuild(world.backend)
    assert bodies(world, (lineage.EDGE, "dataset-version")) == expected


def test_a_thousand_runs_of_one_dataset() -> None:
    world = Deployment().submitted()
    raw = dataset(world, "raw.csv", "raw")
    for number in range(1000):
        submit(world, f"b{number:04d}", raw)
    project(world.backend, world.events.feed(None, 5000)[0])
    found = lineage.of_dataset(world.backend, "raw", None, 10)
    assert found.truncated
    assert len(found.nodes) == limits.LINEAGE_NODES
    newest = {f"run:b{number:04d}" for number in range(1000)[-limits.LINEAGE_NODES + 1:]}
    assert {node.id for node in found.nodes[1:]} == newest
    alone = lineage.of_run(world.backend, "b0007", 10)
    assert ({node.id for node in alone.nodes}, alone.truncated) == ({"run:b0007", f"dataset:{raw}"}, False)
