"""Where the log calls of a run go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from runspoor.points import Entry


class MetricLog(Protocol):
    """Takes entries in order. Safe to use from many threads."""

    def add(self, entries: Iterable[Entry]) -> None:
        """Take entries; they need not be stored when this returns."""

    def flush(self, timeout_seconds: float) -> None:
        """Return when all that was taken is stored. ServiceException when it is not in time."""
