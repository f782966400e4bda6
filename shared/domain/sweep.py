"""What a command decides about a sweep, and what its events add up to.

A trial is planned first and submitted then, so that whoever goes on after a crash submits the same run again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from shared.domain.decider import Decider
from shared.domain.definition import Outcome, RunDefinition
from shared.domain.errors import NotFound, Rejected
from shared.domain.run_events import End
from shared.domain.sweep_events import (
    SweepDefinition,
    SweepEnded,
    SweepEvent,
    SweepStarted,
    SweepStopped,
    TrialEnded,
    TrialPlanned,
    TrialStopped,
    TrialSubmitted,
)
from shared.domain.sweep_space import Parameter
from shared.domain.value import Reason


@dataclass(frozen=True)
class Trial:
    """One run of a sweep. ``stopped``: why it was told to end. ``status`` and ``metric``: once it has ended."""

    parameters: Mapping[str, Parameter]
    submitted: bool = False
    stopped: Reason | None = None
    status: End | None = None
    metric: float | None = None
    reason: Reason | None = None


@dataclass(frozen=True)
class Sweep:
    """A sweep as it is now, by the id of its own run. ``Sweep(id)`` is a sweep nobody has started."""

    id: str
    version: int = 0
    started: SweepStarted | None = None
    started_at: datetime | None = None
    trials: Mapping[int, Trial] = field(default_factory=dict)
    stopped: SweepStopped | None = None
    ended: SweepEnded | None = None
    ended_at: datetime | None = None

    @property
    def definition(self) -> SweepDefinition:
        """Of a sweep that has been started."""
        assert self.started
        return self.started.definition

    @property
    def running(self) -> dict[int, Trial]:
        """The trials that have not ended."""
        return {number: trial for number, trial in self.trials.items() if trial.status is None}

    @property
    def has_room(self) -> bool:
        """Whether another trial may be planned now."""
        asked = self.started and self.stopped is None and self.ended is None
        return bool(asked) and self.is_short and len(self.running) < self.definition.max_concurrent_runs

    @property
    def is_short(self) -> bool:
        """Whether it has fewer trials than it may have."""
        return len(self.trials) < self.definition.possible


@dataclass(frozen=True)
class StartSweep:
    definition: SweepDefinition
    run: RunDefinition
    tags: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PlanTrial:
    number: int
    parameters: Mapping[str, Parameter]


@dataclass(frozen=True)
class RecordSubmitted:
    number: int


@dataclass(frozen=True)
class RecordStopped:
    number: int
    reason: Reason


@dataclass(frozen=True)
class RecordEnded:
    number: int
    status: End
    metric: float | None = None
    reason: Reason | None = None


@dataclass(frozen=True)
class StopSweep:
    outcome: Outcome
    reason: Reason


@dataclass(frozen=True)
class EndSweep:
    outcome: Outcome
    reason: Reason | None = None


SweepCommand = StartSweep | PlanTrial | RecordSubmitted | RecordStopped | RecordEnded | StopSweep | EndSweep


def decide(sweep: Sweep, command: SweepCommand) -> list[SweepEvent]:
    """The events ``command`` makes of ``sweep``; ``[]`` when it is already so or does not matter any more."""
    if isinstance(command, StartSweep):
        return _start(sweep, command)
    if sweep.started is None:
        raise unknown(sweep.id)
    match command:
        case PlanTrial():
            planned = TrialPlanned(number=command.number, parameters=command.parameters)
            return [planned] if sweep.has_room and command.number == len(sweep.trials) else []
        case RecordSubmitted():
            trial = sweep.running.get(command.number)
            return [TrialSubmitted(number=command.number)] if trial and not trial.submitted else []
        case RecordStopped():
            trial = sweep.running.get(command.number)
            stopped = TrialStopped(number=command.number, reason=command.reason)
            return [stopped] if trial and trial.stopped is None else []
        case RecordEnded():
            ended = TrialEnded(number=command.number, status=command.status, metric=command.metric,
                               reason=command.reason)
            return [ended] if command.number in sweep.running else []
        case StopSweep():
            over = sweep.stopped or sweep.ended
            return [] if over else [SweepStopped(outcome=command.outcome, reason=command.reason)]
        case EndSweep():
            done = not sweep.running and not sweep.ended and (sweep.stopped is not None or not sweep.is_short)
            return [SweepEnded(outcome=command.outcome, reason=command.reason)] if done else []
        case _:
            assert_never(command)


def _start(sweep: Sweep, command: StartSweep) -> list[SweepEvent]:
    started = SweepStarted(definition=command.definition, run=command.run, tags=command.tags,
                           properties=command.properties)
    if sweep.started == started:
        return []
    if sweep.started is not None:
        raise Rejected(f"Sweep {sweep.id!r} exists with other contents: use another Idempotency-Key or run id.")
    return [started]


def evolve(sweep: Sweep, event: SweepEvent, at: datetime) -> Sweep:
    """Apply one event of a commit made at ``at``. It never refuses: what happened, happened."""
    return replace(_apply(sweep, event, at), version=sweep.version + 1)


def _apply(sweep: Sweep, event: SweepEvent, at: datetime) -> Sweep:
    match event:
        case SweepStarted():
            return replace(sweep, started=event, started_at=at)
        case TrialPlanned():
            return _with(sweep, event.number, Trial(event.parameters))
        case TrialSubmitted():
            return _with(sweep, event.number, replace(sweep.trials[event.number], submitted=True))
        case TrialStopped():
            return _with(sweep, event.number, replace(sweep.trials[event.number], stopped=event.reason))
        case TrialEnded():
            ended = replace(sweep.trials[event.number], status=event.status, metric=event.metric, reason=event.reason)
            return _with(sweep, event.number, ended)
        case SweepStopped():
            return replace(sweep, stopped=event)
        case SweepEnded():
            return replace(sweep, ended=event, ended_at=at)
        case _:
            assert_never(event)


def _with(sweep: Sweep, number: int, trial: Trial) -> Sweep:
    return replace(sweep, trials={**sweep.trials, number: trial})


SWEEP = Decider(Sweep, decide, evolve)


def unknown(run_id: str) -> NotFound:
    """The refusal of a request about a sweep that nobody has started."""
    return NotFound(f"Run {run_id!r} is no sweep, or there is none: check the id.")
