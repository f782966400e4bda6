"""What the values of a column look like: found in text, and text made into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runspoor.tables.libraries import Array, Batch, arrow

NULLS = ("", "NaN", "nan")
"""What stands for a missing value."""
TRUE, FALSE = ("1", "true", "True", "TRUE"), ("0", "false", "False", "FALSE")
ISO = r"^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?)?$"
ISO_OF_ZONE = r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}(:?\d{2})?)$"
DAY, TIME = r"^\d{1,2}/\d{1,2}/\d{4}", r"\d{1,2}:\d{2}"


@dataclass(frozen=True)
class Kind:
    """``shape``: a regular expression that all values match. ``format``, of dates: of strptime, none for ISO 8601.

    ``type`` is the name of the Arrow type; ``in_csv``: whether pyarrow's CSV reader makes it as this module does.
    """

    name: str
    type: str
    shape: str = ""
    format: str | None = None
    in_csv: bool = False


BOOL = Kind("bool", "bool", "^(0|1|true|True|TRUE|false|False|FALSE)$", in_csv=True)
LONG = Kind("long", "int64", r"^\s*-?\d+\s*$", in_csv=True)
FLOAT = Kind("float", "double", r"^\s*-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$|^\s*-?(inf|Infinity)\s*$", in_csv=True)
DATES = (
    Kind("date", "timestamp[us]", ISO),
    Kind("date with nanoseconds", "timestamp[ns]", ISO),
    Kind("date of a zone", "timestamp[us, tz=UTC]", ISO_OF_ZONE),
    Kind("month/day/year", "timestamp[us]", f"{DAY}$", "%m/%d/%Y"),
    Kind("month/day/year hour:minute", "timestamp[us]", f"{DAY} {TIME}$", "%m/%d/%Y %H:%M"),
    Kind("month/day/year hour:minute:second", "timestamp[us]", rf"{DAY} {TIME}:\d{{2}}$", "%m/%d/%Y %H:%M:%S"),
    Kind("month/day/year, AM or PM", "timestamp[us]", rf"{DAY} {TIME}:\d{{2}} [AaPp][Mm]$", "%m/%d/%Y %I:%M:%S %p"),
)
STRING = Kind("string", "string", in_csv=True)
UNKNOWN = Kind("unknown", "null", in_csv=True)
"""Of a column without a value so far."""
INFERRED = (BOOL, LONG, FLOAT, *DATES)
"""From the narrowest on: what is of several kinds is of the first of them."""


class Misfit(Exception):
    """A value is not of the kind that the values before it had."""


class Survey:
    """The kinds that all values of text columns fit, narrowed from batch to batch."""

    def __init__(self) -> None:
        self._possible: dict[str, Sequence[Kind]] = {}

    def add(self, batch: Batch) -> None:
        """Take a batch of text columns into account."""
        for name, column in zip(batch.schema.names, batch.columns):
            values = column.drop_null()
            known = self._possible.setdefault(name, (UNKNOWN, *INFERRED))
            if len(values):
                self._possible[name] = [kind for kind in known if kind is not UNKNOWN and fits(values, kind)]

    def kinds(self) -> Mapping[str, Kind]:
        """The narrowest kind of each column; text when none is left."""
        return {name: next(iter(kinds), STRING) for name, kinds in self._possible.items()}


def fits(values: Array, kind: Kind) -> bool:
    """Whether all values of a text column, none of which is null, are of a kind."""
    if not arrow("compute").all(arrow("compute").match_substring_regex(values, kind.shape)).as_py():
        return False
    try:
        made(values, kind)
    except Misfit:
        return False
    return True


def made(column: Array, kind: Kind) -> Array:
    """A text column as one of a kind. Raises ``Misfit`` when a value is not of it."""
    pa = arrow()
    if kind is STRING:
        return column
    try:
        return _cast(column, kind)
    except pa.ArrowInvalid as error:
        raise Misfit(f"{error}") from error


def _cast(column: Array, kind: Kind) -> Array:
    pc = arrow("compute")
    if kind is BOOL:
        return pc.if_else(pc.is_null(column), None, pc.is_in(column, value_set=_texts(TRUE)))
    if kind.format:
        return pc.strptime(column, format=kind.format, unit="us")
    if kind in DATES:
        return without_zone(column.cast(arrow_type(kind)))
    return pc.utf8_trim_whitespace(column).cast(arrow_type(kind))


def without_zone(column: Array) -> Array:
    """Points in time as UTC says them; v1 knows no zones."""
    pa = arrow()
    zoned = pa.types.is_timestamp(column.type) and column.type.tz
    return column.cast(pa.timestamp(column.type.unit)) if zoned else column


def arrow_type(kind: Kind) -> Any:
    """The type as pyarrow has it."""
    pa = arrow()
    if not kind.type.startswith("timestamp"):
        return getattr(pa, {"bool": "bool_", "double": "float64"}.get(kind.type, kind.type))()
    unit = kind.type[len("timestamp["):][:2]
    return pa.timestamp(unit, tz="UTC" if "UTC" in kind.type else None)


def _texts(values: Sequence[str]) -> Array:
    return arrow().array(values, arrow().string())
