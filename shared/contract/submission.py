"""What callers send to submit a run."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from shared.contract.datasets import ReadingRequest, StepRequest
from shared.contract.fields import (
    Argument,
    Digest,
    Name,
    Pairs,
    Path,
    Request,
    Tags,
    Text,
    VariableName,
    VariableValue,
    for_a_process,
    without_nul,
)
from shared.contract.package_lines import channel, conda_spec, pip_line
from shared.domain import limits
from shared.domain.definition import (
    LOCAL,
    CommunicationBackend,
    Compatibility,
    DistributionKind,
    InputMode,
    OutputMode,
    Priority,
)

Specification = Annotated[str, StringConstraints(min_length=1, max_length=limits.PACKAGE_CHARACTERS),
                          AfterValidator(without_nul)]
PipLine = Annotated[Specification, AfterValidator(pip_line)]
CondaSpec = Annotated[Specification, AfterValidator(conda_spec)]
Channel = Annotated[Specification, AfterValidator(channel)]
Packages = Field(max_length=limits.PACKAGES)
ImageName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/:@-]*$", max_length=limits.PACKAGE_CHARACTERS)]
InputName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,254}$")]


class PackagesRequest(Request):
    """Packages for the node to install. ``pip``: lines of a requirements file; ``conda``: match specifications."""

    python_version: Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+){0,2}$")] | None = None
    channels: Annotated[list[Channel], Packages] = []
    conda: Annotated[list[CondaSpec], Packages] = []
    pip: Annotated[list[PipLine], Packages] = []


class ImageRequest(Request):
    """A container image: its name in a registry, or the text of the Dockerfile that makes it."""

    name: ImageName | None = None
    dockerfile: Annotated[str, Field(max_length=limits.DOCKERFILE_CHARACTERS)] | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.name is None) == (self.dockerfile is None):
            raise ValueError("give either 'name' or 'dockerfile'")
        return self


class EnvironmentRequest(Request):
    """``packages`` to install, or (none) a Python the user manages: ``python`` is its path on the node.

    ``name`` and ``version`` say under what the environment was registered; nothing is looked up by them.
    """

    name: Name | None = None
    version: Annotated[str, Field(max_length=limits.NAME_CHARACTERS)] | None = None
    python: Annotated[Path, AfterValidator(without_nul)] | None = None
    packages: PackagesRequest | None = None
    image: ImageRequest | None = None
    variables: Annotated[dict[VariableName, VariableValue], Field(max_length=limits.ENVIRONMENT_VARIABLES)] = {}

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.packages is not None and self.python is not None:
            raise ValueError("give 'packages' to install, or the 'python' that has them already")
        for name, value in self.variables.items():
            for_a_process(f"{name}={value}")
        return self


class DatastorePathRequest(Request):
    """A folder or file of a datastore; the empty path is all of it."""

    datastore: Name
    path: Annotated[str, Field(max_length=limits.PATH_CHARACTERS)] = ""


class InputRequest(Request):
    """Data the run reads: a ``dataset`` by its id, or a ``path`` of a datastore."""

    dataset: Name | None = None
    path: DatastorePathRequest | None = None
    mode: InputMode = "mount"
    path_on_compute: Annotated[Path, AfterValidator(without_nul)] | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.dataset is None) == (self.path is None):
            raise ValueError("give either 'dataset' or 'path'")
        if self.mode == "direct" and self.path is not None:
            raise ValueError("mode 'direct' hands over a dataset's id: give 'dataset'")
        return self


class RegistrationRequest(Request):
    """The dataset that an output becomes a version of, once the run has completed."""

    name: Name
    description: Text | None = None
    tags: Tags = {}


class OutputTableRequest(Request):
    """The dataset is rows, read so; ``glob``: of files whose paths, or names if it has no slash, match (none: all)."""

    reading: ReadingRequest
    steps: Annotated[list[StepRequest], Field(max_length=limits.DATASET_STEPS)] = []
    glob: Path | None = None


class OutputRequest(Request):
    """A folder of a datastore that gets what the script writes to a folder of the node.

    ``path``: none is ``dataset/{run-id}/{output-name}`` of the default datastore; the two names in braces stand for
    what they say. ``mount``: everything, also of a run that fails. ``upload``: after a success only, what matches one
    of ``globs`` (none: everything), and without ``overwrite`` nothing that is there. ``prepared``: the node makes the
    folder first; else the script makes a file or folder at ``path_on_compute``. ``table``: the dataset is tabular.
    """

    path: DatastorePathRequest | None = None
    mode: OutputMode = "mount"
    path_on_compute: Annotated[Path, AfterValidator(without_nul)] | None = None
    overwrite: bool = False
    globs: Annotated[list[Path], Field(max_length=limits.OUTPUT_GLOBS)] = []
    prepared: bool = True
    register_as: RegistrationRequest | None = None
    table: OutputTableRequest | None = None

    @model_validator(mode="after")
    def _of_its_mode(self) -> Self:
        if self.mode == "mount" and (self.overwrite or self.globs or not self.prepared):
            raise ValueError("'overwrite', 'globs' and 'prepared' go with mode 'upload'")
        if not self.prepared and self.path_on_compute is None:
            raise ValueError("without 'prepared' the script makes the file or folder: give its 'path_on_compute'")
        return self


class DistributionRequest(Request):
    """How the run is spread over nodes: ``processes`` in all (none: one per node), as many on each node.

    ``mpi``: started by mpirun. ``pytorch``: with the variables that torch.distributed reads, for ``backend``.
    ``tensorflow``: one worker per node and ``parameter_servers`` beside them, with TF_CONFIG.
    """

    kind: DistributionKind
    nodes: Annotated[int, Field(ge=1, le=limits.NODES)] = 1
    processes: Annotated[int, Field(ge=1, le=limits.PROCESSES)] | None = None
    backend: CommunicationBackend | None = None
    parameter_servers: Annotated[int, Field(ge=0, le=limits.PROCESSES)] = 0

    @model_validator(mode="after")
    def _of_its_kind(self) -> Self:
        processes = self.processes or self.nodes
        if processes % self.nodes:
            raise ValueError(f"{processes} processes do not divide over {self.nodes} nodes: each gets as many, so make "
                             "'processes' a multiple of 'nodes'")
        if self.backend and self.kind != "pytorch":
            raise ValueError("'backend' goes with kind 'pytorch'")
        if self.kind == "tensorflow" and processes != self.nodes:
            raise ValueError("kind 'tensorflow' has one worker on each node: leave 'processes' out")
        if self.parameter_servers and self.kind != "tensorflow":
            raise ValueError("'parameter_servers' goes with kind 'tensorflow'")
        return self


class InputArgument(Request):
    """Stands for the path of an input on the node, or for the dataset's id if its mode is ``direct``."""

    input: str


