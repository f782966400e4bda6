"""Runs on several nodes: what is refused, what Batch is asked for, what counts, and what they leave."""

import json
from datetime import timedelta
from typing import Any

import pytest

from shared.application import compute_targets, runs, signals, why
from shared.application.metric_read import points
from shared.application.ports import Container
from shared.application.task import prepare
from shared.contract.requests import ComputeTargetRequest, ComputeTargetUpdate
from shared.contract.responses import RunResponse
from shared.contract.submission import SubmitRunRequest
from shared.domain.batch_states import TaskObservation
from shared.domain.errors import Invalid
from tests.unit.application.deployment import CAUSE, RUN, SIGNALS, Deployment

TWO = {"kind": "mpi", "nodes": 2, "processes": 4}


def with_target(most: int) -> Deployment:
    """A deployment with a run on one node, whose snapshot and compute target others share."""
    world = Deployment().submitted()
    compute_targets.update(world.backend, "cpu", ComputeTargetUpdate(max_nodes=most), CAUSE)
    return world


def submitted(world: Deployment, run_id: str, **asked: Any) -> RunResponse:
    assert world.run.definition
    assert world.run.definition.snapshot
    return runs.submit(world.backend, SubmitRunRequest.model_validate({
        "experiment": "tests", "snapshot_id": world.run.definition.snapshot.id, "compute_target": "cpu",
        "script": "train.py", "run_id": run_id, **asked}), CAUSE, None)[0]


def spread(run_id: str = "spread") -> Deployment:
    """Its run on two nodes waits on Batch."""
    world = with_target(4)
    submitted(world, run_id, distribution=TWO)
    world.react_to(run_id)
    return world


def test_a_run_shows_how_it_is_spread() -> None:
    world = with_target(2)
    run = submitted(world, "spread", distribution={"kind": "pytorch", "nodes": 2, "backend": "gloo"}, priority="high")
    assert run.distribution
    assert run.distribution.model_dump() == {
        "kind": "pytorch", "nodes": 2, "processes": 2, "backend": "gloo", "parameter_servers": 0}
    assert (run.priority, run.nodes) == ("high", [])
    alone = runs.response(world.run)
    assert (alone.distribution, alone.priority) == (None, "normal")


@pytest.mark.parametrize(("asked", "says"), [
    ({"distribution": {"kind": "mpi", "nodes": 3}}, "has no more than 2"),
    ({"distribution": {"kind": "mpi", "nodes": 2}, "compute_target": "local"}, "caller's machine is one"),
    ({"distribution": {"kind": "mpi"}, "environment": {"image": {"name": "python:3.12"}}}, "cannot reach into"),
])
def test_what_no_node_will_run_is_refused_and_leaves_nothing(asked: dict[str, Any], says: str) -> None:
    world = with_target(2)
    before = len(world.commits)
    with pytest.raises(Invalid, match=says):
        submitted(world, "spread", **asked)
    assert len(world.commits) == before


