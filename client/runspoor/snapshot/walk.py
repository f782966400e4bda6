"""Finding the files of a source folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from runspoor.errors import SnapshotError

__all__ = ["Found", "Note", "Walk", "unreadable"]

GIT = ".git"


@dataclass(frozen=True)
class Found:
    """A file: ``path`` is relative to the source folder, with ``/``; ``where`` is the file itself; bytes."""

    path: str
    where: Path
    size: int
    executable: bool

    @classmethod
    def of(cls, path: str, where: Path, status: os.stat_result) -> Found:
        return cls(path, where, status.st_size, bool(status.st_mode & stat.S_IXUSR))


@dataclass(frozen=True)
class Note:
    """What somebody should know about a path: it was left out, or lies elsewhere."""

    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


class Walk:
    """The files of a folder, in order. Links are followed, as Azure ML does; each that leads elsewhere is noted."""

    def __init__(self, folder: Path, is_ignored: Callable[[str], bool]) -> None:
        self.notes: list[Note] = []
        self._folder = folder
        self._root = os.path.realpath(folder)
        self._is_ignored = is_ignored

    def files(self) -> Iterator[Found]:
        """Raises SnapshotError for what cannot be read."""
        status = os.stat(self._folder)
        yield from self._below(self._folder, "", ((status.st_dev, status.st_ino),))

    def _below(self, folder: Path, prefix: str, around: tuple[tuple[int, int], ...]) -> Iterator[Found]:
        """``around``: the folders this one lies in, itself included, by device and inode."""
        for entry in _entries(folder, prefix):
            path = prefix + entry.name
            status = self._status(entry, path)
            if status is None:
                continue
            if stat.S_ISDIR(status.st_mode):
                if self._is_ignored(f"{path}/") or not self._may_follow(entry, path):
                    continue
                inside = (status.st_dev, status.st_ino)
                if inside in around:
                    self._note(path, "left out, a link to a folder it lies in")
                    continue
                yield from self._below(Path(entry.path), f"{path}/", (*around, inside))
            elif not self._is_ignored(path) and self._may_follow(entry, path):
                if stat.S_ISREG(status.st_mode):
                    yield Found.of(_sayable(path), Path(entry.path), status)
                else:
                    self._note(path, "left out, neither a file nor a folder")

    def _status(self, entry: os.DirEntry[str], path: str) -> os.stat_result | None:
        try:
            return os.stat(entry.path)
        except OSError as error:
            if not entry.is_symlink():
                raise unreadable(path, error) from error
            if not self._is_ignored(path):
                self._note(path, "left out, a link that leads nowhere")
            return None

    def _may_follow(self, entry: os.DirEntry[str], path: str) -> bool:
        """Whether a link may be followed; anything else may."""
        if not entry.is_symlink():
            return True
        target = os.path.realpath(entry.path)
        if GIT in Path(target).parts:
            self._note(path, f"left out, a link into {GIT}")
            return False
        if os.path.commonpath([self._root, target]) != self._root:
            self._note(path, f"a link that leads out of the folder, taken from {target}")
        return True

    def _note(self, path: str, what: str) -> None:
        self.notes.append(Note(path, what))


def _entries(folder: Path, prefix: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise unreadable(prefix or str(folder), error) from error


def _sayable(path: str) -> str:
    try:
        path.encode()
    except UnicodeEncodeError as error:
        raise SnapshotError(f"{path!r} has a name that is not UTF-8: rename it, or name it in .amlignore.") from error
    return path


def unreadable(path: str, error: OSError) -> SnapshotError:
    """What is said when ``path`` cannot be read."""
    return SnapshotError(f"{path} cannot be read ({error.strerror}): make it readable, or name it in .amlignore.")