class OutputArgument(Request):
    """Stands for the path of an output's folder on the node."""

    output: str


AnyArgument = Argument | InputArgument | OutputArgument


class SubmitRunRequest(Request):
    """``script`` (a path in the snapshot) with ``arguments``, or ``command`` (an argument vector).

    With neither it is an interactive run: the caller itself logs and ends it. ``local`` is the caller's own machine.
    """

    experiment: Name
    snapshot_id: Digest | None = None
    compute_target: Name = LOCAL
    script: Path | None = None
    arguments: Annotated[list[AnyArgument], Field(max_length=limits.ARGUMENTS)] = []
    command: Annotated[list[AnyArgument], Field(min_length=1, max_length=limits.ARGUMENTS)] | None = None
    environment: EnvironmentRequest = EnvironmentRequest()
    inputs: Annotated[dict[InputName, InputRequest], Field(max_length=limits.INPUTS)] = {}
    outputs: Annotated[dict[InputName, OutputRequest], Field(max_length=limits.OUTPUTS)] = {}
    distribution: DistributionRequest | None = None
    priority: Priority = "normal"
    parent: Name | None = None
    compatibility: Compatibility | None = None
    max_run_duration_seconds: Annotated[int, Field(ge=1, le=limits.RUN_SECONDS)] | None = None
    max_attempts: Annotated[int, Field(ge=1, le=limits.ATTEMPTS)] = limits.DEFAULT_ATTEMPTS
    grace_seconds: Annotated[int, Field(ge=0, le=limits.GRACE_SECONDS)] = limits.DEFAULT_GRACE_SECONDS
    display_name: Annotated[str, Field(max_length=limits.DISPLAY_NAME_CHARACTERS)] | None = None
    description: Text | None = None
    tags: Pairs = {}
    properties: Pairs = {}
    run_id: Name | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.script is not None and self.command is not None:
            raise ValueError("give either 'script' or 'command'")
        if self.script is None and self.arguments:
            raise ValueError("'arguments' go with 'script'; put them into 'command'")
        is_interactive = self.script is None and self.command is None
        if is_interactive and self.compute_target.lower() != LOCAL:
            raise ValueError("a compute target needs something to run: give either 'script' or 'command'")
        if is_interactive and self.distribution:
            raise ValueError("'distribution' spreads something to run: give either 'script' or 'command'")
        if is_interactive != (self.snapshot_id is None):
            raise ValueError("'snapshot_id' goes with 'script' or 'command'")
        return self

    @model_validator(mode="after")
    def _known_names(self) -> Self:
        for argument in (*self.arguments, *(self.command or [])):
            if isinstance(argument, InputArgument) and argument.input not in self.inputs:
                raise ValueError(f"the argument names an input {argument.input!r} that is not among 'inputs'")
            if isinstance(argument, OutputArgument) and argument.output not in self.outputs:
                raise ValueError(f"the argument names an output {argument.output!r} that is not among 'outputs'")
        if both := set(self.inputs) & set(self.outputs):
            raise ValueError(f"{min(both)!r} is an input and an output: their paths would share a variable; rename one")
        return self
