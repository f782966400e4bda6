"""Delimited text: rows of a file as batches of columns."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runspoor.sdk.dataset_errors import DatasetExecutionError
from runspoor.sdk.exceptions import UserErrorException
from runspoor.tables import diagnosis
from runspoor.tables.blocks import BLOCK_BYTES, SMALL_BLOCK_BYTES, THREADS, side_by_side, whole_rows
from runspoor.tables.column_kinds import FALSE, NULLS, STRING, TRUE, Kind, Misfit, arrow_type, made
from runspoor.tables.file_bytes import FileBytes
from runspoor.tables.libraries import Batch, arrow
from runspoor.tables.notices import warn
from runspoor.tables.streams import codec, text

USUAL_SEPARATORS = {",": "','", ";": "';'", "\t": r"'\t'", "|": "'|'"}
TEXT = re.compile(rb"[^\r\n]")
CONVERSION = "CSV conversion error"


@dataclass(frozen=True)
class Dialect:
    """How the text is written. ``header``: which files have one; ``empty_as_string``: text keeps ``''`` and ``NaN``."""

    separator: str = ","
    header: str = "same"
    encoding: str = "utf8"
    support_multi_line: bool = False
    empty_as_string: bool = False

    @classmethod
    def of(cls, reading: Mapping[str, Any]) -> Dialect:
        """That of a dataset's ``reading``. UserErrorException when it cannot be read."""
        made_of = cls(**{name: reading[name] for name in cls.__dataclass_fields__ if name in reading})
        if len(made_of.separator) != 1:
            raise UserErrorException(f"A separator is one character, and {made_of.separator!r} has "
                                     f"{len(made_of.separator)}: name the one between the values.")
        try:
            codec(made_of.encoding)
        except LookupError as error:
            raise UserErrorException(f"Nobody knows the encoding {made_of.encoding!r}: name one such as 'utf8', "
                                     "'latin1' or 'windows1252'.") from error
        return made_of


@dataclass(frozen=True)
class Delimited:
    """One file. ``names``: its columns, of which ``columns`` are read; ``kinds``: what they become, else text."""

    content: FileBytes
    dialect: Dialect
    names: Sequence[str]
    has_header: bool
    columns: Sequence[str]
    kinds: Mapping[str, Kind]
    block_bytes: int = BLOCK_BYTES

    def batches(self) -> Iterator[Batch]:
        """Its rows. ``Misfit`` when a value is not of its column's kind, DatasetExecutionError for bad ones."""
        threads = 1 if self.block_bytes == SMALL_BLOCK_BYTES else THREADS
        with text(self.content, self.dialect.encoding) as stream:
            try:
                if self.has_header:
                    header_record(stream, self.dialect)
                blocks = whole_rows(stream, self.block_bytes, self.dialect.support_multi_line)
                for batches in side_by_side(self._parsed, blocks, threads):
                    yield from batches
            except (UnicodeDecodeError, arrow().ArrowInvalid) as error:
                raise self._told(error) from error

    def _told(self, error: Exception) -> Exception:
        if CONVERSION in str(error) and "UTF8" not in str(error):
            return Misfit(str(error))
        return diagnosis.of(self.content, self.dialect, self.names, self.has_header, error)

    def _parsed(self, block: bytes) -> list[Batch]:
        if not TEXT.search(block):
            return []
        table = arrow("csv").read_csv(arrow().BufferReader(block), *self._options(len(block)))
        return [self._with_kinds(batch) for batch in table.to_batches()]

    def _options(self, size: int) -> tuple[Any, Any, Any]:
        csv_ = arrow("csv")
        read = csv_.ReadOptions(column_names=list(self.names), block_size=size + 1, use_threads=False)
        parse = csv_.ParseOptions(delimiter=self.dialect.separator, newlines_in_values=self.dialect.support_multi_line)
        return read, parse, csv_.ConvertOptions(
            column_types={name: self._type(name) for name in self.names}, include_columns=list(self.columns),
            null_values=NULLS, true_values=TRUE, false_values=FALSE,
            strings_can_be_null=not self.dialect.empty_as_string)

    def _type(self, name: str) -> Any:
        """Dates are read as text: pyarrow's reader takes more for dates than v1 does."""
        kind = self.kinds.get(name, STRING)
        return arrow_type(kind if kind.in_csv else STRING)

    def _with_kinds(self, batch: Batch) -> Batch:
        columns = {}
        for name, column in zip(batch.schema.names, batch.columns):
            kind = self.kinds.get(name, STRING)
            columns[name] = column if kind.in_csv else made(_without_empty(column, self.dialect), kind)
        return arrow().RecordBatch.from_pydict(columns)


def _without_empty(column: Any, dialect: Dialect) -> Any:
    """Of text that keeps what is empty, a date is missing all the same."""
    if not dialect.empty_as_string:
        return column
    pc = arrow("compute")
    return pc.if_else(pc.is_in(column, value_set=arrow().array(NULLS)), None, column)


def header(content: FileBytes, dialect: Dialect, warns: bool = False) -> list[str]:
    """The names in a file's first row; twice the same gets a number. DatasetExecutionError when there is none."""
    return _unique([name or f"Column{number}" for number, name in enumerate(first_row(content, dialect, warns), 1)])


def first_row(content: FileBytes, dialect: Dialect, warns: bool = False) -> list[str]:
    """The values in a file's first row. DatasetExecutionError for an empty file.

    ``warns``: whether one column where several seem to be meant is said. It is no error: a table may have one.
    """
    try:
        with text(content, dialect.encoding) as stream:
            record = header_record(stream, dialect).decode()
            if warns:
                _warn_of_separator(content, dialect, record, stream.peek(1)[:SMALL_BLOCK_BYTES])
    except UnicodeDecodeError as error:
        raise diagnosis.of(content, dialect, [], True) from error
    if not record.strip("\r\n"):
        raise DatasetExecutionError(f"{content.file.place} is empty: a delimited file begins with the names of its "
                                    "columns, or with a row.", None)
    return next(csv.reader(io.StringIO(record, newline=""), delimiter=dialect.separator))


def numbered(count: int) -> list[str]:
    """Names for the columns of files without a header."""
    return [f"Column{number}" for number in range(1, count + 1)]


def header_record(stream: io.BufferedReader, dialect: Dialect) -> bytes:
    """The first line that is not empty; as many lines as its quotes reach over where that is allowed."""
    record = stream.readline()
    while record and not record.strip(b"\r\n"):
        record = stream.readline()
    while dialect.support_multi_line and record.count(b'"') % 2:
        more = stream.readline()
        if not more:
            break
        record += more
    return record


def _unique(names: Sequence[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        number = 0
        while (shown := f"{name}_{number}" if number else name) in found:
            number += 1
        found.append(shown)
    return found


def _warn_of_separator(content: FileBytes, dialect: Dialect, first: str, rest: bytes) -> None:
    if dialect.separator in first:
        return
    lines = rest.decode("utf-8", "replace").splitlines()[:5]
    for other, shown in USUAL_SEPARATORS.items():
        count = first.count(other)
        if other != dialect.separator and count and lines and all(line.count(other) == count for line in lines[:-1]):
            warn(f"{content.file.place} has one column with the separator {dialect.separator!r}, and looks as if it "
                 f"had {count + 1} with {shown}: say separator={shown} if it has.")
            return
