"""What the use cases need of the world. Ports have adapters in ``shared/adapters`` and one contract suite each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

from shared.domain.batch_states import TaskObservation
from shared.domain.compute import ComputeSpec
from shared.domain.definition import Priority
from shared.domain.value import Reason, Value

Json = Mapping[str, object]


@dataclass(frozen=True)
class Commit:
    """The events of one decision. ``version`` is its first event's; versions of a stream count from 0 without gaps."""

    stream: str
    version: int
    at: datetime
    command_id: str
    actor: str
    caused_by: str
    events: Sequence[Value]

    def __post_init__(self) -> None:
        if not self.events:
            raise ValueError(f"A commit to {self.stream} has no events: nothing was decided.")

    @property
    def next(self) -> int:
        """The version of the event that will follow."""
        return self.version + len(self.events)


class VersionConflict(Exception):
    """Somebody else has appended to the stream since it was read: read it again."""


class TooNew(Exception):
    """An event was written by a newer version of Runspoor than this one: finish the deployment, then it is read."""


class EventStore(Protocol):
    """The log. Appending is atomic; a commit, once appended, never changes."""

    def append(self, commit: Commit) -> None:
        """Raises ``VersionConflict`` when somebody has appended this version before."""

    def read(self, stream: str) -> list[Commit]:
        """The commits of ``stream``, oldest first; empty when there are none."""

    def feed(self, cursor: str | None, limit: int = 100) -> tuple[list[Commit], str]:
        """Commits behind ``cursor`` (none: from the beginning), in order per stream, and a new cursor."""


@dataclass(frozen=True)
class View:
    """One document of a read model. ``sort`` orders lists, newest last; ``etag`` is none for a new document."""

    kind: str
    id: str
    sort: str
    body: Json
    etag: str | None = None


Where = Mapping[str, str | bool | tuple[str, ...] | frozenset[str]]
"""Field of a view's body -> its value. Of a tuple: the field is a list that has all of these; of a set: it is one of
these, of which there may be hundreds."""


class ViewStore(Protocol):
    """Read models: dropped and rebuilt at will."""

    def get(self, kind: str, id: str) -> View | None:
        """One document."""

    def put(self, view: View) -> None:
        """Write; raises ``VersionConflict`` unless the stored etag is still ``view.etag`` (none: must not exist)."""

    def page(self, kind: str, where: Where, limit: int, before: str | None) -> list[View]:
        """At most ``limit`` documents whose body has all of ``where``, by falling ``sort``, below ``before``."""

    def clear(self, kind: str) -> None:
        """Drop every document of a kind."""


@dataclass(frozen=True)
class MetricDocument:
    """A document of a run's metrics: ``header`` is read often and small, ``content`` stays below 2 MB of JSON."""

    run: str
    id: str
    kind: str
    order: str
    header: Json
    content: Json


class MetricStore(Protocol):
    """Documents of metrics, one partition per run."""

    def add(self, document: MetricDocument) -> bool:
        """Create; False when the run has a document with this id (it is then left as it is)."""

    def put(self, document: MetricDocument) -> None:
        """Create or replace."""

    def get(self, run: str, id: str) -> MetricDocument | None:
        """One document."""

    def headers(self, run: str, kind: str) -> list[tuple[str, Json]]:
        """Id and header of every document of a kind, by the documents' ``order``."""

    def count(self, run: str, kind: str) -> int:
        """How many documents of a kind the run has."""


class Reactions(Protocol):
    """The queue of streams that need looking at."""

    def send(self, stream: str, delay: timedelta = timedelta()) -> None:
        """Ask for a reaction to ``stream``, not before ``delay`` (at most 7 days) has passed."""


@dataclass(frozen=True)
class Blob:
    """A blob as a listing shows it. ``size`` in bytes; ``sha256`` when its writer stored one."""

    name: str
    size: int
    modified: datetime
    content_type: str | None = None
    sha256: str | None = None


Right = Literal["read", "create", "write"]
Container = Literal["snapshots", "models", "data", "datasets", "environments", "runner", "runs", "metrics", "signals"]


class Blobs(Protocol):
    """Files: snapshots, models, environments, outputs, logs, signals."""

    def put(self, container: Container, name: str, data: bytes, *, overwrite: bool = False) -> bool:
        """Write; False when it exists and ``overwrite`` is not asked for."""

    def read(self, container: Container, name: str, offset: int = 0, length: int | None = None) -> bytes | None:
        """Bytes from ``offset``; none when there is no such blob; empty behind its end."""

    def size(self, container: Container, name: str) -> int | None:
        """Bytes of a blob; none when there is no such blob."""

    def list(self, container: Container, prefix: str, cursor: str | None = None,
             limit: int = 5000) -> tuple[list[Blob], str | None]:
        """A page of the blobs below ``prefix``, by name, and the cursor of the next page."""

    def url(self, container: Container, name: str) -> str:
        """Where the blob is, without any right to it."""

    def grant(self, container: Container, name: str, right: Right, until: datetime) -> str:
        """A URL with one right to this one blob, until then. ``create`` cannot overwrite."""


