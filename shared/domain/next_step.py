"""What the system does next about a run: a pure function of the run and the time; a message may come at any time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.run_events import AttemptEnded, AttemptLost, CancelRequested, RunEnded, RunSubmitted
from shared.domain.run_state import Phase, Run

FORCE_AFTER = timedelta(seconds=30)
"""Added to the run's own grace: what a node gets for uploading before its task is terminated."""

CALLING = (RunSubmitted, AttemptLost, AttemptEnded, CancelRequested, RunEnded)
"""The events after which the system itself acts next; the others wait for a node or a caller."""


@dataclass(frozen=True)
class OpenNextAttempt:
    """Give the run another try, ending what is left of the one before."""

    attempt: int


@dataclass(frozen=True)
class SubmitTask:
    """Make the attempt's Batch task, and its pool and job if they are gone."""

    attempt: int


@dataclass(frozen=True)
class DeliverCancel:
    """Tell the node to stop."""

    attempt: int


@dataclass(frozen=True)
class TerminateTask:
    """End the Batch task, if there is one, and then the run, because the run was canceled."""

    attempt: int


@dataclass(frozen=True)
class FinalizeRun:
    """Check and merge what the attempt left, and end the run."""

    attempt: int


@dataclass(frozen=True)
class StoreOutputs:
    """The run ended without a report: keep what its last attempt had written to its mounted outputs."""

    attempt: int


@dataclass(frozen=True)
class LookAgain:
    """Nothing now; ask again at this time."""

    at: datetime


@dataclass(frozen=True)
class ReleaseCompute:
    """The run has ended: a silent node is told to stop, and its compute target may need fewer nodes."""


@dataclass(frozen=True)
class Nothing:
    """Somebody else acts next: a caller, the caller's machine, or the node."""


Step = (
    OpenNextAttempt | SubmitTask | DeliverCancel | TerminateTask | FinalizeRun | StoreOutputs | LookAgain
    | ReleaseCompute | Nothing
)


def next_step(run: Run, now: datetime) -> Step:
    """The one thing to do next for ``run`` at ``now``."""
    if run.definition is None:
        return Nothing()
    if run.ended:
        return StoreOutputs(run.attempt) if left_behind(run) else ReleaseCompute()
    if run.phase is Phase.FINALIZING:
        return FinalizeRun(run.attempt)
    if run.cancel:
        return _stop(run, now)
    if run.phase is Phase.NOT_STARTED:
        return Nothing() if run.definition.is_local else OpenNextAttempt(run.attempt + 1)
    if run.phase is Phase.PREPARING:
        return Nothing() if run.definition.is_local else SubmitTask(run.attempt)
    return Nothing()


def left_behind(run: Run) -> list[str]:
    """The mounted outputs of a run that ended without a report, which nobody has looked at yet."""
    if run.definition is None or not run.ended or not run.attempt or run.report:
        return []
    return [name for name, each in run.definition.outputs.items() if each.mode == "mount" and name not in run.stored]


def forced_at(run: Run) -> datetime | None:
    """When the task of a canceled run is ended whatever its node does; none while the node has not been told."""
    if run.cancel is None or run.cancel.delivered_at is None or run.definition is None:
        return None
    return run.cancel.delivered_at + timedelta(seconds=run.definition.grace_seconds) + FORCE_AFTER


def _stop(run: Run, now: datetime) -> Step:
    if run.phase in (Phase.PREPARING, Phase.QUEUED):
        return TerminateTask(run.attempt)
    force_at = forced_at(run)
    if force_at is None:
        return DeliverCancel(run.attempt)
    return TerminateTask(run.attempt) if now >= force_at else LookAgain(force_at)
