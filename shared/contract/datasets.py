"""Datasets over the wire: what callers send and get, and the files a run's input stands for."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

from shared.contract.fields import Name, Request, Tags, Text
from shared.contract.responses import Page
from shared.domain import limits
from shared.domain.dataset import DatasetKind, Header, TableFormat


class SourceRequest(Request):
    """A file of the web by its ``url``, or a folder or file of a ``datastore``; its empty path is all of it."""

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


class ReadingRequest(Request):
    """How the files of a tabular dataset become rows. ``header``: which of the files have one."""

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


class DatasetRequest(Request):
    """A dataset to save, and with a ``name`` to register under it.

    ``create_new_version``: whether the name may have versions of other content already.
    """

    name: Name | None = None
    kind: DatasetKind
    sources: Annotated[list[SourceRequest], Field(min_length=1, max_length=limits.DATASET_SOURCES)]
    reading: ReadingRequest | None = None
    description: Text | None = None
    tags: Tags = {}
    create_new_version: bool = False

    @model_validator(mode="after")
    def _named_or_bare(self) -> Self:
        if self.name is None and (self.description is not None or self.tags or self.create_new_version):
            raise ValueError("'description', 'tags' and 'create_new_version' go with 'name'")
        if (self.kind == "tabular") != (self.reading is not None):
            raise ValueError("a 'tabular' dataset has 'reading', which says how it is read; a 'file' dataset has none")
        return self


class DatasetUpdate(Request):
    """What is absent stays as it is; ``tags`` replace those there are."""

    description: Text | None = None
    tags: Tags | None = None


class SourceModel(BaseModel):
    """A file of the web by its ``url``, or a folder or file of a ``datastore``."""

    url: str | None = None
    datastore: str | None = None
    path: str = ""


class DatasetModel(BaseModel):
    """A dataset. Without ``name`` and ``version`` it is saved but not registered."""

    id: str
    name: str | None = None
    version: int | None = None
    kind: DatasetKind
    sources: list[SourceModel]
    reading: dict[str, str | bool | None] | None = None
    description: str | None = None
    tags: dict[str, str] = {}
    created_at: datetime


class InputFile(BaseModel):
    """A file: its ``path`` below the input's folder, and where to read it. ``size`` and ``sha256`` when known."""

    path: str
    url: str
    size: int | None = None
    sha256: str | None = None


class InputFiles(Page[InputFile]):
    """The files of an input. ``is_file``: the input is not a folder but this one file."""

    is_file: bool
