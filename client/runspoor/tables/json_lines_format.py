"""JSON lines as a table: one object a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runspoor.sdk.dataset_errors import DatasetExecutionError
from runspoor.sdk.exceptions import UserErrorException
from runspoor.tables.blocks import whole_rows
from runspoor.tables.column_kinds import Misfit
from runspoor.tables.file_bytes import FileBytes
from runspoor.tables.json_blocks import by_hand, inferred, parsed, several, wrong
from runspoor.tables.libraries import Batch, Schema, arrow
from runspoor.tables.streams import codec, text


class JsonLinesFormat:
    """``Format`` of JSON lines. Text stays text, also where it looks like a date; columns of several types are text."""

    def __init__(self, reading: Mapping[str, Any], block_bytes: int) -> None:
        self._drops = bool(reading.get("drops_invalid_lines"))
        self._encoding = str(reading.get("encoding", "utf8"))
        self._block_bytes = block_bytes
        self._schema: Schema = None
        self._mixed: set[str] = set()
        try:
            codec(self._encoding)
        except LookupError as error:
            raise UserErrorException(f"Nobody knows the encoding {self._encoding!r}: name one such as "
                                     "'utf8'.") from error

    def look(self, contents: Sequence[FileBytes]) -> None:
        self._schema = arrow().schema([])
        for row, block in self._blocks(contents[0]):
            self._take_in(contents[0], block, row)
            break

    def survey(self, contents: Sequence[FileBytes]) -> None:
        for content in contents:
            for row, block in self._blocks(content):
                self._take_in(content, block, row)
            content.close()

    def types(self) -> Mapping[str, Any]:
        pa = arrow()
        return {field.name: pa.string() if pa.types.is_null(field.type) else field.type for field in self._schema}

    def batches(self, content: FileBytes, columns: Sequence[str]) -> Iterator[Batch]:
        for row, block in self._blocks(content):
            yield from self._read(content, block, row).combine_chunks().to_batches()

    def _blocks(self, content: FileBytes) -> Iterator[tuple[int, bytes]]:
        """Whole lines, and the number of the first."""
        row = 1
        try:
            with text(content, self._encoding) as stream:
                for block in whole_rows(stream, self._block_bytes):
                    yield row, block
                    row += block.count(b"\n")
        except UnicodeDecodeError as error:
            raise DatasetExecutionError(f"{content.file.place} is no text in the encoding {self._encoding!r}.",
                                        error) from error

    def _read(self, content: FileBytes, block: bytes, row: int) -> Any:
        if not block.strip():
            return self._schema.empty_table()
        try:
            return by_hand(block, self._mixed, self._schema) if self._mixed else parsed(block, self._schema)
        except (ValueError, TypeError) as error:
            good = self._good(content, block, row)
            if good == block:
                raise Misfit(str(error)) from error
            return self._read(content, good, row)

    def _take_in(self, content: FileBytes, block: bytes, row: int) -> None:
        """Widen the schema by the types of a block."""
        pa = arrow()
        try:
            found = by_hand(block, self._mixed).schema if self._mixed else inferred(block)
            self._schema = pa.unify_schemas([self._schema, found], promote_options="permissive")
        except (ValueError, TypeError):
            good = self._good(content, block, row)
            if good == block:
                self._mixed |= several(block, self._schema, self._mixed)
                self._schema = pa.schema([pa.field(each.name, pa.string()) if each.name in self._mixed else each
                                          for each in self._schema])
            self._take_in(content, good, row)

    def _good(self, content: FileBytes, block: bytes, row: int) -> bytes:
        """The lines that are objects. DatasetExecutionError when one is none and they are not to be dropped."""
        good = []
        for number, line in enumerate(block.split(b"\n"), row):
            error = wrong(line) if line.strip() else None
            if error and not self._drops:
                raise DatasetExecutionError(f"{content.file.place} has in row {number:,} no JSON object ({error}): "
                                            "mend the line, or say invalid_lines='drop'.", None)
            if not error:
                good.append(line)
        return b"\n".join(good)
