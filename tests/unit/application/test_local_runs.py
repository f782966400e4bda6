"""Local and interactive runs over memory adapters: whatever dies between any two lines, and whoever falls silent."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from shared.adapters.memory_services import MemoryBlobs, MemoryCompute
from shared.application import local_runs, runs, snapshots
from shared.application.backend import Cause
from shared.application.grants import current, grant
from shared.application.ports import Container
from shared.application.why import why
from shared.contract.local_runs import EndRequest, LocalAttempt
from shared.contract.requests import GrantsRequest, SnapshotFile, SnapshotRequest
from shared.contract.submission import SubmitRunRequest
from shared.domain.batch_states import TaskObservation
from shared.domain.errors import Fenced, Rejected
from shared.domain.run_commands import RequestCancel
from tests.unit.application.deployment import CAUSE, RUN, Deployment

AROUND = timedelta(minutes=5)
KEYED = Cause("caller", "http:end_run", "http:end_run:k")


class NoBatch(MemoryCompute):
    """Batch, which nobody may ask."""

    def tasks(self, job: str) -> Iterator[tuple[str, TaskObservation]]:
        raise AssertionError(f"Batch was asked about {job}")

    def task(self, job: str, task: str) -> TaskObservation | None:
        raise AssertionError(f"Batch was asked about {task}")

    def terminate(self, job: str, task: str) -> None:
        raise AssertionError(f"Batch was to end {task}")


def submitted() -> Deployment:
    """A local run, at the time of the clock by which memory keeps its blobs."""
    world = Deployment(now=datetime.now(UTC), compute=NoBatch())
    files = SnapshotRequest(files=[SnapshotFile(path="train.py", content="pass")])
    snapshot = snapshots.create(world.backend, files).snapshot_id
    runs.submit(world.backend, SubmitRunRequest(
        experiment="tests", snapshot_id=snapshot, script="train.py", run_id=RUN), CAUSE, None)
    world.react()
    return world


def interactive() -> Deployment:
    world = Deployment(compute=NoBatch())
    runs.submit(world.backend, SubmitRunRequest(experiment="tests", run_id=RUN), CAUSE, None)
    world.react()
    return world


def begin(world: Deployment) -> LocalAttempt:
    return local_runs.begin(world.backend, RUN, CAUSE)


def test_submitting_leaves_the_run_to_the_caller_and_makes_its_experiment() -> None:
    world = submitted()
    assert world.run.phase == "NotStarted"
    assert world.run.definition
    assert world.run.definition.max_attempts == 1
    assert "experiment-tests" in {commit.stream for commit in world.commits}


def test_asking_again_gives_the_same_attempt() -> None:
    world = submitted()
    first, again = begin(world), begin(world)
    world.react()
    assert (first.attempt, first.runner, first.task["launch"]) == (again.attempt, again.runner, again.task["launch"])
    assert world.types == ["RunSubmitted", "AttemptOpened"]
    assert world.backend.tokens.read(str(again.task["token"])) == (RUN, 1)


@dataclass
class Broken(MemoryBlobs):
    """Storage that fails until it is mended."""

    mended: bool = False

    def size(self, container: Container, name: str) -> int | None:
        if not self.mended:
            raise ConnectionError
        return super().size(container, name)


def test_a_request_that_dies_between_its_lines_is_asked_again() -> None:
    world = submitted()
    broken = Broken()
    world.backend = Deployment(events=world.events, views=world.views, blobs=broken, compute=NoBatch()).backend
    with pytest.raises(ConnectionError):
        begin(world)
    broken.mended = True
    assert begin(world).attempt == 1
    assert world.types == ["RunSubmitted", "AttemptOpened"]


def test_a_whole_life() -> None:
    world = submitted()
    begin(world)
    world.leave()
    for signal in ("started", "running", "completed"):
        world.arrive(signal)
        world.react()
    assert world.run.phase == "Completed"
    with pytest.raises(Rejected, match="begins once"):
        begin(world)


def test_once_a_runner_has_it_nobody_else_gets_it() -> None:
    world = submitted()
    begin(world)
    world.arrive("started")
    with pytest.raises(Rejected, match="Starting on n1"):
        begin(world)


def test_signals_whose_events_were_lost_are_found() -> None:
    world = submitted()
    begin(world)
    world.leave()
    for signal in ("started", "running", "completed"):
        world.write(signal)
    world.reconcile()
    assert world.run.phase == "Completed"


def test_a_machine_that_gives_signs_of_life_may_take_its_time() -> None:
    world = submitted()
    begin(world)
    world.arrive("started")
    world.arrive("running")
    world.blobs.put("runs", f"{RUN}/1/alive.json", b"{}")
    world.reconcile(AROUND - timedelta(seconds=30))
    assert world.run.phase == "Running"
    world.reconcile(timedelta(minutes=1))
    assert world.run.reason
    assert (world.run.phase, world.run.reason.code) == ("Failed", "NodeLost")
    assert "not heard of since" in world.run.reason.message
    assert world.blobs.read("signals", f"{RUN}/1/cancel.json"), "should it wake up, it stops"
    with pytest.raises(Fenced):
        grant(world.backend, RUN, 1, GrantsRequest())
    before = world.types
    world.reconcile(AROUND)
    assert world.types == before


def test_a_machine_that_wakes_up_too_late_changes_nothing() -> None:
    world = submitted()
    begin(world)
    world.arrive("started")
    world.reconcile(2 * AROUND)
    world.arrive("completed")
    world.react()
    assert world.run.phase == "Failed"
    assert world.types[-1] == "LateReportIgnored"


def test_nobody_begins() -> None:
    world = submitted()
    world.reconcile(timedelta(minutes=14))
    assert world.run.phase == "NotStarted"
    world.reconcile(timedelta(minutes=1))
    assert (world.run.phase, world.run.reason and world.run.reason.code) == ("Failed", "NotBegun")
    with pytest.raises(Rejected, match="Failed"):
        begin(world)


def test_an_interactive_run_may_be_silent() -> None:
    world = interactive()
    world.reconcile(timedelta(days=30))
    assert world.run.phase == "Running"
    assert why(world.backend, RUN).waiting_for == "caller"


def test_a_canceled_run_that_no_runner_has_taken_ends_at_once() -> None:
    world = submitted()
    begin(world)
    runs.command(world.backend, RUN, RequestCancel("someone"), CAUSE)
    with pytest.raises(Rejected, match="CancelRequested"):
        begin(world)
    world.react()
    assert world.run.phase == "Canceled"
    with pytest.raises(Fenced):
        current(world.backend, RUN, 1)


def test_a_machine_that_does_not_stop_is_stopped() -> None:
    world = submitted()
    begin(world)
    world.arrive("running")
    runs.command(world.backend, RUN, RequestCancel("someone"), CAUSE)
    world.react()
    assert world.run.status == "CancelRequested"
    world.now += timedelta(minutes=1)
    world.react()
    assert world.run.phase == "Canceled"


def end(world: Deployment, outcome: str = "succeeded") -> str:
    request = EndRequest.model_validate({"outcome": outcome})
    return local_runs.end(world.backend, RUN, request, KEYED).status


def test_the_end_of_an_interactive_run_is_finalized_by_the_reaction_to_it() -> None:
    world = interactive()
    world.blobs.put("runs", f"{RUN}/1/outputs/a", b"abc")
    assert end(world) == "Finalizing"
    assert end(world) == "Finalizing"
    assert f"run-{RUN}" in world.called()
    world.react()
    assert (world.run.outputs.files, world.run.outputs.bytes) == (1, 3)
    assert end(world) == "Completed"
    assert world.types[-2:] == ["AttemptEnded", "RunEnded"]
