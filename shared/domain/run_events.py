"""What can have happened to a run. These are storage formats: read ``shared/application/codec.py`` before a change."""

from collections.abc import Mapping
from typing import Literal

from shared.domain.definition import Outcome, Outputs, Report, RunDefinition
from shared.domain.value import Reason, Value

End = Literal["Completed", "Failed", "Canceled"]
Position = tuple[int, int]
"""Attempt and chunk number: where in a run's own output a tag was set."""


class RunSubmitted(Value):
    """Somebody wants the run. Its definition never changes."""

    definition: RunDefinition
    tags: Mapping[str, str] = {}
    properties: Mapping[str, str] = {}


class AttemptOpened(Value):
    """A try begins. Attempts count from 1."""

    attempt: int


class AttemptQueued(Value):
    """The attempt's Batch task exists."""

    attempt: int
    task_id: str


class AttemptStarted(Value):
    """A node has taken the attempt and prepares it. ``nodes``: all it runs on, when they are several."""

    attempt: int
    node: str
    nodes: tuple[str, ...] = ()


class ScriptStarted(Value):
    """The script's process exists."""

    attempt: int


class AttemptLost(Value):
    """The attempt's node is gone; nothing the attempt does from now on counts."""

    attempt: int
    reason: Reason


class AttemptEnded(Value):
    """The script has ended and everything it left is uploaded."""

    attempt: int
    report: Report


class LateReportIgnored(Value):
    """An attempt that had been given up reported its end after all."""

    attempt: int
    outcome: Outcome


class CancelRequested(Value):
    """Somebody wants the run to end."""

    by: str
    reason: str | None = None


class CancelDelivered(Value):
    """The node has been told to stop."""

    attempt: int


class DelayReported(Value):
    """What Batch says keeps the run waiting."""

    reason: Reason


class OutputStored(Value):
    """What the attempt wrote to its output ``name`` is a dataset now; without ``dataset`` it wrote nothing.

    ``complete``: nothing is missing, and the run completes. ``others``: files that lie there and are not of this run.
    ``version``: of the name ``registered_as``.
    """

    attempt: int
    name: str
    dataset: str | None = None
    files: int = 0
    bytes: int = 0
    complete: bool = False
    others: int = 0
    registered_as: str | None = None
    version: int | None = None


class RunEnded(Value):
    """The one end of a run. ``reason`` is none when it completed."""

    status: End
    reason: Reason | None = None
    outputs: Outputs = Outputs()


class RunTagged(Value):
    """Tags were set, by a caller or (``position``) by the script."""

    tags: Mapping[str, str]
    position: Position | None = None


class TagRemoved(Value):
    """A caller removed a tag."""

    name: str


class PropertiesSet(Value):
    """Properties were added."""

    properties: Mapping[str, str]


class RunDescribed(Value):
    """A caller gave it another display name or description; what is none stayed as it was, what is empty is gone."""

    display_name: str | None = None
    description: str | None = None


RunEvent = (
    RunSubmitted | AttemptOpened | AttemptQueued | AttemptStarted | ScriptStarted | AttemptLost | AttemptEnded
    | LateReportIgnored | CancelRequested | CancelDelivered | DelayReported | OutputStored | RunEnded | RunTagged
    | TagRemoved | PropertiesSet | RunDescribed
)