@dataclass(frozen=True)
class TaskSpec:
    """A task to be run once, on ``nodes`` nodes at the same time.

    ``files`` maps names to blob URLs: in the working directory of a task on one node; on several, in the folder
    ``$AZ_BATCH_TASK_SHARED_DIR`` of each of them, and ``command`` runs on the first of them only.
    """

    id: str
    pool: str
    job: str
    command: str
    files: Mapping[str, str]
    evidence: str
    """URL of the container, and below ``evidence_prefix`` the place, for what the task itself prints."""
    evidence_prefix: str
    variables: Mapping[str, str]
    limit: timedelta | None
    nodes: int = 1


@dataclass(frozen=True)
class PoolObservation:
    """What Batch says of a pool. ``nodes`` counts by state; ``problems`` are resize and node errors in its words.

    ``members``: node -> state; ``members_since``: when each came to it. ``scales``: by its formula. ``since``: when its
    allocation came to be what it is. ``linked``: its nodes may talk to each other.
    """

    allocation: str
    target: int
    current: int
    nodes: Mapping[str, int] = field(default_factory=dict)
    problems: Sequence[Reason] = ()
    members: Mapping[str, str] = field(default_factory=dict)
    members_since: Mapping[str, datetime] = field(default_factory=dict)
    scales: bool = True
    since: datetime | None = None
    linked: bool = True


@dataclass(frozen=True)
class Queue:
    """How many tasks wait for nodes, and how many have theirs."""

    waiting: int = 0
    running: int = 0


class TryLater(Exception):
    """Azure is busy or in the middle of something; the same call will work in a moment."""


class ComputeRejected(Exception):
    """Batch refused and will refuse again: the message has its code and words."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.message)
        self.reason = reason


def another(task: TaskSpec) -> Reason:
    """Why ``task`` is refused when its name is taken by a task with another command, variables or number of nodes."""
    return Reason(code="TaskExists", message=f"Batch job {task.job} has another task named {task.id}, which Runspoor "
                  "did not make as it is: delete that task, then submit the run again.")


class Compute(Protocol):
    """Azure Batch. Every effect has a name, so that doing it twice is doing it once.

    All may raise ``TryLater`` and ``ComputeRejected``.
    """

    def ensure_pool(self, pool: str, spec: ComputeSpec, nodes: int, now: datetime) -> None:
        """Make the pool unless it exists."""

    def ensure_job(self, job: str, pool: str, priority: Priority = "normal") -> None:
        """Make the job unless it exists. A free node gets a task of the job with the highest priority."""

    def submit(self, task: TaskSpec) -> bool:
        """Create the task; True when it now exists. False when its job is missing.

        ``ComputeRejected`` when the job has a task of this name with another command, variables or number of nodes.
        """

    def terminate(self, job: str, task: str) -> None:
        """End the task; nothing when it has ended or never was."""

    def scale(self, pool: str, spec: ComputeSpec, nodes: int, now: datetime) -> None:
        """Ask for ``nodes`` nodes now, and for what waits once the control plane has been silent for hours."""

    def remove(self, pool: str, nodes: Sequence[str]) -> None:
        """Give these nodes back, whatever runs there. The pool does not scale until ``scale`` is called."""

    def delete(self, pool: str, jobs: Sequence[str]) -> bool:
        """Delete a pool and its jobs; True when all are gone."""

    def task(self, job: str, task: str) -> TaskObservation | None:
        """What Batch says of one task; none when there is none."""

    def tasks(self, job: str) -> Iterator[tuple[str, TaskObservation]]:
        """All tasks of a job that have not ended, or ended in the last hour."""

    def further_nodes(self, job: str, task: str) -> list[str]:
        """The nodes that a task has now besides its first; none of a task on one node, or of none."""

    def demand(self, jobs: Sequence[str], most: int) -> int:
        """How many nodes the tasks that wait or run need together; exact below ``most``, else at least that."""

    def queue(self, jobs: Sequence[str]) -> Queue:
        """How long the queue of these jobs is."""

    def ended_since(self, jobs: Sequence[str], at: datetime) -> bool:
        """Whether a task of these jobs has ended since then."""

    def pool(self, pool: str) -> PoolObservation | None:
        """What Batch says of a pool; none when there is none."""


class Clock(Protocol):
    """The time, in UTC."""

    def __call__(self) -> datetime:
        """Now."""
