"""A compute target: a Batch pool that grows when runs wait and costs nothing when none do."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, assert_never

from shared.domain import limits
from shared.domain.decider import Decider
from shared.domain.errors import NotFound, Rejected
from shared.domain.value import Reason, Value

VmPriority = Literal["dedicated", "low_priority"]


class ComputeSpec(Value):
    """What a compute target is made of. ``low_priority`` nodes are spot nodes: cheaper, and may be taken away."""

    vm_size: str
    min_nodes: int = 0
    max_nodes: int = 1
    idle_seconds_before_scaledown: int = limits.DEFAULT_IDLE_SECONDS
    vm_priority: VmPriority = "dedicated"


class ComputeCreated(Value):
    """Somebody wants the compute target; again after it was deleted or refused."""

    spec: ComputeSpec


class ComputeUpdated(Value):
    """The size limits have changed."""

    spec: ComputeSpec


class ComputeProvisioned(Value):
    """The pool and its job exist, with the newest size limits."""


class ComputeRefused(Value):
    """Batch refused to make the pool, and will refuse again."""

    reason: Reason


class ComputeScaled(Value):
    """Batch was asked for so many nodes."""

    nodes: int


class ComputeMended(Value):
    """Nodes that could run nothing were given back, for which the pool's scaling was switched off; without ``nodes``
    somebody else has switched it off, or it has stopped by itself. Batch is to be asked for nodes again.
    """

    nodes: tuple[str, ...] = ()


class ComputeDeletionRequested(Value):
    """Somebody wants it gone."""

    by: str


class ComputeDeleted(Value):
    """Pool and job are gone."""


ComputeEvent = (
    ComputeCreated | ComputeUpdated | ComputeProvisioned | ComputeRefused | ComputeScaled | ComputeMended
    | ComputeDeletionRequested | ComputeDeleted
)
CALLING = (ComputeCreated, ComputeUpdated, ComputeMended, ComputeDeletionRequested)
"""The events after which the system itself acts next."""


@dataclass(frozen=True)
class CreateCompute:
    spec: ComputeSpec


@dataclass(frozen=True)
class UpdateCompute:
    min_nodes: int | None = None
    max_nodes: int | None = None
    idle_seconds_before_scaledown: int | None = None


@dataclass(frozen=True)
class RecordProvisioned:
    pass


@dataclass(frozen=True)
class RecordRefused:
    reason: Reason


@dataclass(frozen=True)
class RecordScaled:
    nodes: int


@dataclass(frozen=True)
class RecordMended:
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True)
class RequestDeletion:
    by: str


@dataclass(frozen=True)
class RecordDeleted:
    pass


ComputeCommand = (
    CreateCompute | UpdateCompute | RecordProvisioned | RecordRefused | RecordScaled | RecordMended | RequestDeletion
    | RecordDeleted
)


class ComputePhase(StrEnum):
    """Azure ML's provisioning states."""

    ABSENT = "Absent"
    CREATING = "Creating"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    DELETING = "Deleting"


@dataclass(frozen=True)
class ComputeTarget:
    """A compute target as it is now. ``nodes`` is the number last asked of Batch; ``mending``: to be asked again."""

    name: str
    version: int = 0
    spec: ComputeSpec | None = None
    phase: ComputePhase = ComputePhase.ABSENT
    created_at: datetime | None = None
    since: datetime | None = None
    nodes: int = 0
    mending: bool = False
    mended_at: datetime | None = None
    reason: Reason | None = None


def decide(target: ComputeTarget, command: ComputeCommand) -> list[ComputeEvent]:
    """The events ``command`` makes; ``[]`` when it is already so; a ``Refusal`` when it cannot be."""
    if isinstance(command, CreateCompute):
        return _create(target, command)
    if target.spec is None or target.phase is ComputePhase.ABSENT:
        if isinstance(command, (RequestDeletion, RecordDeleted)) and target.spec:
            return []
        raise unknown(target.name)
    match command:
        case UpdateCompute():
            return _update(target, target.spec, command)
        case RecordProvisioned():
            return [ComputeProvisioned()] if target.phase is ComputePhase.CREATING else []
        case RecordRefused():
            return [ComputeRefused(reason=command.reason)] if target.phase is ComputePhase.CREATING else []
        case RecordScaled():
            is_news = command.nodes != target.nodes or target.mending
            return [ComputeScaled(nodes=command.nodes)] if target.phase is ComputePhase.SUCCEEDED and is_news else []
        case RecordMended():
            is_news = target.phase is ComputePhase.SUCCEEDED and not target.mending
            return [ComputeMended(nodes=command.nodes)] if is_news else []
        case RequestDeletion():
            return [] if target.phase is ComputePhase.DELETING else [ComputeDeletionRequested(by=command.by)]
        case RecordDeleted():
            return [ComputeDeleted()] if target.phase is ComputePhase.DELETING else []
        case _:
            assert_never(command)


