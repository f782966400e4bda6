"""A dataset: a definition of where data lies, saved once under an id, and registered under a name as its versions.

A saved dataset never changes, so a run that names its id can be repeated. A name's versions are numbered from 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, assert_never

from shared.domain.decider import Decider
from shared.domain.errors import NotFound, Rejected
from shared.domain.value import Value

DatasetKind = Literal["file", "tabular"]
Header = Literal["none", "first_file", "combined", "same"]
TableFormat = Literal["delimited", "parquet", "json_lines"]
StepKind = Literal["take", "skip", "sample", "keep_columns", "drop_columns", "filter"]
Comparison = Literal["lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not"]
ColumnKind = Literal["bool", "long", "float", "datetime", "string"]


class Source(Value):
    """A file of the web (``url``), or a folder, file or pattern of a ``datastore``; its empty path is all of it."""

    url: str | None = None
    datastore: str | None = None
    path: str = ""


class ColumnType(Value):
    """What a column of a table is. ``formats`` of a datetime are those of strptime; ``decimal_mark`` is of a float."""

    kind: ColumnKind
    formats: tuple[str, ...] = ()
    decimal_mark: str = "."


class Reading(Value):
    """How the files of a tabular dataset become rows. ``header``: which files have one.

    Columns that are not in ``column_types`` are what their values look like. What a format has not is at its default.
    ``timestamp`` and ``partition_timestamp`` are the columns that say when a row was.
    """

    format: TableFormat
    separator: str = ","
    header: Header = "same"
    encoding: str = "utf8"
    support_multi_line: bool = False
    empty_as_string: bool = False
    infer_column_types: bool = True
    include_path: bool = False
    partition_format: str | None = None
    drops_invalid_lines: bool = False
    column_types: Mapping[str, ColumnType] = {}
    timestamp: str | None = None
    partition_timestamp: str | None = None


class Condition(Value):
    """What is true of a row: its ``column`` compared with ``value``, or with the point in ``time`` (ISO 8601, UTC).

    ``and``, ``or`` and ``not`` join the conditions ``of``. Of a value that is missing nothing is true.
    """

    op: Comparison
    column: str | None = None
    value: bool | int | float | str | None = None
    time: str | None = None
    of: tuple["Condition", ...] = ()


class Step(Value):
    """What is done to the files of a file dataset, in the order of their paths, or to the rows of a tabular one.

    ``take`` and ``skip``: ``count`` of them. ``sample``: each with probability ``share``, by a hash of ``seed`` and its
    path or row number; ``complement``: those that are not in that sample. ``keep_columns``, ``drop_columns``: the
    ``columns`` of rows. ``filter``: the rows of which ``where`` is true.
    """

    kind: StepKind
    count: int | None = None
    share: float | None = None
    seed: int | None = None
    complement: bool = False
    columns: tuple[str, ...] = ()
    where: Condition | None = None


class Pin(Value):
    """The files a dataset was registered with: their number, their size, and the digest that names the lists of them.

    ``files`` of them are in lists of 1,000 each, blobs ``<digest>/<number of the list, 8 digits>.jsonl``.
    """

    digest: str
    files: int
    bytes: int


class DatasetDefinition(Value):
    """What a dataset is, apart from its name. Only a tabular one says how it is read.

    With a ``pin`` it is those files, as they were then; without, what its sources have when it is read.
    """

    kind: DatasetKind
    sources: tuple[Source, ...]
    reading: Reading | None = None
    steps: tuple[Step, ...] = ()
    pin: Pin | None = None


class DatasetSaved(Value):
    """A definition got an id; ``name`` is the one under which it is about to be registered."""

    definition: DatasetDefinition
    name: str | None = None


class DatasetRegistered(Value):
    """Saved dataset ``id`` is version ``number`` of the name."""

    number: int
    id: str
    definition: DatasetDefinition
    description: str | None = None
    tags: Mapping[str, str] = {}


class DatasetDescribed(Value):
    """Version ``number`` has this description and these tags from now on."""

    number: int
    description: str | None = None
    tags: Mapping[str, str] = {}


DatasetEvent = DatasetRegistered | DatasetDescribed


@dataclass(frozen=True)
class SaveDataset:
    definition: DatasetDefinition
    name: str | None = None


@dataclass(frozen=True)
class SavedDataset:
    """A definition under an id. Without ``definition`` nobody has saved it."""

    id: str
    version: int = 0
    definition: DatasetDefinition | None = None
    name: str | None = None
    saved_at: datetime | None = None


def decide_saved(saved: SavedDataset, command: SaveDataset) -> list[DatasetSaved]:
    """The same definition again changes nothing; an id never gets another one."""
    if saved.definition is None:
        return [DatasetSaved(definition=command.definition, name=command.name)]
    if (saved.definition, saved.name) != (command.definition, command.name):
        raise Rejected(f"Dataset {saved.id!r} has been saved with another definition: save this one without an id.")
    return []


def evolve_saved(saved: SavedDataset, event: DatasetSaved, at: datetime) -> SavedDataset:
    """Apply one event."""
    return replace(saved, version=saved.version + 1, definition=event.definition, name=event.name, saved_at=at)


SAVED_DATASET = Decider(SavedDataset, decide_saved, evolve_saved)


@dataclass(frozen=True)
class RegisterDataset:
    """``create_new_version``: whether the name may have other versions already."""

    id: str
    definition: DatasetDefinition
    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    create_new_version: bool = False


@dataclass(frozen=True)
class DescribeDataset:
    """What is none stays as it is; tags are replaced as a whole."""

    number: int
    description: str | None = None
    tags: Mapping[str, str] | None = None


DatasetCommand = RegisterDataset | DescribeDataset


@dataclass(frozen=True)
class DatasetVersion:
    """One registered version."""

    number: int
    id: str
    definition: DatasetDefinition
    description: str | None
    tags: Mapping[str, str]
    created_at: datetime


@dataclass(frozen=True)
class Dataset:
    """A name and its ``versions``, oldest first. ``version`` counts events."""

    name: str
    version: int = 0
    versions: tuple[DatasetVersion, ...] = ()

    def numbered(self, number: int | None = None) -> DatasetVersion:
        """The version of that number, the newest without one; ``NotFound`` when there is none."""
        if not self.versions:
            raise NotFound(f"There is no dataset {self.name!r}: register one under this name.")
        if number is not None and not 1 <= number <= len(self.versions):
            raise NotFound(f"Dataset {self.name!r} has no version {number}: it has 1 to {len(self.versions)}.")
        return self.versions[(number or len(self.versions)) - 1]

    def saved_as(self, id: str) -> DatasetVersion | None:
        """The newest version that is saved dataset ``id``."""
        return next((each for each in reversed(self.versions) if each.id == id), None)


def decide(dataset: Dataset, command: DatasetCommand) -> list[DatasetEvent]:
    """The events ``command`` makes; ``[]`` when it is already so."""
    match command:
        case RegisterDataset():
            return _register(dataset, command)
        case DescribeDataset():
            return _describe(dataset.numbered(command.number), command)
        case _:
            assert_never(command)


def _register(dataset: Dataset, command: RegisterDataset) -> list[DatasetEvent]:
    newest = dataset.versions[-1] if dataset.versions else None
    if newest and (newest.id, newest.description, newest.tags) == (command.id, command.description, command.tags):
        return []
    if newest and not command.create_new_version:
        other = "content" if newest.id != command.id else "tags or another description"
        raise Rejected(f"There is a dataset {dataset.name!r} already, with other {other}: register with "
                       "'create_new_version', or under another name.")
    return [DatasetRegistered(number=len(dataset.versions) + 1, id=command.id, definition=command.definition,
                              description=command.description, tags=command.tags)]


def _describe(known: DatasetVersion, command: DescribeDataset) -> list[DatasetEvent]:
    description = known.description if command.description is None else command.description
    tags = known.tags if command.tags is None else command.tags
    if (description, tags) == (known.description, known.tags):
        return []
    return [DatasetDescribed(number=known.number, description=description, tags=tags)]


def evolve(dataset: Dataset, event: DatasetEvent, at: datetime) -> Dataset:
    """Apply one event."""
    dataset = replace(dataset, version=dataset.version + 1)
    match event:
        case DatasetRegistered():
            added = DatasetVersion(event.number, event.id, event.definition, event.description, event.tags, at)
            return replace(dataset, versions=(*dataset.versions, added))
        case DatasetDescribed():
            return replace(dataset, versions=tuple(
                replace(each, description=event.description, tags=event.tags) if each.number == event.number else each
                for each in dataset.versions))
        case _:
            assert_never(event)


DATASET = Decider(Dataset, decide, evolve)


def unknown_id(id: str) -> NotFound:
    """The refusal of a request about an id under which nothing has been saved."""
    return NotFound(f"There is no dataset with the id {id[:80]!r}: save or register one, and use the id it then has.")
