"""What of a source folder is left out, by the rules of gitignore."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from pathspec import PathSpec, Pattern

from runspoor.errors import SnapshotError

__all__ = ["IGNORE_FILES", "ignored"]

IGNORE_FILES = (".amlignore", ".gitignore")
"""The first that lies in the source folder itself counts, and alone; as in Azure ML. Both are part of the snapshot."""
USUALLY = ("__pycache__/", ".venv/")
"""Worth nothing on another machine. An ignore file may take them in again: ``!.venv/``."""
ALWAYS = (".git",)
"""History and, in its settings, credentials."""


def ignored(folder: Path) -> Callable[[str], bool]:
    """Whether a path below ``folder`` is left out when no folder it lies in is. Paths have ``/``; folders end so."""
    rules = list(reversed(_rules(folder)))

    def is_ignored(path: str) -> bool:
        return next((rule.leaves_out for rule in rules if rule.speaks_of(path)), False)

    return is_ignored


@dataclass(frozen=True)
class _Rule:
    """A line of an ignore file. The last that speaks of a path decides.

    The library's patterns also match all that lies below what they name. To Git they do not, which matters when a
    folder is taken in again: ``*``, ``!*/``, ``!*.py``.
    """

    pattern: Pattern
    names_a_place: bool
    reaches_down: bool

    @classmethod
    def of(cls, line: str) -> _Rule | None:
        """None for a comment; raises ValueError for what is no pattern."""
        pattern = next(iter(PathSpec.from_lines("gitignore", [line]).patterns), None)
        if pattern is None or pattern.include is None:
            return None
        return cls(pattern, "/" in line.strip().rstrip("/"), "**" in line)

    @property
    def leaves_out(self) -> bool:
        return bool(self.pattern.include)

    def speaks_of(self, path: str) -> bool:
        around, name = _split(path)
        if not self.names_a_place:
            return self._matches(name)
        return self._matches(path) and (self.reaches_down or not around or not self._matches(around))

    def _matches(self, path: str) -> bool:
        return self.pattern.match_file(path) is not None


def _split(path: str) -> tuple[str, str]:
    """The folder something lies in, with ``/`` at its end, and its name."""
    around, slash, name = path.rstrip("/").rpartition("/")
    return around + slash, name + ("/" if path.endswith("/") else "")


def _rules(folder: Path) -> list[_Rule]:
    for name in IGNORE_FILES:
        file = folder / name
        if file.is_file():
            # The BOM that editors on Windows put first is no part of a pattern.
            lines = file.read_text(encoding="utf-8-sig", errors="surrogateescape").splitlines()
            return _compiled([*USUALLY, *lines, *ALWAYS], file)
    return _compiled([*USUALLY, *ALWAYS], folder)


def _compiled(lines: list[str], file: Path) -> list[_Rule]:
    try:
        return [rule for rule in map(_Rule.of, lines) if rule]
    except ValueError as error:
        raise SnapshotError(f"{file} has a line that is no pattern: {error}") from error
