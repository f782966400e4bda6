"""What Batch says of a task, and where that brings a run whose node says nothing."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from shared.adapters.memory_services import MemoryCompute
from shared.application.ports import TryLater
from shared.domain.batch_states import TaskObservation
from tests.unit.application.deployment import RUN, Deployment

ENDED = datetime(2026, 1, 1, tzinfo=UTC)
LATER = timedelta(minutes=5)
CASES: dict[str, tuple[TaskObservation | None, str, int]] = {
    "still waiting": (TaskObservation("active"), "Queued", 2),
    "running where it was": (TaskObservation("running", "n1"), "Running", 1),
    "gone": (None, "Queued", 2),
    "on another node": (TaskObservation("running", "n2"), "Queued", 2),
    "run again and given up": (TaskObservation("completed", "n2", 75, ended_at=ENDED), "Queued", 2),
    "ended in silence": (TaskObservation("completed", "n1", 137, ended_at=ENDED), "Failed", 1),
}


@pytest.mark.parametrize("case", CASES)
def test_a_running_run_follows_batch(case: str) -> None:
    observed, status, attempt = CASES[case]
    world = Deployment().queued()
    world.arrive("started")
    world.arrive("running")
    world.observe(observed)
    world.reconcile(LATER)
    assert (world.run.phase, world.run.attempt) == (status, attempt)
    before = world.types
    world.reconcile(LATER)
    assert world.types == before


def test_a_silent_end_counts_only_after_patience() -> None:
    world = Deployment().queued()
    world.observe(TaskObservation("completed", "n1", 0, ended_at=ENDED))
    world.reconcile()
    assert world.run.phase == "Queued"
    world.reconcile(LATER)
    assert world.run.reason
    assert (world.run.phase, world.run.reason.code) == ("Failed", "NoReport")


def test_signals_whose_events_were_lost_are_found() -> None:
    world = Deployment().queued()
    world.leave()
    for signal in ("started", "running", "completed"):
        world.write(signal)
    world.observe(TaskObservation("completed", "n1", 0, ended_at=ENDED))
    world.reconcile(LATER)
    assert world.run.phase == "Completed"


def test_what_nobody_reacted_to_is_done() -> None:
    world = Deployment().submitted()
    world.reconcile()
    assert world.run.phase == "Queued"


def test_a_pool_that_is_gone_comes_back_as_large_as_it_was() -> None:
    world = Deployment().queued()
    world.reconcile()
    assert world.compute.pools == {"cpu": 1}
    world.compute.pools.clear()
    world.reconcile()
    assert world.compute.pools == {"cpu": 1}


def test_a_run_submitted_while_its_target_is_being_made_gets_a_node() -> None:
    """Its task comes before the target is known to exist; nothing else would ask for nodes before the next round."""
    assert Deployment().queued().compute.pools == {"cpu": 1}


def test_attempts_are_not_endless() -> None:
    world = Deployment().queued()
    for attempt in (1, 2, 3):
        world.observe(None, attempt)
        world.reconcile()
    assert world.run.reason
    assert (world.run.phase, world.run.attempt, world.run.reason.code) == ("Failed", 3, "AttemptsExhausted")
    assert sorted(world.run.lost) == [1, 2, 3]
    assert f"{RUN}-a4" not in {task for _, task in world.compute.observed}


class Down(MemoryCompute):
    """Batch while it is away."""

    def tasks(self, job: str) -> Iterator[tuple[str, TaskObservation]]:
        raise TryLater

    def demand(self, jobs: Sequence[str], most: int) -> int:
        raise TryLater


def test_an_outage_of_batch_piles_up_no_messages() -> None:
    """The reconciler comes back by itself: a message for each of its rounds would be sent again every 5 s."""
    world = Deployment().queued()
    away = Deployment(events=world.events, views=world.views, blobs=world.blobs, compute=Down())
    for _ in range(3):
        away.reconcile(LATER)
    assert away.reactions.sent == []
    assert away.run.phase == "Queued"
