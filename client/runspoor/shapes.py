"""The shapes of the backend's answers. Times are ISO 8601 in UTC, sizes are bytes."""

from __future__ import annotations

from typing import TypedDict, Union

Scalar = Union[None, bool, int, float, str]
Row = dict[str, Scalar]


class Reason(TypedDict):
    """Why something is as it is: a stable ``code``, and a sentence."""

    code: str
    message: str


class _Belongs(TypedDict, total=False):
    parent: str | None
    sweep: bool


class Run(_Belongs):
    """A run. ``version`` counts its events; ``since`` is when it came to its present status.

    ``parent``: the run it is a child of. ``sweep``: its children are trials.
    """

    run_id: str
    experiment: str
    compute_target: str
    status: str
    since: str
    version: int
    attempt: int
    submitted_at: str
    started_at: str | None
    ended_at: str | None
    reason: Reason | None
    tags: dict[str, str]


class Why(TypedDict):
    """Where a run is and why; ``summary`` and ``next`` are sentences, ``waiting_for`` is a stable word."""

    run_id: str
    status: str
    seconds: float
    waiting_for: str
    summary: str
    next: str


class Event(TypedDict):
    """An event; ``version`` is its number in the history of the run, from 0."""

    version: int
    type: str
    at: str
    data: dict[str, object]
    actor: str
    caused_by: str


class File(TypedDict):
    """A file of a run; ``sha256`` when it was stored with one."""

    name: str
    size: int
    modified: str
    sha256: str | None


class Metric(TypedDict):
    """A metric: how many points it has, and the last one."""

    name: str
    kind: str
    count: int
    last: Scalar | Row


class ComputeTarget(TypedDict):
    """A compute target; ``provisioning_state`` is Creating, Succeeded, Failed or Deleting."""

    name: str
    vm_size: str
    min_nodes: int
    max_nodes: int
    provisioning_state: str
