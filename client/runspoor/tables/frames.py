"""Tables as pandas has them."""

from __future__ import annotations

from typing import Any

from runspoor.sdk.dataset_errors import DatasetExecutionError
from runspoor.tables.libraries import Array, arrow, pandas

FIRST, LAST = -(2**63) + 1, 2**63 - 1
"""Nanoseconds since 1970 that pandas knows: the years 1677 to 2262."""
PER_UNIT = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


def frame(table: Any, out_of_range: str) -> Any:
    """A ``pandas.DataFrame``. ``out_of_range``: what a date becomes that pandas does not know: null, clip, or fail."""
    pandas()
    for position, field in enumerate(table.schema):
        if arrow().types.is_temporal(field.type):
            column = _nanoseconds(table.column(position), field, out_of_range)
            table = table.set_column(position, field.name, column)
    # The memory of each column is let go once pandas has it.
    return table.to_pandas(split_blocks=True, self_destruct=True, date_as_object=False)


def _nanoseconds(column: Array, field: Any, out_of_range: str) -> Array:
    pa, pc = arrow(), arrow("compute")
    if pa.types.is_date(field.type):
        column = column.cast(pa.timestamp("ms"))
    elif not pa.types.is_timestamp(field.type):
        return column
    unit = PER_UNIT[column.type.unit]
    numbers = column.cast(pa.int64())
    early, late = pc.less(numbers, -(-FIRST // unit)), pc.greater(numbers, LAST // unit)
    outside = pc.or_(early, late)
    if pc.any(outside).as_py():
        if out_of_range == "fail":
            worst = column.filter(outside)[0]
            raise DatasetExecutionError(f"Column {field.name!r} has the date {worst}, which pandas does not know: read "
                                        "it with out_of_range_datetime='null' or 'clip'.", None)
        replacement = pc.if_else(early, -(-FIRST // unit), LAST // unit) if out_of_range == "clip" else None
        column = pc.if_else(outside, replacement, numbers).cast(column.type)
    return column.cast(pa.timestamp("ns"))
