"""What callers get. Times are ISO 8601 in UTC, sizes in bytes."""

from datetime import datetime
from typing import Generic, TypeVar

from pydantic import BaseModel

from shared.contract.outputs import RunInput, RunOutput
from shared.domain.definition import CommunicationBackend, DistributionKind, Priority

Item = TypeVar("Item")


class ReasonModel(BaseModel):
    """Why something is as it is: a stable ``code`` for programs, a sentence for people."""

    code: str
    message: str


class Problem(BaseModel):
    """RFC 9457. ``detail`` says whose fault it is and how to mend it; ``errors`` names the fields of a bad request."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[str] | None = None


class Page(BaseModel, Generic[Item]):
    """A page of a list; ``next`` is the ``cursor`` of the following page, or none."""

    value: list[Item]
    next: str | None = None


class ViewPage(Page[Item], Generic[Item]):
    """A page of a list that is built from events: ``as_of`` is the time of the newest commit in it."""

    as_of: datetime | None = None


class Health(BaseModel):
    """``status`` is always ``ok``: a backend that is not does not answer."""

    status: str
    version: str


class MissingFile(BaseModel):
    """A source file to upload: ``PUT`` its bytes to ``url`` with the header ``x-ms-blob-type: BlockBlob``."""

    sha256: str
    url: str


class SnapshotResponse(BaseModel):
    """``complete`` when nothing is missing: then the snapshot can be submitted. Otherwise upload, and send it again."""

    snapshot_id: str
    files: int
    bytes: int
    complete: bool
    missing: list[MissingFile] = []


class SnapshotEntry(BaseModel):
    """A file of a snapshot: its path below the source folder, with ``/``, and its content by digest."""

    path: str
    sha256: str
    size: int
    executable: bool = False


class SnapshotFileLink(SnapshotEntry):
    """A file of a snapshot, and where to download its content from."""

    url: str


class Manifest(BaseModel):
    """The files of a snapshot, by path; ``datastore`` has their contents, if the backend has not."""

    files: list[SnapshotEntry]
    datastore: str | None = None


class CancelModel(BaseModel):
    """Who asked for the end of a run, why and when; ``delivered_at`` is when its node was told."""

    by: str
    reason: str | None
    at: datetime
    delivered_at: datetime | None


class OutputsModel(BaseModel):
    """How many files a run left, and how many bytes they have together."""

    files: int
    bytes: int


class RunSummary(BaseModel):
    """A run in a list. ``version`` counts its events; ``since`` is when it came to its present status.

    ``parent``: the run it is a child of. ``sweep``: its children are the trials of a sweep. ``nodes_needed``: at once.
    ``node_seconds``: what it has cost, the seconds of all nodes it has had; while an attempt is on nodes those
    since ``on_nodes_since`` are to be added.
    """

    run_id: str
    parent: str | None = None
    sweep: bool = False
    experiment: str
    compute_target: str
    nodes_needed: int = 1
    node_seconds: float = 0
    on_nodes_since: datetime | None = None
    display_name: str | None = None
    status: str
    since: datetime | None
    version: int
    attempt: int
    submitted_at: datetime | None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    reason: ReasonModel | None = None
    tags: dict[str, str] = {}


class DistributionModel(BaseModel):
    """How a run is spread over ``nodes``: ``processes`` in all, as many on each."""

    kind: DistributionKind
    nodes: int
    processes: int
    backend: CommunicationBackend | None = None
    parameter_servers: int = 0


class RunResponse(RunSummary):
    """A run. ``exit_code`` and ``last_lines`` are those of the script; ``reason`` says why it did not complete.

    ``left``: what it left in ``./outputs``. ``inputs`` and ``outputs``: what it reads and writes in datastores.
    ``nodes``: those of its attempt when they are several, ``node`` and the addresses of the others.
    ``distribution``: none is one process on one node.
    """

    description: str | None = None
    node: str | None = None
    nodes: list[str] = []
    distribution: DistributionModel | None = None
    priority: Priority = "normal"
    cancel: CancelModel | None = None
    exit_code: int | None = None
    last_lines: list[str] = []
    left: OutputsModel
    inputs: list[RunInput] = []
    outputs: list[RunOutput] = []
    properties: dict[str, str] = {}
    definition: dict[str, object]


class EventModel(BaseModel):
    """An event: its ``version`` in the stream, its name and format, and who caused it by what."""

    version: int
    type: str
    v: int
    at: str
    data: dict[str, object]
    actor: str
    caused_by: str
    command_id: str


class FileModel(BaseModel):
    """A file of a run."""

    name: str
    size: int
    modified: datetime
    sha256: str | None = None
    content_type: str | None = None


class FileLink(FileModel):
    """A file and a URL from which it can be read until ``expires_at``."""

    url: str
    expires_at: datetime


class Written(BaseModel):
    """``written`` is false when the same thing had been written before."""

    written: bool


class ExperimentModel(BaseModel):
    """An experiment. Archived ones are left out of lists unless asked for."""

    name: str
    description: str | None = None
    tags: dict[str, str] = {}
    archived: bool = False
    created_at: datetime | None = None


class GrantsResponse(BaseModel):
    """URLs by name (``files``: by digest), good until ``expires_at``; ``token`` replaces the one that was shown."""

    expires_at: datetime
    token: str
    snapshot: str
    write: dict[str, str]
    create: dict[str, str]
    read: dict[str, str]
    files: dict[str, str]
