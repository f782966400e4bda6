"""What a run is asked to do, and what a node reports of an attempt."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, get_args

from shared.domain import limits
from shared.domain.dataset import Reading, Step
from shared.domain.ids import job_id
from shared.domain.value import Reason, Value

Outcome = Literal["succeeded", "failed", "canceled", "time_limit"]
InputMode = Literal["direct", "mount", "download"]
OutputMode = Literal["mount", "upload"]
Compatibility = Literal["azureml-v1"]
DistributionKind = Literal["mpi", "pytorch", "tensorflow"]
CommunicationBackend = Literal["nccl", "gloo"]
Priority = Literal["low", "normal", "high"]
"""Which of the runs that wait for a compute target get nodes first."""
PRIORITIES: tuple[Priority, ...] = get_args(Priority)
LOCAL = "local"
"""The compute target that is the caller's own machine."""


class Snapshot(Value):
    """The frozen source folder: the sha256 of its manifest, and its size.

    ``datastore``: the one that has its files; none: the backend keeps them.
    """

    id: str
    files: int
    bytes: int
    datastore: str | None = None


class InputArgument(Value):
    """An argument whose value is known on the node only: the path of an input, or a dataset's id in mode ``direct``."""

    input: str


class OutputArgument(Value):
    """An argument whose value is known on the node only: the path of the folder that is an output."""

    output: str


Argument = str | InputArgument | OutputArgument


class Launch(Value):
    """A Python script of the snapshot with arguments, or an argument vector; an interactive run has neither.

    Never a shell line.
    """

    script: str | None = None
    arguments: tuple[Argument, ...] = ()
    command: tuple[Argument, ...] | None = None


class Packages(Value):
    """What is to be installed. ``pip``: lines of a requirements file; ``conda``: match specifications."""

    python_version: str | None = None
    channels: tuple[str, ...] = ()
    conda: tuple[str, ...] = ()
    pip: tuple[str, ...] = ()


class Image(Value):
    """A container image to run in: its name in a registry, or a Dockerfile's text that makes one."""

    name: str | None = None
    dockerfile: str | None = None


class Environment(Value):
    """Where the script runs: ``packages`` that the node installs, or (none) a Python the user manages.

    ``python``: path of the user's interpreter on the node (none: the node's own). ``name`` and ``version`` are those
    under which the environment was registered, if it was.
    """

    name: str | None = None
    version: str | None = None
    python: str | None = None
    packages: Packages | None = None
    image: Image | None = None
    variables: Mapping[str, str] = {}


class DatastorePath(Value):
    """A folder or file of a datastore; the empty path is all of it."""

    datastore: str
    path: str = ""


class Input(Value):
    """Data a run reads: a dataset by its id, or a path of a datastore.

    ``direct`` hands over the dataset's id, the others a path on the node: ``path_on_compute``, absolute or below the
    script's folder, or one the node chooses.
    """

    dataset: str | None = None
    path: DatastorePath | None = None
    mode: InputMode = "mount"
    path_on_compute: str | None = None


class Registration(Value):
    """The dataset that an output becomes a version of, once the run has completed."""

    name: str
    description: str | None = None
    tags: Mapping[str, str] = {}


class OutputTable(Value):
    """How the files of an output become rows; ``glob``: only those whose paths, or names if it has no slash, match."""

    reading: Reading
    steps: tuple[Step, ...] = ()
    glob: str | None = None


class Output(Value):
    """A folder of a datastore that gets what the script writes to a folder of the node.

    ``mount``: everything, also of a run that fails, and as early as can be. ``upload``: after a success only, what
    matches one of ``globs`` (none: everything); without ``overwrite`` a file that is there fails the run.
    ``path_on_compute``: absolute, or below the script's folder; none: a folder that the node chooses. ``prepared``: the
    node makes the folder first; else the script makes a file or folder there. ``table``: the dataset it becomes is one.
    """

    path: DatastorePath
    mode: OutputMode = "mount"
    path_on_compute: str | None = None
    overwrite: bool = False
    globs: tuple[str, ...] = ()
    prepared: bool = True
    register_as: Registration | None = None
    table: OutputTable | None = None


class Distribution(Value):
    """How a run is spread over nodes: ``processes`` in all, as many on each node, by mpirun.

    ``backend``: by what the processes of kind ``pytorch`` talk. ``tensorflow``: one worker per node is the process that
    counts; parameter servers run beside them, number i on node i modulo ``nodes``.
    """

    kind: DistributionKind
    nodes: int = 1
    processes: int = 1
    backend: CommunicationBackend | None = None
    parameter_servers: int = 0

    @property
    def per_node(self) -> int:
        return self.processes // self.nodes


class RunDefinition(Value):
    """Everything a run needs to be repeated. Times in seconds.

    ``distribution``: none is one process on one node. ``parent``: the run that this one is a child of.
    ``sweep``: its children are the trials of a sweep, which ends it; it has no node, and nothing is launched.
    ``compatibility``: whose names the script may import besides ours. Only an interactive run has no snapshot.
    """

    experiment: str
    snapshot: Snapshot | None
    launch: Launch
    compute_target: str
    environment: Environment = Environment()
    inputs: Mapping[str, Input] = {}
    outputs: Mapping[str, Output] = {}
    distribution: Distribution | None = None
    priority: Priority = "normal"
    parent: str | None = None
    sweep: bool = False
    compatibility: Compatibility | None = None
    description: str | None = None
    max_run_duration_seconds: int | None = None
    grace_seconds: int = limits.DEFAULT_GRACE_SECONDS
    max_attempts: int = limits.DEFAULT_ATTEMPTS
    display_name: str | None = None

    @property
    def nodes(self) -> int:
        """How many nodes it needs at once."""
        return self.distribution.nodes if self.distribution else 1

    @property
    def job(self) -> str:
        """The Batch job that has its tasks."""
        return job_id(self.compute_target, self.priority)

    @property
    def is_local(self) -> bool:
        """Whether the caller's own machine runs it, if anything does."""
        return self.compute_target == LOCAL or self.sweep

    @property
    def is_interactive(self) -> bool:
        """Whether the caller itself is the run, from a notebook say, or a sweep is: nothing is launched."""
        return self.launch.script is None and self.launch.command is None


class Outputs(Value):
    """How many files the run left, and how many bytes they have together."""

    files: int = 0
    bytes: int = 0


class Written(Value):
    """What an attempt says it wrote to its output ``name``; ``failed``: so many files could not be written."""

    name: str
    files: int = 0
    bytes: int = 0
    failed: int = 0


class NodeReport(Value):
    """What one of the further nodes of an attempt left. ``node``: its number; that of the first is 0."""

    node: int
    outputs: Outputs = Outputs()
    metric_chunks: int = 0


class Report(Value):
    """What ``completed.json`` says of an attempt. ``nodes``: the further ones of several; all else is of the first.
    """

    outcome: Outcome
    exit_code: int | None = None
    signal: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    reason: Reason | None = None
    last_lines: tuple[str, ...] = ()
    outputs: Outputs = Outputs()
    written: tuple[Written, ...] = ()
    metric_chunks: int = 0
    nodes: tuple[NodeReport, ...] = ()
