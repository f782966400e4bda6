"""What the system does next about a sweep: a pure function of the sweep and the time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.definition import Outcome
from shared.domain.sweep import EndSweep, StopSweep, Sweep
from shared.domain.sweep_events import SweepStarted
from shared.domain.value import Reason

CALLING = (SweepStarted,)
"""The event after which the system acts next; after all others, whoever caused them goes on."""


@dataclass(frozen=True)
class PlanNext:
    """Choose the parameters of the next trial."""

    number: int


@dataclass(frozen=True)
class SubmitTrial:
    """Submit the run of a planned trial; it may be there already."""

    number: int


@dataclass(frozen=True)
class StopTrial:
    """Tell the run of the trial to end, if there is one."""

    number: int
    reason: Reason


@dataclass(frozen=True)
class Wait:
    """Trials act next, or nobody does."""


SweepStep = PlanNext | SubmitTrial | StopTrial | StopSweep | EndSweep | Wait


def next_step(sweep: Sweep, now: datetime) -> SweepStep:
    """The one thing to do next for ``sweep`` at ``now``."""
    if sweep.started is None or sweep.ended:
        return Wait()
    if sweep.stopped:
        return _wind_up(sweep, sweep.stopped.outcome, sweep.stopped.reason)
    if now >= ends_at(sweep):
        message = f"The sweep ran longer than {sweep.definition.max_duration_seconds} seconds, its limit."
        return StopSweep("time_limit", Reason(code="TimeLimit", message=message))
    planned = [number for number, trial in sweep.running.items() if not trial.submitted]
    if planned:
        return SubmitTrial(min(planned))
    if sweep.has_room:
        return PlanNext(len(sweep.trials))
    return Wait() if sweep.running else EndSweep(*_result(sweep))


def ends_at(sweep: Sweep) -> datetime:
    """When a sweep that has been started is stopped."""
    assert sweep.started_at
    return sweep.started_at + timedelta(seconds=sweep.definition.max_duration_seconds)


def _wind_up(sweep: Sweep, outcome: Outcome, reason: Reason) -> SweepStep:
    for number, trial in sweep.running.items():
        if trial.stopped is None:
            return StopTrial(number, reason)
    return Wait() if sweep.running else EndSweep(outcome, reason)


def _result(sweep: Sweep) -> tuple[Outcome, Reason | None]:
    """A sweep has failed when none of its trials has completed or was ended because others are better."""
    if any(trial.status == "Completed" or trial.stopped for trial in sweep.trials.values()):
        return "succeeded", None
    first = next((trial.reason for trial in sweep.trials.values() if trial.reason), None)
    because = f"; the first because: {first.message}" if first else "."
    return "failed", Reason(code="TrialsFailed", message=f"None of {len(sweep.trials)} trials completed{because}")
