"""What the events of a run add up to, and the order of its life."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from shared.domain.definition import Outputs, Report, RunDefinition
from shared.domain.run_events import (
    AttemptEnded,
    AttemptLost,
    AttemptOpened,
    AttemptQueued,
    AttemptStarted,
    CancelDelivered,
    CancelRequested,
    DelayReported,
    LateReportIgnored,
    OutputStored,
    Position,
    PropertiesSet,
    RunDescribed,
    RunEnded,
    RunEvent,
    RunSubmitted,
    RunTagged,
    ScriptStarted,
    TagRemoved,
)
from shared.domain.value import Reason


class Phase(StrEnum):
    """Where a run is, in Azure ML's words. ``Starting``: a node has it, its script does not run yet."""

    NOT_STARTED = "NotStarted"
    PREPARING = "Preparing"
    QUEUED = "Queued"
    STARTING = "Starting"
    RUNNING = "Running"
    FINALIZING = "Finalizing"
    COMPLETED = "Completed"
    FAILED = "Failed"
    CANCELED = "Canceled"


CANCEL_REQUESTED = "CancelRequested"
ON_BATCH = (Phase.PREPARING, Phase.QUEUED, Phase.STARTING, Phase.RUNNING)
"""An attempt is open: a Batch task may exist for it, or the caller's machine runs it."""
ENDED = (Phase.COMPLETED, Phase.FAILED, Phase.CANCELED)

ADVANCES: Mapping[type[RunEvent], tuple[tuple[Phase, ...], Phase]] = {
    AttemptOpened: ((Phase.NOT_STARTED,), Phase.PREPARING),
    AttemptQueued: ((Phase.PREPARING,), Phase.QUEUED),
    AttemptStarted: ((Phase.PREPARING, Phase.QUEUED), Phase.STARTING),
    ScriptStarted: ((Phase.PREPARING, Phase.QUEUED, Phase.STARTING), Phase.RUNNING),
    AttemptEnded: (ON_BATCH, Phase.FINALIZING),
    AttemptLost: (ON_BATCH, Phase.NOT_STARTED),
}
"""Event -> the phases in which it may happen, and the phase it leads to. Signals may overtake each other."""


@dataclass(frozen=True)
class Cancellation:
    """The wish to end a run; ``delivered_at`` is when its node was told."""

    by: str
    reason: str | None
    at: datetime
    delivered_at: datetime | None = None


@dataclass(frozen=True)
class Tag:
    """A tag's value, and where in the run's own output it was set (none: by a caller)."""

    value: str
    position: Position | None


@dataclass(frozen=True)
class Run:
    """A run as it is now. ``Run(id)`` is a run nobody has submitted. Versions count events."""

    id: str
    version: int = 0
    definition: RunDefinition | None = None
    display_name: str | None = None
    description: str | None = None
    submitted: RunSubmitted | None = None
    phase: Phase = Phase.NOT_STARTED
    since: datetime | None = None
    submitted_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    attempt: int = 0
    task_id: str | None = None
    node: str | None = None
    nodes: tuple[str, ...] = ()
    """All nodes of the attempt, ``node`` the first of them."""
    on_nodes_since: datetime | None = None
    node_seconds: float = 0
    """What it has cost until ``on_nodes_since``: the seconds of every node of the target that an attempt has had."""
    lost: Mapping[int, Reason] = field(default_factory=dict)
    late: frozenset[int] = frozenset()
    delay: Reason | None = None
    cancel: Cancellation | None = None
    report: Report | None = None
    reason: Reason | None = None
    outputs: Outputs = field(default_factory=Outputs)
    stored: Mapping[str, OutputStored] = field(default_factory=dict)
    """Outputs by name, once what was written to them is a dataset."""
    tags: Mapping[str, Tag] = field(default_factory=dict)
    untagged: Mapping[str, Position] = field(default_factory=dict)
    """Tags of the script that a caller removed, and where they were set: a chunk delivered again brings none back."""
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        return self.phase in ENDED

    @property
    def status(self) -> str:
        """Azure ML's status: the phase, or ``CancelRequested`` from the request until the node has stopped."""
        return CANCEL_REQUESTED if self.cancel and self.phase in ON_BATCH else self.phase.value


