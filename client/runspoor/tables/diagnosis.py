"""The first thing that is wrong with a delimited file, in a sentence with file and row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO, cast

from runspoor.sdk.dataset_errors import DatasetExecutionError
from runspoor.tables.file_bytes import FileBytes
from runspoor.tables.streams import InOrder, codec

if TYPE_CHECKING:
    from runspoor.tables.delimited import Dialect

SHOWN = 80
BYTE_BY_BYTE = frozenset({"utf-8", "utf-8-sig", "ascii", "iso8859-1", "cp1252"})
"""Encodings in which a newline is one byte that is nothing else: lines can be cut before they are text."""


def of(content: FileBytes, dialect: Dialect, names: Sequence[str], has_header: bool,
       error: Exception | None = None) -> DatasetExecutionError:
    """The error for a file that could not be read; ``error`` is said when nothing else is found."""
    place = content.file.place
    raw: io.RawIOBase = InOrder(content)
    with cast("BinaryIO", io.BufferedReader(raw)) as stream:
        found = _fault(_decoded(stream, codec(dialect.encoding)), dialect, len(names), has_header)
    return DatasetExecutionError(f"{place} {found or f'cannot be read: {error}.'}", error)


def _decoded(stream: BinaryIO, encoding: str) -> Iterator[tuple[str, UnicodeDecodeError | None]]:
    """Line by line; with the error in the place of the line that is no text."""
    try:
        if encoding not in BYTE_BY_BYTE:
            yield from ((line, None) for line in io.TextIOWrapper(stream, encoding, newline=""))
        for raw in stream:
            yield raw.decode(encoding), None
    except UnicodeDecodeError as error:
        yield "", error


def _fault(lines: Iterator[tuple[str, UnicodeDecodeError | None]], dialect: Dialect, columns: int,
           has_header: bool) -> str | None:
    row = 0 if has_header else 1
    bad: list[UnicodeDecodeError] = []

    def good() -> Iterator[str]:
        for line, error in lines:
            if error:
                bad.append(error)
                return
            yield line

    for values in _records(good(), dialect):
        if not bad and values and columns and len(values) != columns:
            return _ragged(values, columns, row, dialect)
        row += bool(values)
    return _undecodable(bad[0], row, dialect) if bad else None


def _records(lines: Iterator[str], dialect: Dialect) -> Iterator[list[str]]:
    if dialect.support_multi_line:
        csv.field_size_limit(2**31 - 1)
        yield from csv.reader(lines, delimiter=dialect.separator)
        return
    for line in lines:
        yield next(csv.reader([line.rstrip("\r\n")], delimiter=dialect.separator), [])


def _ragged(values: list[str], columns: int, row: int, dialect: Dialect) -> str:
    said = f"has {len(values)} values in row {row:,} where the {columns} columns have one each"
    text = dialect.separator.join(values)
    shown = text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
    way = "mend the row, or name the right separator"
    if not dialect.support_multi_line:
        way += "; if a quoted value goes on in the next line, say support_multi_line=True"
    return f"{said} ({shown!r}): {way}."


def _undecodable(error: UnicodeDecodeError, row: int, dialect: Dialect) -> str:
    byte = error.object[error.start]
    place = f"row {row:,}" if row else "its header"
    return (f"has in {place} the byte 0x{byte:02X}, which is no text in the encoding {dialect.encoding!r}: name the "
            "file's own, such as encoding='latin1' or 'windows1252'.")
