"""What a run is asked to do, and what a node reports of an attempt."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from shared.domain import limits
from shared.domain.value import Reason, Value

Outcome = Literal["succeeded", "failed", "canceled", "time_limit"]


class Snapshot(Value):
    """The frozen source folder: the sha256 of its manifest, and its size."""

    id: str
    files: int
    bytes: int


class Launch(Value):
    """Either a Python script of the snapshot with arguments, or an argument vector. Never a shell line."""

    script: str | None = None
    arguments: tuple[str, ...] = ()
    command: tuple[str, ...] | None = None


class Environment(Value):
    """A Python the user manages: the path of its interpreter on the node (none: the node's own), and variables."""

    python: str | None = None
    variables: Mapping[str, str] = {}


class RunDefinition(Value):
    """Everything a run needs to be repeated. Times in seconds."""

    experiment: str
    snapshot: Snapshot
    launch: Launch
    compute_target: str
    environment: Environment = Environment()
    max_run_duration_seconds: int | None = None
    grace_seconds: int = limits.DEFAULT_GRACE_SECONDS
    max_attempts: int = limits.DEFAULT_ATTEMPTS
    display_name: str | None = None


class Outputs(Value):
    """How many files the run left, and how many bytes they have together."""

    files: int = 0
    bytes: int = 0


class Report(Value):
    """What ``completed.json`` says of an attempt."""

    outcome: Outcome
    exit_code: int | None = None
    signal: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    reason: Reason | None = None
    last_lines: tuple[str, ...] = ()
    outputs: Outputs = Outputs()
    metric_chunks: int = 0
