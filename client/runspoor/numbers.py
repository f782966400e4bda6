"""Numbers that JSON has not, as the backend writes them."""

from __future__ import annotations

from typing import cast

from runspoor.shapes import Row, Scalar

__all__ = ["plain"]


def plain(value: object) -> Scalar | Row:
    """A metric's value: ``{"$float": "NaN"}`` and ``{"$int": "9007199254740993"}`` are numbers again."""
    if not isinstance(value, dict):
        return cast(Scalar, value)
    if value.keys() == {"$float"}:
        return float(value["$float"])
    if value.keys() == {"$int"}:
        return int(value["$int"])
    return {name: cast(Scalar, plain(each)) for name, each in value.items()}
