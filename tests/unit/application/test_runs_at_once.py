"""Many runs submitted at once to few nodes, everything going on at once: feed, reactions, nodes and reconciler."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from shared.adapters.memory_services import MemoryCompute
from shared.application import runs, signals
from shared.application.project import project
from shared.application.react import call_for_reactions, react
from shared.application.reconcile import reconcile
from shared.contract.submission import SubmitRunRequest
from shared.domain.batch_states import TaskObservation
from shared.domain.ids import run_stream, split_task_id
from tests.unit.application.deployment import CAUSE, JOB, RUN, SIGNALS, Deployment

RUNS, NODES, CALLERS, AT_ONCE = 60, 4, 12, 6
SAID: dict[str, dict[str, object]] = {**SIGNALS, "completed": {"outcome": "succeeded", "exit_code": 0}}
NAMES = [f"many-{number * 37 % RUNS:02}" for number in range(RUNS)]
"""Their ids say nothing of their order."""
ONCE = ("RunSubmitted", "AttemptOpened", "AttemptStarted", "AttemptEnded", "RunEnded")


class OneByOne(MemoryCompute):
    """Batch in memory for many threads, whose nodes take the oldest task that waits."""

    _alone = threading.RLock()

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name.startswith("_") or not callable(found):
            return found

        def call(*args: Any, **more: Any) -> Any:
            with OneByOne._alone:
                return found(*args, **more)
        return call

    def take(self, node: str) -> str | None:
        task = next((task for (_, task), seen in self.observed.items() if seen.state == "active"), None)
        if task:
            self.observed[JOB, task] = TaskObservation("running", node)
        return task

    def end(self, task: str, node: str) -> None:
        self.observed[JOB, task] = TaskObservation("completed", node, 0)


@dataclass
class Service:
    """What a deployment does by itself. ``started``: the runs, in the order in which nodes took them."""

    world: Deployment
    compute: OneByOne
    over: threading.Event = field(default_factory=threading.Event)
    started: list[str] = field(default_factory=list)

    def feed(self) -> None:
        cursor: str | None = None
        while not self.over.is_set():
            commits, cursor = self.world.events.feed(cursor)
            call_for_reactions(self.world.backend, commits)
            project(self.world.backend, commits)
            time.sleep(0.01)

    def work(self, messages: "list[str]", alone: threading.Lock) -> None:
        """Take messages in order; every third comes again later."""
        while not self.over.is_set():
            with alone:
                stream = self.world.reactions.sent.pop(0)[0] if self.world.reactions.sent else None
                if stream and stream not in messages:
                    messages.append(stream)
                    if len(messages) % 3 == 0:
                        self.world.reactions.sent.append((stream, timedelta()))
            if stream:
                react(self.world.backend, stream, CAUSE)
            else:
                time.sleep(0.01)

    def node(self, name: str) -> None:
        while not self.over.is_set():
            with OneByOne._alone:
                task = self.compute.take(name)
                run_id = split_task_id(task)[0] if task else None
                self.started += [run_id] if run_id else []
            if task and run_id:
                self.run(run_id, name)
                self.compute.end(task, name)
            time.sleep(0.01)

    def run(self, run_id: str, node: str) -> None:
        """What the runner does, and the functions that its blobs call."""
        for signal, said in SAID.items():
            body = json.dumps({**said, "attempt": 1, "node": node}).encode()
            self.world.blobs.put("signals", f"{run_id}/1/{signal}.json", body)
            run = signals.record(self.world.backend, run_id, 1, signal, body, CAUSE)
            if run and run.report:
                react(self.world.backend, run_stream(run_id), CAUSE)

    def rounds(self) -> None:
        while not self.over.is_set():
            reconcile(self.world.backend, CAUSE)
            time.sleep(0.2)


def submit(world: Deployment, run_id: str) -> None:
    definition = runs.find(world.backend, RUN).definition
    assert definition
    assert definition.snapshot
    runs.submit(world.backend, SubmitRunRequest.model_validate({
        "experiment": "tests", "snapshot_id": definition.snapshot.id, "compute_target": "cpu", "script": "train.py",
        "run_id": run_id, "outputs": {"model": {}}}), CAUSE, None)


def test_sixty_runs_at_once_end_on_four_nodes_once_and_in_their_turn() -> None:
    compute = OneByOne()
    world = Deployment(compute=compute).submitted()
    service, messages, alone = Service(world, compute), list[str](), threading.Lock()
    parts: list[Callable[[], None]] = [service.feed, service.rounds]
    parts += [lambda: service.work(messages, alone)] * AT_ONCE
    parts += [lambda node=f"n{number}": service.node(node) for number in range(NODES)]  # type: ignore[misc]
    with ThreadPoolExecutor(len(parts)) as pool, ThreadPoolExecutor(CALLERS) as callers:
        try:
            working = [pool.submit(part) for part in parts]
            list(callers.map(lambda run_id: submit(world, run_id), NAMES))
            deadline = time.monotonic() + 60
            while not all(runs.find(world.backend, run_id).ended for run_id in NAMES):
                assert time.monotonic() < deadline
                assert not [each.exception() for each in working if each.done()]
                time.sleep(0.05)
        finally:
            service.over.set()
    for run_id in NAMES:
        types = [type(event).__name__ for commit in world.events.read(run_stream(run_id)) for event in commit.events]
        assert [types.count(each) for each in ONCE] == [1] * len(ONCE), (run_id, types)
        assert runs.find(world.backend, run_id).phase == "Completed"
    assert len(compute.observed) == len(service.started) == RUNS + 1  # The deployment's own run is the first.
    taken = [commit.stream.removeprefix("run-") for commit in world.commits if commit.version == 0]
    submitted = [run_id for run_id in taken if run_id in NAMES]
    places = [service.started.index(run_id) for run_id in submitted]
    overtaken = [sum(other < place for other in places[number:]) for number, place in enumerate(places)]
    assert sum(overtaken) / RUNS <= NODES + AT_ONCE, overtaken  # In no order it would be a quarter of all.
