"""Datasets over the wire: what callers send and get, and the files a run's input stands for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, model_validator

from shared.contract.fields import Name, Request, Tags, Text
from shared.contract.responses import Page
from shared.domain import limits
from shared.domain.dataset import ColumnKind, Comparison, DatasetKind, Header, StepKind, TableFormat

ColumnName = Annotated[str, Field(min_length=1, max_length=limits.COLUMN_CHARACTERS)]


def _time(text: str) -> str:
    """``text``. ValueError for a day or an hour that there is not."""
    datetime.fromisoformat(text)
    return text


def _not_too_deep(given: object) -> object:
    """``given``. ValueError for conditions in more levels, or more of them, than a table needs."""
    level, count = [given], 0
    for _ in range(limits.CONDITION_LEVELS):
        inner = [each.get("of") for each in level if isinstance(each, dict)]
        level = [each for some in inner if isinstance(some, list) for each in some]
        count += len(level)
    if level or count > limits.CONDITIONS:
        raise ValueError(f"there may be {limits.CONDITIONS} conditions in {limits.CONDITION_LEVELS} levels")
    return given


class SourceRequest(Request):
    """A file of the web by its ``url``, or a folder or file of a ``datastore``; its empty path is all of it.

    A path may be a pattern: ``*`` and ``?`` stand for characters of one name, ``**`` for folders too.
    """

    url: Annotated[str, Field(min_length=1, max_length=limits.URL_CHARACTERS)] | None = None
    datastore: Name | None = None
    path: Annotated[str, Field(max_length=limits.PATH_CHARACTERS)] = ""

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.url is None) == (self.datastore is None):
            raise ValueError("give either 'url', or 'datastore' with 'path'")
        if self.url is not None and self.path:
            raise ValueError("'path' goes with 'datastore'")
        return self


class ColumnTypeRequest(Request):
    """What a column is. ``formats``, of a datetime, are those of strptime; ``decimal_mark`` is of a float."""

    kind: ColumnKind
    formats: Annotated[list[Annotated[str, Field(min_length=1, max_length=100)]],
                       Field(max_length=limits.COLUMN_FORMATS)] = []
    decimal_mark: Literal[".", ","] = "."


class ReadingRequest(Request):
    """How the files of a tabular dataset become rows. ``header``: which of the files have one.

    Columns that are not in ``column_types`` are what their values look like.
    """

    format: TableFormat
    separator: Annotated[str, Field(min_length=1, max_length=10)] = ","
    header: Header = "same"
    encoding: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")] = "utf8"
    support_multi_line: bool = False
    empty_as_string: bool = False
    infer_column_types: bool = True
    include_path: bool = False
    partition_format: Annotated[str, Field(max_length=limits.PATH_CHARACTERS)] | None = None
    drops_invalid_lines: bool = False
    column_types: Annotated[dict[ColumnName, ColumnTypeRequest], Field(max_length=limits.STEP_COLUMNS)] = {}
    timestamp: ColumnName | None = None
    partition_timestamp: ColumnName | None = None


class ConditionRequest(Request):
    """What is true of a row: its ``column`` compared with ``value``, or with the point in ``time``.

    ``and``, ``or`` and ``not`` join the conditions ``of``, at most a hundred of them, in ten levels.
    """

    op: Comparison
    column: ColumnName | None = None
    value: (bool | Annotated[int, Field(ge=-limits.STEP_COUNT, le=limits.STEP_COUNT)] |
            Annotated[float, Field(allow_inf_nan=False)] |
            Annotated[str, Field(max_length=limits.COLUMN_CHARACTERS)] | None) = None
    time: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?$"),
                    AfterValidator(_time)] | None = None
    of: Annotated[list["ConditionRequest"], Field(max_length=limits.CONDITIONS)] = []

    @model_validator(mode="after")
    def _of_its_kind(self) -> Self:
        joined = self.op in ("and", "or", "not")
        if joined and (not self.of or self.column or (self.op == "not" and len(self.of) != 1)):
            raise ValueError("'and' and 'or' join the conditions 'of', and 'not' turns one")
        if not joined and (self.of or self.column is None or (self.value is None) == (self.time is None)):
            raise ValueError("a comparison has a 'column', and a 'value' or a 'time'")
        return self


STEP_NEEDS: Mapping[StepKind, tuple[str, tuple[str, ...]]] = {
    "take": ("count", ()), "skip": ("count", ()), "sample": ("share", ("seed", "complement")),
    "keep_columns": ("columns", ()), "drop_columns": ("columns", ()),
    "filter": ("where", ())}
"""What a step of each kind is made with, and what it may have besides."""


class StepRequest(Request):
    """``take`` or ``skip``: ``count`` of them. ``sample``: each with probability ``share``, by a hash of ``seed``.

    ``complement``: those that are not in that sample. ``keep_columns`` and ``drop_columns``: of tables, ``columns``.
    ``filter``: of tables, the rows of which ``where`` is true.
    """

    kind: StepKind
    count: Annotated[int, Field(ge=0, le=limits.STEP_COUNT)] | None = None
    share: Annotated[float, Field(ge=0, le=1)] | None = None
    seed: Annotated[int, Field(ge=-limits.STEP_COUNT, le=limits.STEP_COUNT)] | None = None
    complement: bool = False
    columns: Annotated[list[ColumnName], Field(max_length=limits.STEP_COLUMNS)] = []
    where: Annotated[ConditionRequest, BeforeValidator(_not_too_deep)] | None = None

    @model_validator(mode="after")
    def _of_its_kind(self) -> Self:
        given = self.model_dump(exclude_defaults=True).keys() - {"kind"}
        needed, more = STEP_NEEDS[self.kind]
        if not {needed} <= given <= {needed, *more}:
            may = f", may have {' and '.join(map(repr, more))}," if more else ""
            raise ValueError(f"a step {self.kind!r} has {needed!r}{may} and nothing else")
        return self


class DatasetRequest(Request):
    """A dataset to save, and with a ``name`` to register under it.

    ``steps``: what is left of its files or rows, in this order. ``validate``: whether a path that leads nowhere is
    refused. ``create_new_version``: whether the name may have versions of other content already.
    """

    name: Name | None = None
    kind: DatasetKind
    sources: Annotated[list[SourceRequest], Field(min_length=1, max_length=limits.DATASET_SOURCES)]
    reading: ReadingRequest | None = None
    steps: Annotated[list[StepRequest], Field(max_length=limits.DATASET_STEPS)] = []
    description: Text | None = None
    tags: Tags = {}
    create_new_version: bool = False
    validates: Annotated[bool, Field(alias="validate")] = True

    @model_validator(mode="after")
    def _named_or_bare(self) -> Self:
        if self.name is None and (self.description is not None or self.tags or self.create_new_version):
            raise ValueError("'description', 'tags' and 'create_new_version' go with 'name'")
        if (self.kind == "tabular") != (self.reading is not None):
            raise ValueError("a 'tabular' dataset has 'reading', which says how it is read; a 'file' dataset has none")
        if self.kind == "file" and any(step.columns or step.where for step in self.steps):
            raise ValueError("files have no columns: 'keep_columns', 'drop_columns' and 'filter' go with a 'tabular' "
                             "dataset")
        return self


class DatasetUpdate(Request):
    """What is absent stays as it is; ``tags`` replace those there are."""

    description: Text | None = None
    tags: Tags | None = None


class SourceModel(BaseModel):
    """A file of the web by its ``url``, or a folder, file or pattern of a ``datastore``."""

    url: str | None = None
    datastore: str | None = None
    path: str = ""


class ColumnTypeModel(BaseModel):
    """What a column is, as ``ColumnTypeRequest`` has it."""

    kind: ColumnKind
    formats: list[str] = []
    decimal_mark: str = "."


class ConditionModel(BaseModel):
    """A condition, as ``ConditionRequest`` has it."""

    op: Comparison
    column: str | None = None
    value: bool | int | float | str | None = None
    time: str | None = None
    of: list["ConditionModel"] = []


class StepModel(BaseModel):
    """A step, as ``StepRequest`` has it."""

    kind: StepKind
    count: int | None = None
    share: float | None = None
    seed: int | None = None
    complement: bool = False
    columns: list[str] = []
    where: ConditionModel | None = None


class PinModel(BaseModel):
    """The files a dataset was made with: how many, their bytes together, and what tells them from others."""

    digest: str
    files: int
    bytes: int


class DatasetModel(BaseModel):
    """A dataset. Without ``name`` and ``version`` it is saved but not registered.

    With a ``pin`` it is those files, as they were then; without, what its sources have when they are read.
    """

    id: str
    name: str | None = None
    version: int | None = None
    kind: DatasetKind
    sources: list[SourceModel]
    reading: dict[str, str | bool | dict[str, ColumnTypeModel] | None] | None = None
    steps: list[StepModel] = []
    pin: PinModel | None = None
    description: str | None = None
    tags: dict[str, str] = {}
    created_at: datetime


class InputFile(BaseModel):
    """A file: its ``path`` below the input's folder, and where to read it. ``size`` and ``sha256`` when known.

    ``etag``, of a pinned file: read with ``If-Match``; 412 means that it has changed since the dataset was made.
    """

    path: str
    url: str
    size: int | None = None
    sha256: str | None = None
    etag: str | None = None


class InputFiles(Page[InputFile]):
    """The files of an input. ``is_file``: the input is not a folder but this one file.

    ``files`` and ``bytes``: of the whole input, not of this page, when they are known.
    """

    is_file: bool
    files: int | None = None
    bytes: int | None = None
