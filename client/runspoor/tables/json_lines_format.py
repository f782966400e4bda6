"""JSON lines as a table: one object a line."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runspoor.sdk.dataset_errors import DatasetExecutionError
from runspoor.sdk.exceptions import UserErrorException
from runspoor.tables.blocks import whole_rows
from runspoor.tables.column_kinds import Misfit
from runspoor.tables.file_bytes import FileBytes
from runspoor.tables.libraries import Batch, Schema, arrow
from runspoor.tables.streams import codec, text

CHANGED = re.compile(r"Column\(/([^/)]*)")
"""How pyarrow names a column whose values are of several types."""


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
        for _, block in self._blocks(contents[0]):
            self._take_in(block)
            break

    def survey(self, contents: Sequence[FileBytes]) -> None:
        for content in contents:
            for _, block in self._blocks(content):
                self._take_in(block)
            content.close()

    def types(self) -> Mapping[str, Any]:
        pa = arrow()
        return {field.name: pa.string() if pa.types.is_null(field.type) else field.type for field in self._schema}

    def batches(self, content: FileBytes, columns: Sequence[str]) -> Iterator[Batch]:
        for _, block in self._blocks(content):
            yield from self._read(block).combine_chunks().to_batches()

    def _blocks(self, content: FileBytes) -> Iterator[tuple[int, bytes]]:
        """Whole lines, all of them objects, and the number of the first."""
        row = 1
        try:
            with text(content, self._encoding) as stream:
                for block in whole_rows(stream, self._block_bytes):
                    yield row, self._valid(content, block, row)
                    row += block.count(b"\n")
        except UnicodeDecodeError as error:
            raise DatasetExecutionError(f"{content.file.place} is no text in the encoding {self._encoding!r}.",
                                        error) from error

    def _valid(self, content: FileBytes, block: bytes, row: int) -> bytes:
        try:
            _inferred(block)
        except arrow().ArrowInvalid:
            return b"\n".join(self._good_lines(content, block, row))
        return block

    def _good_lines(self, content: FileBytes, block: bytes, row: int) -> Iterator[bytes]:
        for number, line in enumerate(block.split(b"\n"), row):
            if line.strip():
                error = _wrong(line)
                if error is None:
                    yield line
                elif not self._drops:
                    raise DatasetExecutionError(f"{content.file.place} has in row {number:,} no JSON object "
                                                f"({error}): mend the line, or say invalid_lines='drop'.", None)

    def _take_in(self, block: bytes) -> None:
        """Widen the schema by the types of a block."""
        pa = arrow()
        try:
            found = _by_hand(block, self._mixed, None).schema if self._mixed else _inferred(block)
            self._schema = pa.unify_schemas([self._schema, found], promote_options="permissive")
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            self._mixed |= _to_blame(error, block, self._schema)
            kept = [field for field in self._schema if field.name not in self._mixed]
            self._schema = pa.schema([*kept, *(pa.field(name, pa.string()) for name in sorted(self._mixed))])
            self._take_in(block)

    def _read(self, block: bytes) -> Any:
        pa, json_ = arrow(), arrow("json")
        if not block.strip():
            return self._schema.empty_table()
        if self._mixed:
            return _by_hand(block, self._mixed, self._schema)
        options = json_.ParseOptions(explicit_schema=self._schema, unexpected_field_behavior="error")
        try:
            return json_.read_json(io.BytesIO(block), _in_one(block), options)
        except pa.ArrowInvalid as error:
            raise Misfit(str(error)) from error


def _in_one(block: bytes) -> Any:
    return arrow("json").ReadOptions(block_size=len(block) + 1, use_threads=False)


def _inferred(block: bytes) -> Schema:
    """The types of a block's columns; what pyarrow takes for a point in time is text."""
    pa = arrow()
    if not block.strip():
        return pa.schema([])
    found = arrow("json").read_json(io.BytesIO(block), _in_one(block)).schema
    return pa.schema([pa.field(each.name, pa.string() if pa.types.is_timestamp(each.type) else each.type)
                      for each in found])


def _by_hand(block: bytes, mixed: set[str], schema: Schema) -> Any:
    rows = [json.loads(line) for line in block.split(b"\n") if line.strip()]
    plain = [{name: _as_text(value) if name in mixed else value for name, value in row.items()} for row in rows]
    try:
        return arrow().Table.from_pylist(plain, schema)
    except (arrow().ArrowInvalid, arrow().ArrowTypeError) as error:
        if schema is None:
            raise
        raise Misfit(str(error)) from error


def _as_text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _to_blame(error: Exception, block: bytes, schema: Schema) -> set[str]:
    """The columns of several types."""
    named = CHANGED.search(str(error))
    if named:
        return {named[1]}
    kinds: dict[str, set[type]] = {name: set() for name in schema.names}
    for line in block.split(b"\n"):
        for name, value in (json.loads(line) if line.strip() else {}).items():
            kinds.setdefault(name, set()).add(type(value))
    several = {name for name, found in kinds.items() if len(found - {type(None)}) > 1}
    return several or {name for name in re.findall(r"[Ff]ield '?(\w+)", str(error)) if name in kinds} or {*kinds}


def _wrong(line: bytes) -> str | None:
    """What is wrong with a line; None when it is an object."""
    try:
        found = json.loads(line)
    except ValueError as error:
        return str(error)
    return None if isinstance(found, dict) else f"it is {type(found).__name__}"
