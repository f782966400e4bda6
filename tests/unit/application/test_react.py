"""What happens to a run follows from its events, whatever comes first, twice or not at all."""

from datetime import timedelta
from itertools import permutations

import pytest

from shared.application import runs
from shared.application.finalize import finalize, keep_chunk
from shared.application.metric_read import points
from shared.domain.run_commands import RequestCancel
from tests.unit.application.deployment import CAUSE, RUN, SIGNALS, Deployment

WHOLE_LIFE = ["RunSubmitted", "AttemptOpened", "AttemptQueued", "AttemptStarted", "ScriptStarted", "AttemptEnded",
              "RunEnded"]


def without_tags(types: list[str]) -> list[str]:
    return [name for name in types if name != "RunTagged"]


@pytest.mark.parametrize("order", [*permutations(SIGNALS)])
def test_signals_may_arrive_in_any_order_and_twice(order: tuple[str, ...]) -> None:
    world = Deployment().queued()
    world.leave()
    for signal in SIGNALS:
        world.write(signal)
    for signal in (*order, *order):
        world.arrive(signal)
        world.react()
        world.react()
    assert without_tags(world.types) == WHOLE_LIFE
    assert world.run.phase == "Completed"
    assert world.run.tags["seq"].value == "1"


def test_reacting_again_at_any_time_adds_nothing() -> None:
    world = Deployment().queued()
    for _ in range(3):
        world.react()
    assert world.types == WHOLE_LIFE[:3]
    assert list(world.compute.observed) == [("j-cpu", f"{RUN}-a1")]


def test_the_history_asks_for_every_stream_that_waits_for_us() -> None:
    assert Deployment().queued().called() == ["compute-cpu", f"run-{RUN}"]


def test_finalizing_twice_is_finalizing_once() -> None:
    world = Deployment().queued()
    world.leave()
    world.arrive("completed")
    before = world.run
    finalize(world.backend, before, CAUSE)
    finalize(world.backend, before, CAUSE)
    assert without_tags(world.types).count("RunEnded") == 1
    assert points(world.backend, RUN, 1, "loss", 0, 10).values == [0.0, 1.0, 2.0, 3.0]


@pytest.mark.parametrize("arrived", [(), (0,), (1,), (1, 0), (1, 1, 0)])
def test_chunks_whose_events_were_lost_are_fetched(arrived: tuple[int, ...]) -> None:
    world = Deployment().queued()
    world.leave()
    for seq in arrived:
        keep_chunk(world.backend, RUN, 1, world.chunk(seq), CAUSE)
    world.arrive("completed")
    world.react()
    assert points(world.backend, RUN, 1, "loss", 0, 10).values == [0.0, 1.0, 2.0, 3.0]
    assert world.run.tags["seq"].value == "1"


@pytest.mark.parametrize(("absent", "code"), [
    ("outputs", "OutputsNotUploaded"), ("outputs.jsonl", "OutputsNotUploaded"), ("metrics", "MetricsNotUploaded")])
def test_a_run_that_left_too_little_has_failed(absent: str, code: str) -> None:
    world = Deployment().queued()
    if absent == "outputs":
        world.blobs.put("runs", f"{RUN}/1/outputs.jsonl", b'{"path": "outputs/a.txt", "size": 3}\n')
    if absent == "metrics":
        world.blobs.put("runs", f"{RUN}/1/outputs/a.txt", b"abc")
        world.blobs.put("runs", f"{RUN}/1/outputs.jsonl", b'{"path": "outputs/a.txt", "size": 3}\n')
    world.arrive("completed")
    world.react()
    assert (world.run.phase, world.run.reason and world.run.reason.code) == ("Failed", code)


def test_a_node_that_does_not_stop_is_stopped_by_batch() -> None:
    world = Deployment().queued()
    world.arrive("running")
    runs.command(world.backend, RUN, RequestCancel("someone"), CAUSE)
    world.react()
    assert world.blobs.read("signals", f"{RUN}/1/cancel.json")
    ((stream, delay),) = world.reactions.sent[-1:]
    assert (stream, delay) == (f"run-{RUN}", timedelta(seconds=50))
    world.now += delay
    world.react()
    assert world.run.phase == "Canceled"
    assert world.compute.observed["j-cpu", f"{RUN}-a1"].state == "completed"