def evolve(run: Run, event: RunEvent, at: datetime) -> Run:
    """Apply one event of a commit made at ``at``. It never refuses: what happened, happened."""
    return replace(_apply(_advance(run, event, at), event, at), version=run.version + 1)


def _advance(run: Run, event: RunEvent, at: datetime) -> Run:
    run = _charged(run, event, at)
    advance = ADVANCES.get(type(event))
    return replace(run, phase=advance[1], since=at, delay=None) if advance else run


def _charged(run: Run, event: RunEvent, at: datetime) -> Run:
    """An attempt has its nodes from the time one of them has begun; the caller's machine costs nothing."""
    if isinstance(event, (AttemptStarted, ScriptStarted)) and run.definition and not run.definition.is_local:
        return replace(run, on_nodes_since=run.on_nodes_since or at)
    if run.on_nodes_since is None or not isinstance(event, (AttemptLost, AttemptEnded, RunEnded)):
        return run
    spent = (at - run.on_nodes_since).total_seconds() * (run.definition.nodes if run.definition else 1)
    return replace(run, on_nodes_since=None, node_seconds=run.node_seconds + spent)


def _apply(run: Run, event: RunEvent, at: datetime) -> Run:
    match event:
        case RunSubmitted():
            tags = {name: Tag(value, None) for name, value in event.tags.items()}
            return replace(run, definition=event.definition, display_name=event.definition.display_name,
                           description=event.definition.description, submitted=event, submitted_at=at, since=at,
                           tags=tags, properties=dict(event.properties))
        case AttemptOpened():
            return replace(run, attempt=event.attempt, task_id=None, node=None, nodes=())
        case AttemptQueued():
            return replace(run, task_id=event.task_id)
        case AttemptStarted():
            return replace(run, node=event.node, nodes=event.nodes or (event.node,))
        case ScriptStarted():
            return replace(run, started_at=run.started_at or at)
        case AttemptLost():
            return replace(run, lost={**run.lost, event.attempt: event.reason}, task_id=None)
        case AttemptEnded():
            return replace(run, report=event.report)
        case LateReportIgnored():
            return replace(run, late=run.late | {event.attempt})
        case CancelRequested():
            return replace(run, cancel=Cancellation(event.by, event.reason, at))
        case CancelDelivered():
            return replace(run, cancel=run.cancel and replace(run.cancel, delivered_at=at))
        case DelayReported():
            return replace(run, delay=event.reason)
        case OutputStored():
            return replace(run, stored={**run.stored, event.name: event})
        case RunEnded():
            return replace(run, phase=Phase(event.status), since=at, ended_at=at, delay=None, reason=event.reason,
                           outputs=event.outputs)
        case RunTagged():
            return replace(run, tags={**run.tags, **_tagged(run, event)})
        case TagRemoved():
            return _untagged(run, event.name)
        case RunDescribed():
            return replace(run, display_name=_changed(run.display_name, event.display_name),
                           description=_changed(run.description, event.description))
        case PropertiesSet():
            return replace(run, properties={**run.properties, **event.properties})
        case _:
            assert_never(event)


def _tagged(run: Run, event: RunTagged) -> dict[str, Tag]:
    """A tag set by a caller keeps the position it had, so that a chunk delivered again does not undo it."""
    known = {**run.untagged, **{name: tag.position for name, tag in run.tags.items()}}
    return {name: Tag(value, event.position or known.get(name)) for name, value in event.tags.items()}


def _untagged(run: Run, name: str) -> Run:
    position = run.tags[name].position if name in run.tags else None
    tags = {known: tag for known, tag in run.tags.items() if known != name}
    return replace(run, tags=tags, untagged={**run.untagged, name: position} if position else run.untagged)


def _changed(known: str | None, said: str | None) -> str | None:
    return known if said is None else said or None