@pytest.mark.parametrize(("asked", "says"), [
    ({"distribution": {"kind": "mpi", "nodes": 2, "processes": 3}}, "do not divide"),
    ({"distribution": {"kind": "tensorflow", "nodes": 2, "processes": 4}}, "one worker on each node"),
    ({"distribution": {"kind": "mpi", "parameter_servers": 1}}, "goes with kind 'tensorflow'"),
    ({"distribution": {"kind": "mpi", "backend": "gloo"}}, "goes with kind 'pytorch'"),
    ({"distribution": {"kind": "mpi"}, "script": None, "snapshot_id": None, "compute_target": "local"}, "to run"),
    ({"environment": {"variables": {"X": "\N{FOX FACE}" * 32_768}}}, "131,071 bytes"),
    ({"arguments": ["\N{FOX FACE}" * 32_768]}, "131,071 bytes"),
])
def test_what_contradicts_itself_is_refused(asked: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        submitted(with_target(2), "spread", **asked)


def test_a_run_that_was_accepted_is_the_same_run_whatever_its_target_is_now() -> None:
    world = with_target(2)
    first = submitted(world, "spread", distribution=TWO)
    compute_targets.update(world.backend, "cpu", ComputeTargetUpdate(max_nodes=1), CAUSE)
    assert submitted(world, "spread", distribution=TWO) == first
    with pytest.raises(Invalid, match="has a single one"):
        submitted(world, "another", distribution=TWO)


def test_a_target_made_smaller_is_why_a_run_waits() -> None:
    world = spread()
    compute_targets.update(world.backend, "cpu", ComputeTargetUpdate(max_nodes=1), CAUSE)
    said = why.why(world.backend, "spread")
    assert (said.waiting_for, said.next) == ("max_nodes", "Raise its max_nodes, or cancel the run.")


def test_unknown_sizes_are_refused_when_a_target_is_made() -> None:
    world = Deployment()
    with pytest.raises(Invalid, match=r"'Standard_D2s_v33'.*Standard_D2s_v3"):
        compute_targets.create(world.backend, ComputeTargetRequest(name="cpu", vm_size="Standard_D2s_v33"), CAUSE)
    assert world.commits == []


def test_the_task_takes_as_many_nodes_and_nothing_of_the_users() -> None:
    world = spread()
    command = "rm -rf /; echo $(whoami)"
    submitted(world, "one", script=None, command=[command], environment={"variables": {"LONG": "x" * 32_000}})
    submitted(world, "two", script=None, command=[command], distribution=TWO)
    for run_id, nodes in (("one", 1), ("two", 2)):
        world.react_to(run_id)
        spec = prepare(world.backend, runs.find(world.backend, run_id))
        assert spec.nodes == nodes
        assert command not in spec.command
        assert set(spec.variables) == {"RUNSPOOR_RUN_ID", "RUNSPOOR_ATTEMPT"}, "Batch limits them; ours are short"
        assert set(spec.files) == {"runner.pyz", "task.json"}
    document = world.blobs.read("runs", "two/1/task.json")
    assert document
    assert json.loads(document)["distribution"]["nodes"] == 2


def test_the_demand_is_counted_in_nodes() -> None:
    world = spread()
    world.react_to("spread")
    assert world.compute.pools["cpu"] == 2
    world.react()
    assert world.compute.pools["cpu"] == 3
    submitted(world, "more", distribution=TWO)
    world.react_to("more")
    assert world.compute.pools["cpu"] == 4, "five are wanted, and four allowed"


@pytest.mark.parametrize(("priority", "job"), [("high", "j-cpu_high"), ("normal", "j-cpu"), ("low", "j-cpu_low")])
def test_each_priority_has_a_job(priority: str, job: str) -> None:
    world = with_target(2)
    submitted(world, "urgent", priority=priority)
    world.react_to("urgent")
    assert list(world.compute.observed) == [(job, "urgent-a1")]
    assert world.compute.pools["cpu"] == 1
    world.compute.observed[job, "urgent-a1"] = TaskObservation("running", node="cpu-0")
    assert [node.run_id for node in compute_targets.nodes(world.backend, "cpu").value] == ["urgent"]
    world.reconcile()
    assert runs.find(world.backend, "urgent").phase == "Queued"
    compute_targets.delete(world.backend, "cpu", CAUSE)
    compute_targets.react(world.backend, "cpu", CAUSE)
    assert (world.compute.jobs, world.compute.observed) == ({}, {})


NODE_1 = {"node": 1, "chunks": 1, "outputs": {"files": 1, "bytes": 4}}


def left_by_two(absent: str = "") -> Deployment:
    """Both nodes have left their outputs, lists and metrics, but for ``absent``, and the first reports."""
    world = Deployment().queued()
    world.leave()
    chunk = {"seq": 1_000_000, "series": [{"name": "loss", "values": [9.0]}], "tags": [{"name": "node", "value": "1"}]}
    left: dict[tuple[Container, str], bytes] = {
        ("runs", "outputs/node-1/b.txt"): b"four",
        ("runs", "outputs-node-1.jsonl"): b'{"path": "outputs/node-1/b.txt", "size": 4}\n',
        ("metrics", "01000000.json"): json.dumps(chunk).encode(),
    }
    for (container, name), body in left.items():
        if name != absent:
            world.blobs.put(container, f"{RUN}/1/{name}", body)
    world.blobs.put("signals", f"{RUN}/1/started.json", json.dumps({"node": "n0", "nodes": ["n0", "n1"]}).encode())
    completed = json.dumps({**SIGNALS["completed"], "nodes": [NODE_1]}).encode()
    world.blobs.put("signals", f"{RUN}/1/completed.json", completed)
    world.observe(TaskObservation("completed", "n0", 0, ended_at=world.now))
    return world


def test_what_every_node_left_is_collected() -> None:
    world = left_by_two()
    world.reconcile()
    for _ in range(2):
        world.react()
    assert world.run.phase == "Completed", world.run.reason
    assert (world.run.outputs.files, world.run.outputs.bytes) == (2, 7)
    assert points(world.backend, RUN, 1, "loss", 0, 10).values == [0.0, 1.0, 2.0, 3.0, 9.0]
    assert world.run.tags["node"].value == "1"
    assert runs.response(world.run).nodes == ["n0", "n1"]


@pytest.mark.parametrize(("absent", "code", "says"), [
    ("outputs/node-1/b.txt", "OutputsNotUploaded", "'outputs/node-1/b.txt' first"),
    ("outputs-node-1.jsonl", "OutputsNotUploaded", "on node 1 did not arrive"),
    ("01000000.json", "MetricsNotUploaded", "chunk 1000000"),
])
def test_what_a_further_node_did_not_upload_fails_the_run(absent: str, code: str, says: str) -> None:
    world = left_by_two(absent)
    world.reconcile()
    world.react()
    assert world.run.phase == "Failed"
    assert world.run.reason
    assert world.run.reason.code == code
    assert says in world.run.reason.message


def test_a_run_costs_the_seconds_of_all_its_nodes() -> None:
    world = spread()
    for attempt, phase in ((1, "started"), (1, "lost"), (2, "started"), (2, "completed")):
        if (attempt, phase) == (2, "started"):
            world.react_to("spread")
        world.now += timedelta(seconds=10)
        body = {"node": "n0", "outcome": "failed", "reason": {"code": "NodeLost", "message": "Gone."}}
        signals.record(world.backend, "spread", attempt, phase, json.dumps(body).encode(), CAUSE)
    run = runs.summary(runs.find(world.backend, "spread"))
    assert (run.nodes_needed, run.node_seconds, run.on_nodes_since) == (2, 2 * 10 + 2 * 10, None)


def test_a_target_shows_its_queue_and_its_nodes() -> None:
    world = spread()
    world.react()
    world.observe(TaskObservation("running", node="cpu-0"))
    said = compute_targets.status(world.backend, "cpu")
    assert said.pool
    assert (said.queue.waiting, said.queue.running, said.pool.nodes, said.cores) == (1, 1, {"idle": 3}, 2)


def test_every_node_of_a_run_shows_it() -> None:
    world = spread()
    world.react()
    world.compute.observed["j-cpu", "spread-a1"] = TaskObservation("running", node="cpu-0", nodes=2)
    shown = {node.node_id: node.run_id for node in compute_targets.nodes(world.backend, "cpu").value}
    assert shown == {"cpu-0": "spread", "cpu-1": "spread", "cpu-2": None}
