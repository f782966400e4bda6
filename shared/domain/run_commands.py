"""What can be asked of a run. ``Record…`` when the world has already done it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.domain.definition import Outputs, Report, RunDefinition
from shared.domain.run_events import OutputStored, Position
from shared.domain.value import Reason


@dataclass(frozen=True)
class SubmitRun:
    definition: RunDefinition
    tags: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OpenAttempt:
    attempt: int


@dataclass(frozen=True)
class RecordQueued:
    attempt: int
    task_id: str


@dataclass(frozen=True)
class RecordStarted:
    attempt: int
    node: str
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True)
class RecordScriptStarted:
    attempt: int


@dataclass(frozen=True)
class RecordLost:
    attempt: int
    reason: Reason


@dataclass(frozen=True)
class RecordReport:
    attempt: int
    report: Report


@dataclass(frozen=True)
class RequestCancel:
    by: str
    reason: str | None = None


@dataclass(frozen=True)
class RecordCancelDelivered:
    attempt: int


@dataclass(frozen=True)
class RecordDelay:
    reason: Reason


@dataclass(frozen=True)
class GiveUp:
    """End the run although no node has reported: Batch refused it, it vanished, or a cancellation was forced.

    Attempt 0 of a local run: nobody has begun it.
    """

    attempt: int
    reason: Reason


@dataclass(frozen=True)
class RecordStored:
    """What the attempt wrote to one of its outputs has been made a dataset."""

    stored: OutputStored


@dataclass(frozen=True)
class EndRun:
    """Everything the reported attempt left is in place; ``problem`` when some of it is not."""

    outputs: Outputs
    problem: Reason | None = None


@dataclass(frozen=True)
class EndInteractive:
    """The caller that is the run says how it ended."""

    report: Report


@dataclass(frozen=True)
class TagRun:
    tags: Mapping[str, str]
    position: Position | None = None


@dataclass(frozen=True)
class RemoveTag:
    name: str


@dataclass(frozen=True)
class SetProperties:
    properties: Mapping[str, str]


@dataclass(frozen=True)
class DescribeRun:
    """What is none stays; what is empty goes."""

    display_name: str | None = None
    description: str | None = None


RunCommand = (
    SubmitRun | OpenAttempt | RecordQueued | RecordStarted | RecordScriptStarted | RecordLost | RecordReport
    | RequestCancel | RecordCancelDelivered | RecordDelay | GiveUp | RecordStored | EndRun | EndInteractive | TagRun
    | RemoveTag | SetProperties | DescribeRun
)
