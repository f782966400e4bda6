"""Conditions on the rows of a table: ``(data["age"] > 30) & (data["name"] == "Anna")``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timezone
from typing import Any

from runspoor.sdk.exceptions import UserErrorException

DOCUMENTED = "(data['a'] > 1) & ~(data['b'] == 'x')"


class Condition:
    """True or false of a row: ``&``, ``|`` and ``~`` make another one of it."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document

    def __and__(self, other: object) -> Condition:
        return Condition({"op": "and", "of": [self.document, condition(other)]})

    def __or__(self, other: object) -> Condition:
        return Condition({"op": "or", "of": [self.document, condition(other)]})

    def __invert__(self) -> Condition:
        return Condition({"op": "not", "of": [self.document]})

    def __bool__(self) -> bool:
        raise UserErrorException(f"A condition on a dataset is no truth by itself: write {DOCUMENTED}, each comparison "
                                 "in parentheses, with & | ~ instead of and, or, not.")


class Column:
    """A column of a table, to be compared with a value."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"Column({self._name!r})"

    def __lt__(self, value: object) -> Condition:
        return self._compared("lt", value)

    def __le__(self, value: object) -> Condition:
        return self._compared("le", value)

    def __gt__(self, value: object) -> Condition:
        return self._compared("gt", value)

    def __ge__(self, value: object) -> Condition:
        return self._compared("ge", value)

    def __eq__(self, value: object) -> Condition:  # type: ignore[override]  # a condition, as v1 has it
        return self._compared("eq", value)

    def __ne__(self, value: object) -> Condition:  # type: ignore[override]  # a condition, as v1 has it
        return self._compared("ne", value)

    __hash__ = None  # type: ignore[assignment]  # what has no equality of its own has no hash

    def _compared(self, how: str, value: object) -> Condition:
        return Condition({"op": how, "column": self._name, **_value(value)})


def condition(given: object) -> Mapping[str, Any]:
    """A condition as a step has it. UserErrorException for what is none."""
    if not isinstance(given, Condition):
        raise UserErrorException(f"A filter is a condition such as {DOCUMENTED}, and not {type(given).__name__}.")
    return given.document


def _value(value: object) -> dict[str, Any]:
    plain = _of_numpy(value) if getattr(value, "ndim", None) == 0 else value
    if isinstance(plain, datetime) and plain.tzinfo:
        plain = plain.astimezone(timezone.utc).replace(tzinfo=None)
    if isinstance(plain, datetime):
        return {"time": plain.isoformat(timespec="microseconds")}
    if isinstance(plain, date):
        return {"time": plain.isoformat()}
    if not isinstance(plain, (str, int, float)):
        raise UserErrorException(f"A column is compared with a text, a number, True, False or a point in time, and not "
                                 f"with {type(value).__name__}.")
    return {"value": plain}


def _of_numpy(value: Any) -> object:
    """A number or a time of numpy as Python has it. Nanoseconds would become a number."""
    return (value.astype("datetime64[us]") if value.dtype.kind == "M" else value).item()
