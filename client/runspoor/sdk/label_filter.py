"""Choosing by tags or properties, as v1's lists do. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Union

Wanted = Union[str, Mapping[str, object], Iterable[str], None]
"""A name, names, or names with their values; None is no condition."""


def fits(labels: Mapping[str, str], wanted: Wanted) -> bool:
    """Whether all that is wanted is there. A value of None asks for the name alone."""
    if wanted is None:
        return True
    if isinstance(wanted, Mapping):
        return all(name in labels and (value is None or labels[name] == text(value))
                   for name, value in wanted.items())
    return set([wanted] if isinstance(wanted, str) else wanted) <= set(labels)


def text(value: object) -> str:
    """How a tag's value is kept: as text, nothing as the empty one."""
    return value if isinstance(value, str) else "" if value is None else str(value)
