"""From the files of a dataset to its rows: labels, types, steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from runspoor.sdk.dataset_errors import DatasetExecutionError
from runspoor.tables.blocks import BLOCK_BYTES, SMALL_BLOCK_BYTES, side_by_side
from runspoor.tables.column_kinds import Misfit
from runspoor.tables.delimited_format import DelimitedFormat
from runspoor.tables.file_bytes import FileBytes, TableFile
from runspoor.tables.format import Format
from runspoor.tables.given_types import converted
from runspoor.tables.json_lines_format import JsonLinesFormat
from runspoor.tables.labels import PATH, PartitionFormat, labelled
from runspoor.tables.libraries import Batch, Schema, arrow
from runspoor.tables.notices import warn
from runspoor.tables.parquet_format import ParquetFormat
from runspoor.tables.steps import Rows, columns_left, columns_looked_at
from runspoor.transport import Storage

FILES_AHEAD = 8
FEW_ROWS = 10_000
"""So many are read in small parts: most of them would be read for nothing else."""


class Table:
    """The rows of ``files``, as a dataset's ``definition`` (``reading`` and ``steps``) has them.

    ``fails``: whether a value that is not of the type ``set_column_types`` asked for is an error; else it is null.
    """

    def __init__(self, definition: Mapping[str, Any], files: Sequence[TableFile], storage: Storage,
                 fails: bool = False) -> None:
        self._reading, self._steps = definition["reading"], definition.get("steps") or ()
        self._contents = [FileBytes(storage, file) for file in files]
        self._fails = fails
        partition = self._reading.get("partition_format")
        self._partition = PartitionFormat(partition) if partition else None
        most = Rows(self._steps).most
        self._block_bytes = SMALL_BLOCK_BYTES if most is not None and most <= FEW_ROWS else BLOCK_BYTES

    def read(self) -> Any:
        """All rows, as ``pyarrow.Table``. What was assumed of the columns and proves wrong is looked up, once."""
        if not self._contents:
            raise DatasetExecutionError("The dataset has no files: nothing lies at its paths.", None)
        try:
            try:
                return self._once(surveyed=False)
            except Misfit:
                return self._once(surveyed=True)
        except Misfit as error:
            raise DatasetExecutionError(f"The dataset cannot be read: {error}", error) from error
        finally:
            for content in self._contents:
                content.close()

    def _once(self, surveyed: bool) -> Any:
        format = self._format(surveyed)
        types = self._types(format)
        left, looked_at = columns_left(list(types), self._steps), columns_looked_at(self._steps)
        schema = arrow().schema([(name, types[name]) for name in types if name in left or name in looked_at])
        return arrow().Table.from_batches(self._batches(format, schema), schema).select(left)

    def _format(self, surveyed: bool) -> Format:
        kinds: Mapping[str, Format] = {
            "delimited": DelimitedFormat(self._reading, self._block_bytes), "parquet": ParquetFormat(),
            "json_lines": JsonLinesFormat(self._reading, self._block_bytes)}
        made = kinds[self._reading["format"]]
        made.look(self._contents)
        if surveyed:
            made.survey(self._contents)
        return made

    def _types(self, format: Format) -> Mapping[str, Any]:
        """The types of all columns by name, those of labels first."""
        pa = arrow()
        given = {"bool": pa.bool_(), "long": pa.int64(), "float": pa.float64(), "string": pa.string(),
                 "datetime": pa.timestamp("us")}
        types = {**format.types(), **self._label_types()}
        types = {name: types[name] for name in (*self._label_types(), *types)}
        for name, wanted in (self._reading.get("column_types") or {}).items():
            if name in types:
                types[name] = given[wanted["kind"]]
            else:
                warn(f"There is no column {name!r}, whose type is set; the columns are {', '.join(map(repr, types))}.")
        return types

    def _batches(self, format: Format, schema: Schema) -> Iterator[Batch]:
        rows = Rows(self._steps)
        for content in self._begun():
            labels = self._labels(content.file)
            first = 1
            for batch in format.batches(content, [name for name in schema.names if name not in labels]):
                read, first = batch.num_rows, first + batch.num_rows
                yield rows.left(self._shaped(labelled(batch, labels), schema, content.file, first - read))
                if rows.finished:
                    return
            content.close()

    def _begun(self) -> Iterator[FileBytes]:
        """The files, the first bytes of some of them ahead of their turn, unless a few rows may be enough."""
        threads = 1 if self._block_bytes == SMALL_BLOCK_BYTES else FILES_AHEAD
        return side_by_side(FileBytes.begun, iter(self._contents), threads)

    def _label_types(self) -> Mapping[str, Any]:
        """Of the first file's labels: all files have the same ones."""
        empty = labelled(arrow().record_batch({"": arrow().array([""])}), self._labels(self._contents[0].file))
        return {field.name: field.type for field in empty.schema if field.name}

    def _labels(self, file: TableFile) -> Mapping[str, Any]:
        labels: dict[str, Any] = {PATH: file.place} if self._reading.get("include_path") else {}
        if self._partition:
            labels.update(self._partition.values(file, unquote(urlsplit(file.url).path)))
        return labels

    def _shaped(self, batch: Batch, schema: Schema, file: TableFile, first_row: int) -> Batch:
        columns = {name: batch.column(position) for position, name in enumerate(batch.schema.names)}
        nulls = arrow().nulls
        return arrow().RecordBatch.from_arrays(
            [self._column(columns[field.name], field, file, first_row) if field.name in columns
             else nulls(batch.num_rows, field.type) for field in schema], schema=schema)

    def _column(self, column: Any, field: Any, file: TableFile, first_row: int) -> Any:
        wanted = (self._reading.get("column_types") or {}).get(field.name)
        if wanted:
            return converted(column, wanted, self._fails, f"{file.place}: column {field.name!r}", first_row)
        try:
            return column if column.type == field.type else column.cast(field.type)
        except (arrow().ArrowInvalid, arrow().ArrowNotImplementedError) as error:
            raise DatasetExecutionError(f"{file.place}: column {field.name!r} is {column.type}, and in the files before"
                                        f" {field.type}: say what it is with set_column_types.", error) from error
