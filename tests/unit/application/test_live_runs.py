"""What runs that live cost those that do not concern them: calls to services are counted, not seconds."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from shared.application import destinations, runs
from shared.application.backend import Backend
from shared.application.project import project
from shared.application.react import call_for_reactions, react
from shared.application.reconcile import reconcile
from shared.contract.submission import SubmitRunRequest
from shared.domain.batch_states import TaskObservation
from shared.domain.ids import run_stream
from tests.unit.application.deployment import CAUSE, RUN, Deployment

MANY = 40
PORTS = ("events", "views", "blobs", "reactions", "compute")


class Counted:
    """A port whose calls are counted, by its name and the method's."""

    def __init__(self, port: object, name: str, calls: Counter[str]) -> None:
        self._port, self._name, self._calls = port, name, calls

    def __getattr__(self, method: str) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            self._calls[f"{self._name}.{method}"] += 1
            return getattr(self._port, method)(*args, **more)
        return call


def submit(world: Deployment, run_id: str, **more: Any) -> None:
    definition = runs.find(world.backend, RUN).definition
    assert definition
    assert definition.snapshot
    runs.submit(world.backend, SubmitRunRequest.model_validate({
        "experiment": "tests", "snapshot_id": definition.snapshot.id, "compute_target": "cpu", "script": "train.py",
        "run_id": run_id, **more}), CAUSE, None)


def counted(world: Deployment) -> tuple[Backend, Counter[str]]:
    calls: Counter[str] = Counter()
    ports: dict[str, Any] = {name: Counted(getattr(world.backend, name), name, calls) for name in PORTS}
    return replace(world.backend, **ports), calls


def waiting(world: Deployment, count: int) -> None:
    """So many more runs wait on Batch, and as many are interactive ones."""
    for number in range(count):
        submit(world, f"waiting{number}")
        world.react_to(f"waiting{number}")
        runs.submit(world.backend, SubmitRunRequest(experiment="tests", run_id=f"open{number}"), CAUSE, None)


@pytest.mark.parametrize("outputs", [{}, {"model": {}}], ids=["plain", "with an output"])
def test_a_reaction_costs_the_same_however_many_runs_live(outputs: dict[str, Any]) -> None:
    costs = []
    for live in (1, MANY):
        world = Deployment().queued()
        waiting(world, live)
        backend, calls = counted(world)
        world.backend = backend
        submit(world, "new", outputs=outputs)
        react(backend, run_stream("new"), CAUSE)
        assert runs.find(world.backend, "new").phase == "Queued"
        costs.append(calls)
    assert costs[0] == costs[1]


def test_documents_do_not_grow_with_the_runs_that_write_to_datastores() -> None:
    largest = []
    for live in (1, MANY):
        world = Deployment().submitted()
        for number in range(10, 10 + live):
            submit(world, f"writing{number}", outputs={"model": {}})
        project(world.backend, world.commits)
        views = world.views.page(destinations.KIND, {}, 100, None)
        assert len(views) == live
        largest.append(max(len(json.dumps(view.body)) for view in views))
    assert largest[0] == largest[1]


def test_the_reconciler_reads_no_run_that_only_waits() -> None:
    """Neither for a node, when Batch says so too, nor for its caller: lists are read, a hundred at a time."""
    rounds = []
    for live in (1, MANY):
        world = Deployment().queued()
        waiting(world, live)
        world.reconcile()
        backend, calls = counted(world)
        reconcile(backend, CAUSE)
        rounds.append(calls)
    assert rounds[0] == rounds[1]


def test_the_reconciler_reads_a_run_once_that_is_on_its_node() -> None:
    world = Deployment().queued()
    world.arrive("started")
    world.arrive("running")
    world.observe(TaskObservation("running", "n1"))
    project(world.backend, world.commits)
    backend, calls = counted(world)
    reconcile(backend, CAUSE)
    of_targets = 2
    assert calls["events.read"] == 1 + of_targets


def test_runs_get_their_turn_in_the_order_of_their_submission() -> None:
    """Their ids say nothing of it."""
    names = [f"q{(number * 7) % 10}" for number in range(2, 10)]
    world = Deployment().submitted()
    for name in names:
        submit(world, name)
    world.reactions.sent.clear()
    call_for_reactions(world.backend, world.commits[-len(names):])
    assert [stream for stream, _ in world.reactions.sent] == [run_stream(name) for name in names]


def test_the_reconciler_takes_the_oldest_first() -> None:
    """Of runs that nobody has reacted to, as when a message of each was lost."""
    world = Deployment().submitted()
    names = [f"r{number}" for number in (9, 3, 7)]
    for name in names:
        world.now = world.now.replace(second=world.now.second + 1)
        submit(world, name)
    world.reconcile()
    assert [task.partition("-")[0] for _, task in world.compute.observed] == [RUN, *names]


def test_the_reconciler_asks_batch_for_no_task_that_cannot_be_there() -> None:
    world = Deployment().submitted()
    project(world.backend, world.commits)
    backend, calls = counted(world)
    reconcile(backend, CAUSE)
    assert world.run.phase == "Queued"
    assert calls["compute.task"] == 0