def _create(target: ComputeTarget, command: CreateCompute) -> list[ComputeEvent]:
    if target.phase in (ComputePhase.ABSENT, ComputePhase.FAILED):
        return [ComputeCreated(spec=command.spec)]
    if target.phase is ComputePhase.DELETING:
        raise _being_deleted(target)
    if target.spec == command.spec:
        return []
    raise Rejected(f"Compute target {target.name!r} exists with other settings: update it, or choose another name.")


def _being_deleted(target: ComputeTarget) -> Rejected:
    return Rejected(f"Compute target {target.name!r} is being deleted: wait until it is gone, then create it.")


def _update(target: ComputeTarget, spec: ComputeSpec, command: UpdateCompute) -> list[ComputeEvent]:
    if target.phase is ComputePhase.DELETING:
        raise _being_deleted(target)
    changes = {name: value for name, value in vars(command).items() if value is not None}
    changed = spec.model_copy(update=changes)
    if changed.min_nodes > changed.max_nodes:
        raise Rejected(f"min_nodes ({changed.min_nodes}) would be above max_nodes ({changed.max_nodes}): change both.")
    return [] if changed == spec else [ComputeUpdated(spec=changed)]


def evolve(target: ComputeTarget, event: ComputeEvent, at: datetime) -> ComputeTarget:
    """Apply one event."""
    target = replace(target, version=target.version + 1)
    match event:
        case ComputeCreated():
            return replace(target, spec=event.spec, phase=ComputePhase.CREATING, created_at=at, since=at,
                           nodes=event.spec.min_nodes, mending=False, reason=None)
        case ComputeUpdated():
            return replace(target, spec=event.spec)
        case ComputeProvisioned():
            return replace(target, phase=ComputePhase.SUCCEEDED, since=at)
        case ComputeRefused():
            return replace(target, phase=ComputePhase.FAILED, since=at, reason=event.reason)
        case ComputeScaled():
            return replace(target, nodes=event.nodes, mending=False)
        case ComputeMended():
            return replace(target, mending=True, mended_at=at)
        case ComputeDeletionRequested():
            return replace(target, phase=ComputePhase.DELETING, since=at)
        case ComputeDeleted():
            return replace(target, phase=ComputePhase.ABSENT, since=at)
        case _:
            assert_never(event)


COMPUTE = Decider(ComputeTarget, decide, evolve)


def unknown(name: str) -> NotFound:
    """The refusal of a request about a compute target that is not there."""
    return NotFound(f"There is no compute target {name!r}: create it first.")


BROKEN = ("starttaskfailed", "unusable")
"""Nodes in these states are billed, run nothing, and never recover by themselves."""
BROKEN_FOR = timedelta(minutes=2)
"""A spot node that is taken away may be called unusable for a moment before it is called preempted."""
MEND_PAUSE = timedelta(minutes=10)
"""What breaks every new node as well is not to be paid for again and again."""
MOST_MENDED = 100
"""So many nodes can be given back in one request."""


def to_mend(target: ComputeTarget, nodes: Mapping[str, tuple[str, datetime]], now: datetime) -> list[str]:
    """Which of a pool's nodes (name -> state, since) are to be given back now."""
    if target.mended_at and now - target.mended_at < MEND_PAUSE:
        return []
    broken = [name for name, (state, since) in nodes.items() if state in BROKEN and now - since >= BROKEN_FOR]
    return sorted(broken)[:MOST_MENDED]


def wanted_nodes(spec: ComputeSpec, demand: int) -> int:
    """How many nodes the target is to have when what waits and runs needs ``demand``."""
    return max(spec.min_nodes, min(spec.max_nodes, demand))
