"""How files become rows: as scripts say it, and as ``POST datasets`` takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from runspoor.sdk.data_types import documents
from runspoor.sdk.exceptions import UserErrorException
from runspoor.tables.labels import PartitionFormat


class PromoteHeadersBehavior(Enum):
    """Which of several files have a header."""

    NO_HEADERS = 0
    ONLY_FIRST_FILE_HAS_HEADERS = 1
    COMBINE_ALL_FILES_HEADERS = 2
    ALL_FILES_HAVE_SAME_HEADERS = 3


class FileEncoding(Enum):
    """Encodings, as v1's first releases named them."""

    UTF8 = 0
    ISO88591 = 1
    LATIN1 = 2
    ASCII = 3
    UTF16 = 4
    UTF32 = 5
    UTF8BOM = 6
    WINDOWS1252 = 7


HEADERS = {PromoteHeadersBehavior.NO_HEADERS: "none", PromoteHeadersBehavior.ONLY_FIRST_FILE_HAS_HEADERS: "first_file",
           PromoteHeadersBehavior.COMBINE_ALL_FILES_HEADERS: "combined",
           PromoteHeadersBehavior.ALL_FILES_HAVE_SAME_HEADERS: "same", True: "same", False: "none"}


def reading(column_types: Mapping[str, object] | None, partition_format: str | None, **more: object) -> dict[str, Any]:
    """ReadingRequest, of which ``more`` is what the format has. Raises UserErrorException."""
    if partition_format is not None:
        PartitionFormat(partition_format)
    types = documents(column_types)
    return {**more, "partition_format": partition_format, **({"column_types": types} if types else {})}


def headers(header: object) -> str:
    """``header`` as ReadingRequest has it. Raises UserErrorException."""
    if not isinstance(header, (bool, PromoteHeadersBehavior)):
        raise UserErrorException(f"header is True, False or a PromoteHeadersBehavior, not {header!r}.")
    return HEADERS[header]


def encoding_name(encoding: object) -> str:
    """``encoding`` as ReadingRequest has it. Raises UserErrorException."""
    name = encoding.name if isinstance(encoding, FileEncoding) else encoding
    if not isinstance(name, str):
        raise UserErrorException(f"encoding is a text such as 'utf8' or 'latin1', not {encoding!r}.")
    return name.lower()


def column_names(columns: str | Sequence[str], least: int = 0) -> list[str]:
    """The names of columns, given one or several. UserErrorException when they are none, or fewer than ``least``."""
    names = [columns] if isinstance(columns, str) else list(columns)
    if len(names) < least or not all(isinstance(each, str) for each in names):
        raise UserErrorException(f"columns is the name of a column, or a list of names, and not {columns!r}.")
    return names
