"""What Batch says about a run's task -> what that means, as one table: run phase × observed state.

Used by the reconciler; the signals of the node itself are faster and come first. Batch reruns a task whose node was
lost, with the same id: a task that waits again, or runs on another node, has lost its attempt.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.run_commands import GiveUp, RecordLost
from shared.domain.run_state import Phase, Run
from shared.domain.value import Reason

RERUN_EXIT_CODE = 75
"""The runner's answer when it finds that its attempt has been started before (EX_TEMPFAIL of sysexits.h)."""


class Observed(StrEnum):
    """The state of a Batch task, one step finer than Batch has it."""

    MISSING = "missing"
    WAITING = "waiting"
    ON_NODE = "on node"
    ON_OTHER_NODE = "on another node"
    COMPLETED = "completed"
    RERUN = "completed without running"


class Meaning(StrEnum):
    """What an observation means for the run."""

    AS_EXPECTED = "as expected"
    LOST = "the attempt is lost"
    SILENT_END = "the task ended and the node said nothing"


LOST, SILENT, EXPECTED = Meaning.LOST, Meaning.SILENT_END, Meaning.AS_EXPECTED
TABLE: Mapping[Phase, Mapping[Observed, Meaning]] = {
    Phase.QUEUED: {
        Observed.MISSING: LOST, Observed.WAITING: EXPECTED, Observed.ON_NODE: EXPECTED,
        Observed.ON_OTHER_NODE: EXPECTED, Observed.COMPLETED: SILENT, Observed.RERUN: LOST,
    },
    Phase.STARTING: {
        Observed.MISSING: LOST, Observed.WAITING: LOST, Observed.ON_NODE: EXPECTED,
        Observed.ON_OTHER_NODE: LOST, Observed.COMPLETED: SILENT, Observed.RERUN: LOST,
    },
    Phase.RUNNING: {
        Observed.MISSING: LOST, Observed.WAITING: LOST, Observed.ON_NODE: EXPECTED,
        Observed.ON_OTHER_NODE: LOST, Observed.COMPLETED: SILENT, Observed.RERUN: LOST,
    },
}
"""In every other phase the system itself acts next, whatever Batch says."""

LOST_BECAUSE: Mapping[Observed, str] = {
    Observed.MISSING: "its Batch task is gone: somebody deleted the task, its job or its pool.",
    Observed.WAITING: "its node was lost or preempted, and Batch queued the task again.",
    Observed.ON_OTHER_NODE: "its node was lost or preempted, and Batch moved the task to another node.",
    Observed.RERUN: "its node was lost or preempted, and Batch ran the task again.",
}


@dataclass(frozen=True)
class TaskObservation:
    """What Batch says of one task. ``failure`` is Batch's own code and message; ``node`` the first of its ``nodes``."""

    state: str | None = None
    node: str | None = None
    exit_code: int | None = None
    failure: Reason | None = None
    ended_at: datetime | None = None
    started_at: datetime | None = None
    nodes: int = 1


def observed(run: Run, task: TaskObservation | None) -> Observed:
    """Which of the table's columns applies."""
    if task is None:
        return Observed.MISSING
    if task.state == "completed":
        return Observed.RERUN if task.exit_code == RERUN_EXIT_CODE else Observed.COMPLETED
    if task.state == "active":
        return Observed.WAITING
    is_elsewhere = run.node is not None and task.node is not None and task.node != run.node
    return Observed.ON_OTHER_NODE if is_elsewhere else Observed.ON_NODE


def conclude(run: Run, task: TaskObservation | None, now: datetime, patience: timedelta) -> GiveUp | RecordLost | None:
    """The command that follows from what Batch says; none when all is as expected.

    A node reports its end by a blob, which takes a moment to arrive: a silent end counts ``patience`` later.
    """
    column = observed(run, task)
    meaning = TABLE.get(run.phase, {}).get(column, EXPECTED)
    if meaning is LOST:
        message = f"Attempt {run.attempt} was lost: {LOST_BECAUSE[column]}"
        return RecordLost(run.attempt, Reason(code="NodeLost", message=message))
    if meaning is SILENT and task and task.ended_at and now - task.ended_at >= patience:
        return GiveUp(run.attempt, _silent_end(run, task))
    return None


def _silent_end(run: Run, task: TaskObservation) -> Reason:
    limit = run.definition.max_run_duration_seconds if run.definition else None
    begun = task.started_at or run.started_at
    if limit and begun and task.ended_at and (task.ended_at - begun).total_seconds() >= limit:
        return Reason(code="TimeLimit", message=f"The run passed its limit of {limit} s and Batch ended it.")
    said = f"Batch says {task.failure.code}: {task.failure.message}" if task.failure else "Batch gave no reason"
    return Reason(code="NoReport", message=f"The task ended with exit code {task.exit_code} without reporting. {said}")
