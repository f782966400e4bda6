"""Which rows a condition is true of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import reduce
from typing import Any

from runspoor.sdk.dataset_errors import DatasetExecutionError
from runspoor.tables.libraries import Array, Batch, arrow

COMPARISONS = {"lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal", "eq": "equal",
               "ne": "not_equal"}
JOINED = {"and": "and_kleene", "or": "or_kleene"}
Where = Mapping[str, Any]
"""``op``: how a ``column`` compares with ``value`` or ``time`` (ISO 8601); or and, or, not, which join those ``of``."""


def columns_of(where: Where) -> set[str]:
    """The columns that it looks at."""
    return {where["column"]} if where.get("column") else set().union(*map(columns_of, where["of"]))


def true_of(batch: Batch, where: Where) -> Array:
    """Whether each row is so; null, which is neither, where a value is missing. DatasetExecutionError."""
    pc = arrow("compute")
    if where["op"] in COMPARISONS:
        return _compared(batch.column(where["column"]), where)
    parts = [true_of(batch, each) for each in where["of"]]
    return pc.invert(parts[0]) if where["op"] == "not" else reduce(getattr(pc, JOINED[where["op"]]), parts)


def _compared(column: Array, where: Where) -> Array:
    pa, pc = arrow(), arrow("compute")
    value = where.get("value") if where.get("time") is None else datetime.fromisoformat(where["time"])
    try:
        return getattr(pc, COMPARISONS[where["op"]])(column, pa.scalar(_like(column.type, value)))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError, OverflowError) as error:
        raise DatasetExecutionError(f"Column {where['column']!r} is {column.type}, and is compared with {value!r}: "
                                    "compare it with a value of its type, or set its type with set_column_types.",
                                    error) from error


def _like(type_: Any, value: object) -> object:
    """``value`` for a column of a type: 0 and 1 of a column that is true and false, and the other way round."""
    types = arrow().types
    if types.is_boolean(type_) and value in (0, 1):
        return bool(value)
    return int(value) if isinstance(value, bool) and not types.is_boolean(type_) else value
