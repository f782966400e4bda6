"""Parquet files as a table: only the parts with the columns that are wanted are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runspoor.sdk.dataset_errors import DatasetExecutionError
from runspoor.tables.column_kinds import without_zone
from runspoor.tables.file_bytes import FileBytes
from runspoor.tables.libraries import Batch, Schema, arrow
from runspoor.tables.streams import Anywhere

ROWS = 65_536


class ParquetFormat:
    """``Format`` of Parquet files, which say themselves what their columns are."""

    def __init__(self) -> None:
        self._schema: Schema = None
        self._first = ""

    def look(self, contents: Sequence[FileBytes]) -> None:
        self._schema, self._first = _opened(contents[0]).schema_arrow, contents[0].file.place

    def survey(self, contents: Sequence[FileBytes]) -> None:
        self.look(contents)

    def types(self) -> Mapping[str, Any]:
        return {field.name: without_zone(arrow().array([], field.type)).type for field in self._schema}

    def batches(self, content: FileBytes, columns: Sequence[str]) -> Iterator[Batch]:
        file = _opened(content)
        names = file.schema_arrow.names
        if {*names} != {*self._schema.names}:
            raise DatasetExecutionError(f"{content.file.place} has the columns {', '.join(names[:20])}, and "
                                        f"{self._first} has {', '.join(self._schema.names[:20])}: the files of a table "
                                        "have the same ones.", None)
        chosen = list(columns) or names[:1]
        # One group of rows after the other: those behind the last row that is wanted are not read.
        for group in range(file.num_row_groups):
            for batch in file.iter_batches(ROWS, row_groups=[group], columns=chosen):
                yield arrow().RecordBatch.from_pydict(
                    {name: without_zone(column) for name, column in zip(batch.schema.names, batch.columns)})


def _opened(content: FileBytes) -> Any:
    try:
        return arrow("parquet").ParquetFile(arrow().PythonFile(Anywhere(content), mode="r"), pre_buffer=True)
    except arrow().ArrowInvalid as error:
        raise DatasetExecutionError(f"{content.file.place} is no Parquet file: {error}", error) from error
