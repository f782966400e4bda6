"""Delimited files as a table: whose header counts, and what the columns are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from runspoor.sdk.dataset_errors import DatasetExecutionError
from runspoor.tables.blocks import SMALL_BLOCK_BYTES
from runspoor.tables.column_kinds import STRING, UNKNOWN, Kind, Survey, arrow_type, without_zone
from runspoor.tables.delimited import Delimited, Dialect, first_row, header, numbered
from runspoor.tables.file_bytes import FileBytes
from runspoor.tables.libraries import Batch, arrow


class DelimitedFormat:
    """``Format`` of delimited files. ``as_text``: columns whose values are not looked at."""

    def __init__(self, reading: Mapping[str, Any], block_bytes: int) -> None:
        self._dialect = Dialect.of(reading)
        self._infers = reading.get("infer_column_types", True)
        self._as_text = frozenset(reading.get("column_types") or ())
        self._block_bytes = block_bytes
        self._names: Sequence[str] = ()
        self._first: FileBytes | None = None
        self._kinds: Mapping[str, Kind] = {}

    def look(self, contents: Sequence[FileBytes]) -> None:
        self._first = contents[0]
        self._names = self._names_of_all(contents)
        if self._infers:
            survey = Survey()
            for batch in self._text(contents[0], SMALL_BLOCK_BYTES):
                survey.add(batch)
                break
            self._kinds = self._decided(survey)

    def survey(self, contents: Sequence[FileBytes]) -> None:
        survey = Survey()
        for content in contents:
            for batch in self._text(content, self._block_bytes):
                survey.add(batch)
            content.close()
        self._kinds = {name: STRING if kind is UNKNOWN else kind for name, kind in self._decided(survey).items()}

    def types(self) -> Mapping[str, Any]:
        return {name: _type(self._kinds.get(name, UNKNOWN if self._infers else STRING)) for name in self._names}

    def batches(self, content: FileBytes, columns: Sequence[str]) -> Iterator[Batch]:
        names = self._names_of(content)
        chosen = [name for name in columns if name in names]
        kinds = {name: self._kinds.get(name, UNKNOWN) for name in names} if self._infers else {}
        # Without any column there would be no number of rows.
        yield from self._file(content, names, chosen or names[:1], kinds, self._block_bytes).batches()

    def _decided(self, survey: Survey) -> Mapping[str, Kind]:
        unknown = STRING if self._dialect.empty_as_string else UNKNOWN
        return {name: STRING if name in self._as_text else unknown if kind is UNKNOWN else kind
                for name, kind in survey.kinds().items()}

    def _text(self, content: FileBytes, block_bytes: int) -> Iterator[Batch]:
        names = self._names_of(content)
        file = self._file(content, names, names, {}, block_bytes)
        # What is empty says nothing of a column's kind, even where it is text.
        return replace(file, dialect=replace(self._dialect, empty_as_string=False)).batches()

    def _file(self, content: FileBytes, names: Sequence[str], columns: Sequence[str], kinds: Mapping[str, Kind],
              block_bytes: int) -> Delimited:
        rule = self._dialect.header
        has_header = rule in ("same", "combined") or (rule == "first_file" and content is self._first)
        return Delimited(content, self._dialect, names, has_header, columns, kinds, block_bytes)

    def _names_of_all(self, contents: Sequence[FileBytes]) -> Sequence[str]:
        if self._dialect.header == "combined":
            return list(dict.fromkeys(name for content in contents for name in header(content, self._dialect)))
        if self._dialect.header == "none":
            return numbered(len(first_row(contents[0], self._dialect, warns=True)))
        return header(contents[0], self._dialect, warns=True)

    def _names_of(self, content: FileBytes) -> Sequence[str]:
        if self._dialect.header in ("none", "first_file"):
            return self._names
        names = header(content, self._dialect)
        if self._dialect.header == "same" and {*names} != {*self._names}:
            assert self._first
            raise DatasetExecutionError(
                f"{content.file.place} has the columns {_listed(names)}, and {self._first.file.place} has "
                f"{_listed(self._names)}: mend the header, or combine them with "
                "header=PromoteHeadersBehavior.COMBINE_ALL_FILES_HEADERS.", None)
        return names


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")


def _type(kind: Kind) -> Any:
    if kind is UNKNOWN:
        return arrow().string()
    return without_zone(arrow().array([], arrow_type(kind))).type
