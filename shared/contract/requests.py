"""What callers send, but for the submission of a run, which is in ``submission``."""

from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from shared.contract.fields import Digest, Name, Pairs, Path, Request, Tags, Text
from shared.domain import limits
from shared.domain.compute import VmPriority


class SnapshotFile(Request):
    """One file of a snapshot: its digest and size if its content is uploaded by itself, or its content (UTF-8 text)."""

    path: Path
    sha256: Digest | None = None
    size: Annotated[int, Field(ge=0)] | None = None
    content: str | None = None
    executable: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.content is None) == (self.sha256 is None or self.size is None):
            raise ValueError("give either 'content', or both 'sha256' and 'size'")
        return self


class SnapshotRequest(Request):
    """All files of a source folder. Sent again once what was missing is uploaded, it makes the snapshot.

    ``datastore``: a blob container where the files are to be kept; all are uploaded then, none is sent as ``content``.
    """

    files: Annotated[list[SnapshotFile], Field(min_length=1, max_length=limits.SNAPSHOT_FILES)]
    datastore: Name | None = None

    @model_validator(mode="after")
    def _uploaded(self) -> Self:
        if self.datastore is not None and any(file.content is not None for file in self.files):
            raise ValueError("files of a 'datastore' are uploaded: give 'sha256' and 'size' of each")
        return self


class CancelRequest(Request):
    """Why the run is not wanted any more; the reason is kept with the run."""

    reason: Annotated[str, Field(max_length=limits.REASON_CHARACTERS)] | None = None


class TagsRequest(Request):
    """Tags to set, by name; others stay. A value set before is replaced."""

    tags: Annotated[Pairs, Field(min_length=1)]


class PropertiesRequest(Request):
    """Properties to add, by name. What is set never changes."""

    properties: Annotated[Pairs, Field(min_length=1)]


class RunUpdate(Request):
    """What is absent stays as it is; an empty text removes it."""

    display_name: Annotated[str, Field(max_length=limits.DISPLAY_NAME_CHARACTERS)] | None = None
    description: Text | None = None


class SpecialFloat(BaseModel):
    """A float that JSON has not."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    float_: Literal["NaN", "Infinity", "-Infinity"] = Field(alias="$float")


class BigInteger(BaseModel):
    """An integer beyond 53 bits, which JSON readers round."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    int_: Annotated[str, Field(pattern=r"^-?[0-9]{1,4000}$")] = Field(alias="$int")


EXACT = 2**53
Whole = Annotated[int, Field(ge=-EXACT, le=EXACT)]


def _exact(value: int) -> int | BigInteger:
    """An integer beyond 53 bits in the form that no JSON reader rounds."""
    return value if abs(value) <= EXACT else BigInteger.model_validate({"$int": str(value)})


Scalar = bool | Annotated[int, AfterValidator(_exact)] | float | str | SpecialFloat | BigInteger | None
Row = dict[str, Scalar]
MetricKind = Literal["scalar", "row", "image"]


def _point(value: object, validate: ValidatorFunctionWrapHandler) -> object:
    """One sentence for a wrong value, instead of one per type it might have had."""
    try:
        return validate(value)
    except ValidationError:
        raise ValueError("a value is a number, a text, a boolean or null, or an object of such; what JSON has not is "
                         "sent as {'$float': 'NaN'} (or 'Infinity', '-Infinity')") from None


Point = Annotated[Scalar | Row, Field(union_mode="left_to_right"), WrapValidator(_point)]
MetricName = Annotated[str, Field(min_length=1, max_length=limits.METRIC_NAME_CHARACTERS)]


class Series(Request):
    """Points of one metric, in order. ``steps`` and ``at`` (seconds since 1970): one entry per value, or none."""

    name: MetricName
    kind: MetricKind = "scalar"
    values: Annotated[list[Point], Field(min_length=1)]
    steps: list[Whole | None] | None = None
    at: list[float] | None = None

    @model_validator(mode="after")
    def _equal_lengths(self) -> Self:
        for column in (self.steps, self.at):
            if column is not None and len(column) != len(self.values):
                raise ValueError("'steps' and 'at' need one entry per value")
        if any(isinstance(value, dict) != (self.kind != "scalar") for value in self.values):
            raise ValueError("a 'scalar' has plain values, a 'row' or 'image' has objects")
        return self


class MetricsRequest(Request):
    """Points of one or more metrics. They are kept together or not at all."""

    metrics: Annotated[list[Series], Field(min_length=1, max_length=limits.METRICS_PER_REQUEST)]

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        points = sum(len(series.values) for series in self.metrics)
        if points > limits.METRIC_POINTS_PER_REQUEST:
            raise ValueError(f"{points} points in one request: send at most {limits.METRIC_POINTS_PER_REQUEST}")
        return self


class ExperimentRequest(Request):
    """An experiment without description and tags needs no request: its first run creates it."""

    name: Name
    description: Text | None = None
    tags: Tags = {}


LeastNodes = Annotated[int, Field(ge=0, le=limits.NODES)]
MostNodes = Annotated[int, Field(ge=1, le=limits.NODES)]
IdleSeconds = Annotated[int, Field(ge=0, le=limits.IDLE_SECONDS)]


class ComputeTargetRequest(Request):
    """``idle_seconds_before_scaledown``: how long a node stays when nothing waits for it."""

    name: Name
    vm_size: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{2,63}$")]
    min_nodes: LeastNodes = 0
    max_nodes: MostNodes = 1
    idle_seconds_before_scaledown: IdleSeconds = limits.DEFAULT_IDLE_SECONDS
    vm_priority: VmPriority = "dedicated"

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_nodes > self.max_nodes:
            raise ValueError("'min_nodes' is above 'max_nodes'")
        return self


class ComputeTargetUpdate(Request):
    """What is absent stays as it is."""

    min_nodes: LeastNodes | None = None
    max_nodes: MostNodes | None = None
    idle_seconds_before_scaledown: IdleSeconds | None = None


class GrantsRequest(Request):
    """Names of blobs of the attempt (``outputs/model.pkl``) and digests of source files, for which URLs are wanted."""

    write: list[str] = []
    create: list[str] = []
    read: list[str] = []
    files: list[Digest] = []

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        names = len(self.write) + len(self.create) + len(self.read) + len(self.files)
        if names > limits.GRANTS_PER_REQUEST:
            raise ValueError(f"{names} names in one request: ask for at most {limits.GRANTS_PER_REQUEST}")
        return self
