"""Blocks of JSON lines, and what their columns are."""

from __future__ import annotations

import io
import json
from collections.abc import Set
from typing import Any

from runspoor.tables.libraries import Schema, arrow


def parsed(block: bytes, schema: Schema = None) -> Any:
    """A block whose columns are those of ``schema``; without one, whatever they are."""
    json_ = arrow("json")
    options = schema and json_.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
    return json_.read_json(io.BytesIO(block), json_.ReadOptions(block_size=len(block) + 1, use_threads=False), options)


def inferred(block: bytes) -> Schema:
    """The types of a block's columns; what pyarrow takes for a point in time is text."""
    pa = arrow()
    found = parsed(block).schema if block.strip() else ()
    return pa.schema([pa.field(each.name, pa.string() if pa.types.is_timestamp(each.type) else each.type)
                      for each in found])


def by_hand(block: bytes, mixed: Set[str], schema: Schema = None) -> Any:
    """The same, with the values of ``mixed`` columns as text: pyarrow refuses values of several types."""
    pa = arrow()
    rows = [json.loads(line) for line in block.split(b"\n") if line.strip()]
    names = dict.fromkeys(name for row in rows for name in row)
    if schema is not None and not names.keys() <= {*schema.names}:
        raise TypeError("there are further columns")
    columns = {name: [_as_text(row.get(name)) if name in mixed else row.get(name) for row in rows]
               for name in (names if schema is None else schema.names)}
    return pa.table({name: pa.array(values, schema and schema.field(name).type) for name, values in columns.items()})


def _as_text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def several(block: bytes, schema: Schema, known: Set[str]) -> set[str]:
    """The columns not ``known`` yet whose values are of several types, in the block or together with those before."""
    kinds = {field.name: {_kind_of_type(field.type)} for field in schema}
    for line in block.split(b"\n"):
        for name, value in (json.loads(line) if line.strip() else {}).items():
            kinds.setdefault(name, set()).add("nested" if isinstance(value, (list, dict)) else _kind(value))
    fresh = {name: found - {"NoneType"} for name, found in kinds.items() if name not in known}
    # What is left are lists and objects that differ inside.
    return {name for name, found in fresh.items() if len(found) > 1} or {
        name for name, found in fresh.items() if "nested" in found} or {*fresh}


def _kind(value: object) -> str:
    return "number" if type(value) in (int, float) else type(value).__name__


def _kind_of_type(type_: Any) -> str:
    types = arrow().types
    if types.is_nested(type_):
        return "nested"
    names = {"NoneType": types.is_null, "bool": types.is_boolean, "str": types.is_string}
    return next((name for name, fits in names.items() if fits(type_)), "number")


def wrong(line: bytes) -> str | None:
    """What is wrong with a line; None when it is an object."""
    try:
        found = json.loads(line)
    except ValueError as error:
        return str(error)
    return None if isinstance(found, dict) else f"it is {type(found).__name__}"
