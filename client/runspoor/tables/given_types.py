"""Columns made into the types that ``set_column_types`` asked for; what cannot be made is null, or an error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from runspoor.sdk.dataset_errors import DatasetExecutionError
from runspoor.tables.column_kinds import BOOL, DATES, FLOAT, LONG, Kind, Misfit, arrow_type, made, without_zone
from runspoor.tables.libraries import Array, arrow

ColumnType = Mapping[str, Any]
"""``kind``: bool, long, float, datetime or string; ``formats`` of a datetime, ``decimal_mark`` of a float."""
KINDS: Mapping[str, Kind] = {"bool": BOOL, "long": LONG, "float": FLOAT}


def converted(column: Array, wanted: ColumnType, fails: bool, where: str, first_row: int) -> Array:
    """``column`` of the type that is wanted. ``where``: file and column, for messages; rows count from ``first_row``.

    Raises DatasetExecutionError when a value cannot be one and ``fails``; otherwise it is null.
    """
    pa, pc = arrow(), arrow("compute")
    if pa.types.is_timestamp(column.type) and wanted["kind"] == "datetime":
        return without_zone(column)
    words = column if pa.types.is_string(column.type) else column.cast(pa.string())
    if wanted["kind"] == "string":
        return words
    result = _datetimes(words, wanted) if wanted["kind"] == "datetime" else _plain(words, wanted)
    if fails:
        lost = pc.and_(pc.is_valid(words), pc.is_null(result))
        if pc.any(lost).as_py():
            at = pc.index(lost, True).as_py()
            raise DatasetExecutionError(f"{where} has {words[at].as_py()[:100]!r} in row {first_row + at:,}, which "
                                        f"cannot be read as {wanted['kind']}: read it with on_error='null', or as "
                                        "another type.", None)
    return result


def _plain(words: Array, wanted: ColumnType) -> Array:
    kind = KINDS[wanted["kind"]]
    if wanted.get("decimal_mark", ".") == ",":
        words = arrow("compute").replace_substring(words, ",", ".")
    return _where_it_fits(words, kind)


def _datetimes(words: Array, wanted: ColumnType) -> Array:
    pc = arrow("compute")
    formats = wanted.get("formats")
    if formats:
        tries: Iterable[Array] = (pc.strptime(words, format=each, unit="us", error_is_null=True) for each in formats)
    else:
        tries = (_where_it_fits(words, kind) for kind in DATES)
    return pc.coalesce(*(each.cast("timestamp[us]", safe=False) for each in tries))


def _where_it_fits(words: Array, kind: Kind) -> Array:
    """The values of the kind; null where there are others."""
    pc = arrow("compute")
    fitting = pc.if_else(pc.match_substring_regex(words, kind.shape), words, None)
    try:
        return made(fitting, kind)
    except Misfit:
        return arrow().concat_arrays([without_zone(_one(each, kind)) for each in _single(fitting)])


def _single(column: Array) -> Iterable[Array]:
    return (column.slice(at, 1) for at in range(len(column)))


def _one(value: Array, kind: Kind) -> Array:
    """Of the right shape and yet no value: the 31st of February, or a number of 30 digits."""
    try:
        return made(value, kind)
    except Misfit:
        return arrow().nulls(1, arrow_type(kind))
