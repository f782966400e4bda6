"""A sweep in a world in which every process may die between any two lines, and every message comes late or twice."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.errors import Rejected
from shared.domain.run_events import End
from shared.domain.sweep import (
    SWEEP,
    EndSweep,
    PlanTrial,
    RecordEnded,
    RecordStopped,
    RecordSubmitted,
    StartSweep,
    StopSweep,
    Sweep,
    SweepCommand,
)
from shared.domain.sweep_events import SweepEnded, SweepEvent, SweepStopped
from shared.domain.sweep_step import PlanNext, StopTrial, SubmitTrial, Wait, next_step
from shared.domain.value import Reason
from tests.contract.examples import AT
from tests.unit.domain.requests import START, SWEEP_RUN
from tests.unit.domain.requests import SWEEP as DEFINITION

WHY = Reason(code="Canceled", message="Canceled by its caller.")
ENDS: list[End] = ["Completed", "Failed", "Canceled"]
LIMIT = timedelta(seconds=DEFINITION.max_duration_seconds)


@dataclass
class World:
    """The stream of a sweep, and the runs that there are: number -> how the run has ended, if it has."""

    events: list[SweepEvent] = field(default_factory=list)
    runs: dict[int, End | None] = field(default_factory=dict)
    told: set[int] = field(default_factory=set)
    most_at_once: int = 0
    now: datetime = AT

    @property
    def sweep(self) -> Sweep:
        return SWEEP.fold("digits_1", [(event, AT) for event in self.events])

    def record(self, command: SweepCommand) -> None:
        self.events += SWEEP.decide(self.sweep, command)

    def submit(self, number: int) -> None:
        self.runs.setdefault(number, None)
        self.most_at_once = max(self.most_at_once, sum(end is None for end in self.runs.values()))

    def react(self, steps: int, seen: Sweep | None = None) -> None:
        """Do ``steps`` lines of a reaction and die; ``seen``: it began with what the sweep was then."""
        for _ in range(steps):
            lines = self.lines(seen or self.sweep)
            if not lines:
                return
            seen = None
            for line in lines:
                steps -= 1
                if steps < 0:
                    return
                line()

    def lines(self, sweep: Sweep) -> list[Callable[[], None]]:
        """What one step of a reaction does, line by line."""
        match step := next_step(sweep, self.now):
            case PlanNext():
                return [lambda: self.record(PlanTrial(step.number, {"x": step.number}))]
            case SubmitTrial():
                return [lambda: self.submit(step.number), lambda: self.record(RecordSubmitted(step.number))]
            case StopTrial() if step.number in self.runs:
                return [lambda: self.told.add(step.number),
                        lambda: self.record(RecordStopped(step.number, step.reason))]
            case StopTrial():
                return [lambda: self.record(RecordEnded(step.number, "Canceled", None, step.reason))]
            case StopSweep() | EndSweep():
                return [lambda: self.record(step)]
            case Wait():
                return []

    def end(self, number: int, end: End, heard: bool = True) -> None:
        if number in self.runs:
            self.runs[number] = self.runs[number] or end
            if heard:
                self.record(RecordEnded(number, self.runs[number] or end, 0.5))

    def settle(self) -> None:
        """No more crashes: what the reconciler brings about."""
        for _ in range(100):
            for number, end in self.runs.items():
                if end or number in self.told:
                    self.end(number, end or "Canceled")
            self.react(100)
            running = [number for number, end in self.runs.items() if end is None and number not in self.told]
            if not running and self.sweep.ended:
                return
            for number in running:
                self.end(number, "Completed")


ACTIONS = st.lists(st.one_of(
    st.tuples(st.just("react"), st.integers(1, 6)),
    st.tuples(st.just("late"), st.integers(1, 4)),
    st.tuples(st.just("end"), st.integers(0, 3)),
    st.tuples(st.just("unheard"), st.integers(0, 3)),
    st.tuples(st.just("stop"), st.just(0)),
    st.tuples(st.just("time"), st.just(0)),
), max_size=25)


@settings(max_examples=300)
@given(ACTIONS, st.sampled_from(ENDS))
def test_none_is_lost_and_none_is_doubled(actions: list[tuple[str, int]], end: End) -> None:
    world = World()
    world.record(START)
    seen = world.sweep
    for action, number in actions:
        before = world.sweep
        match action:
            case "react":
                world.react(number)
            case "late":
                world.react(number, seen)
            case "end" | "unheard":
                world.end(number, end, heard=action == "end")
            case "stop":
                world.record(StopSweep("canceled", WHY))
            case "time":
                world.now = AT + LIMIT
        seen = before
    assert world.most_at_once <= DEFINITION.max_concurrent_runs
    world.settle()
    assert world.sweep.ended
    assert set(world.runs) <= set(world.sweep.trials)
    assert all(end is not None for end in world.runs.values())
    assert all(trial.status for trial in world.sweep.trials.values())
    assert {number for number, trial in world.sweep.trials.items() if trial.submitted} <= set(world.runs)
    if not world.sweep.stopped:
        assert sorted(world.runs) == [0, 1, 2]  # all points of its grid
        assert all(trial.parameters == {"x": number} for number, trial in world.sweep.trials.items())


def sweep(*commands: SweepCommand) -> World:
    world = World()
    for command in (START, *commands):
        world.record(command)
    return world


def test_others_may_not_start_it_again() -> None:
    with pytest.raises(Rejected, match="exists with other contents"):
        sweep(StartSweep(DEFINITION.model_copy(update={"goal": "maximize"}), SWEEP_RUN))


def test_as_many_run_at_once_as_may() -> None:
    world = sweep()
    world.react(100)
    assert list(world.runs) == [0, 1]
    world.end(0, "Completed")
    world.react(100)
    assert list(world.runs) == [0, 1, 2]
    world.end(1, "Failed")
    world.end(2, "Completed")
    world.react(100)
    assert world.events[-1] == SweepEnded(outcome="succeeded")


def test_a_sweep_of_which_nothing_completed_has_failed() -> None:
    world = sweep()
    for number in range(3):
        world.react(100)
        world.record(RecordEnded(number, "Failed", None, WHY))
    world.react(100)
    assert world.sweep.ended
    assert world.sweep.ended.outcome == "failed"
    assert world.sweep.ended.reason
    assert world.sweep.ended.reason.message == f"None of 3 trials completed; the first because: {WHY.message}"


def test_after_its_time_its_trials_are_stopped() -> None:
    world = sweep()
    world.react(100)
    world.now = AT + LIMIT - timedelta(microseconds=1)
    world.react(100)
    assert world.told == set()
    world.now = AT + LIMIT
    world.react(100)
    assert world.told == {0, 1}
    assert not world.sweep.ended
    world.settle()
    assert isinstance(world.events[-1], SweepEnded)
    assert world.events[-1].outcome == "time_limit"
    assert len([event for event in world.events if isinstance(event, SweepStopped)]) == 1
