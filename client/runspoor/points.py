"""What a run logs, as entries of JSON: values checked, and what JSON has not in a form that it has.

An entry is ``{"kind": "scalar" | "row" | "image", "name", "values", "step", "at"}``, or ``{"kind": "tag", "name",
"value", "at"}``. Raises TypeError for what cannot be logged, ValueError for what is too large. Standard library only.
"""

from __future__ import annotations

import json
import math
import operator
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import SupportsIndex, Union

__all__ = ["Entry", "Json", "check_name", "image", "row", "scalar", "scalars", "table", "tag"]

Json = Union[None, bool, int, float, str, list["Json"], dict[str, "Json"]]
Entry = dict[str, Json]

PIECE_VALUES = 10_000
PIECE_BYTES = 1_000_000
VALUE_BYTES = 128 * 1024
NAME_CHARACTERS = 255
# What JSON readers keep exactly: integers of a double's mantissa.
EXACT = 2**53 - 1
INTEGER_DIGITS = 4000


def scalar(name: str, value: object, step: SupportsIndex | None = None) -> list[Entry]:
    """One value."""
    return _entries("scalar", name, [_value(name, value)], step)


def scalars(name: str, values: object, step: SupportsIndex | None = None) -> list[Entry]:
    """Many values."""
    return _entries("scalar", name, [_value(name, value) for value in _items(name, values)], step)


def row(name: str, columns: Mapping[str, object]) -> list[Entry]:
    """One row of a table."""
    if not columns:
        raise ValueError(f"log_row({name!r}) needs at least one column, as in log_row({name!r}, x=1)")
    return _entries("row", name, [_row(name, columns)])


def table(name: str, table: object) -> list[Entry]:
    """Many rows: a mapping of columns to values of equal number (or a data frame), or the rows as mappings."""
    return _entries("row", name, [_row(name, row) for row in _rows(name, table)])


def image(name: str, path: str) -> list[Entry]:
    """A file of the run, as ``outputs/images/plot.png``."""
    return _entries("image", name, [{"path": path}])


def tag(name: str, value: object = None) -> Entry:
    """A tag."""
    check_name(name)
    return {"kind": "tag", "name": name, "value": _value(name, value), "at": time.time()}


def _entries(kind: str, name: str, values: Sequence[Json], step: SupportsIndex | None = None) -> list[Entry]:
    check_name(name)
    at_step = _step(name, step)
    return [{"kind": kind, "name": name, "values": piece, "step": at_step, "at": time.time()}
            for piece in _pieces(name, values)]


def _pieces(name: str, values: Sequence[Json]) -> Iterator[list[Json]]:
    """Values in pieces of at most 10,000 and about 1 MB. Raises ValueError for a value that is too large by itself."""
    sizes = [len(json.dumps(value)) for value in values]
    if max(sizes, default=0) > VALUE_BYTES:
        raise ValueError(f"a value of {name!r} has {max(sizes)} bytes, at most {VALUE_BYTES} can be logged; "
                         "write it to a file in ./outputs instead")
    piece: list[Json] = []
    size = 0
    for value, length in zip(values, sizes):
        if piece and (len(piece) == PIECE_VALUES or size + length > PIECE_BYTES):
            yield piece
            piece, size = [], 0
        piece.append(value)
        size += length
    if piece:
        yield piece


def _value(name: str, value: object) -> Json:
    plain = _plain(value)
    if plain is None or isinstance(plain, bool):
        return plain
    if isinstance(plain, int):
        return int(plain) if abs(plain) <= EXACT else {"$int": _digits(name, plain)}
    if isinstance(plain, float):
        return float(plain) if math.isfinite(plain) else {"$float": _not_finite(plain)}
    if isinstance(plain, str):
        return _text(plain)
    raise TypeError(f"{name!r}: a {type(value).__name__} cannot be logged as one value, only numbers, strings, "
                    "booleans and None; use log_list for many values, log_row or log_table for named ones")


def _plain(value: object) -> object:
    """The Python value of a scalar of NumPy, PyTorch and their like, told by its ``item`` method."""
    item = getattr(value, "item", None)
    if isinstance(value, (bool, int, float, str)) or not callable(item) or not hasattr(value, "dtype"):
        return value
    try:
        return item()
    except (TypeError, ValueError, RuntimeError):
        return value


def _digits(name: str, value: int) -> str:
    if value.bit_length() > INTEGER_DIGITS * 3:
        raise ValueError(f"{name!r}: the integer is too large to be logged")
    return str(int(value))


def _not_finite(value: float) -> str:
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _text(value: str) -> str:
    """The text with what UTF-8 cannot hold replaced."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _items(name: str, values: object) -> Iterable[object]:
    listed = values.tolist() if hasattr(values, "tolist") else values
    if isinstance(listed, (str, bytes, Mapping)) or not isinstance(listed, Iterable):
        raise TypeError(f"{name!r}: a {type(values).__name__} is not a list of values; use log for one value, "
                        "log_row or log_table for named ones")
    return listed


def _row(name: str, columns: Mapping[str, object]) -> Json:
    for column in columns:
        check_name(column)
    return {column: _value(f"{name}.{column}", value) for column, value in columns.items()}


def _rows(name: str, table: object) -> Iterable[Mapping[str, object]]:
    if hasattr(table, "to_dict"):
        table = table.to_dict("list")
    if isinstance(table, Mapping):
        return _rows_of_columns(name, table)
    if isinstance(table, Iterable) and not isinstance(table, (str, bytes)):
        rows = list(table)
        if all(isinstance(row, Mapping) and row for row in rows):
            return rows
    raise TypeError(f"{name!r}: log_table takes a mapping of columns to values, or the rows as mappings, not a "
                    f"{type(table).__name__}")


def _rows_of_columns(name: str, table: Mapping[str, object]) -> list[Mapping[str, object]]:
    columns = {column: _column(values) for column, values in table.items()}
    lengths = {column: len(values) for column, values in columns.items()}
    if not columns or len(set(lengths.values())) > 1:
        raise ValueError(f"{name!r}: the columns of a table have equally many values, these have {lengths}")
    return [dict(zip(columns, row)) for row in zip(*columns.values())]


def _column(values: object) -> list[object]:
    listed = values.tolist() if hasattr(values, "tolist") else values
    return list(listed) if isinstance(listed, Iterable) and not isinstance(listed, (str, bytes)) else [listed]


def _step(name: str, step: SupportsIndex | None) -> int | None:
    if step is None:
        return None
    try:
        whole = operator.index(step)
    except TypeError:
        raise TypeError(f"{name!r}: step is a whole number, not {step!r}") from None
    if abs(whole) > EXACT:
        raise ValueError(f"{name!r}: step {whole} is too large")
    return whole


def check_name(name: object) -> None:
    """TypeError for what is no text, ValueError for a text that cannot be a name."""
    if not isinstance(name, str):
        raise TypeError(f"a name is a string, not {name!r}")
    if not 0 < len(name) <= NAME_CHARACTERS or any(ord(character) < 32 for character in name) or _text(name) != name:
        raise ValueError(f"a name has 1 to {NAME_CHARACTERS} characters and no control characters, not {name[:300]!r}")
