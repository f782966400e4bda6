"""A source folder as a list of files with their checksums."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from runspoor.errors import Corrupt, SnapshotError
from runspoor.snapshot.walk import Found, Note, Walk, unreadable

__all__ = ["Source", "SourceFile", "file_digest", "source"]

FILES = 20_000
BYTES = 314_572_800
"""The limits of the backend; 300 MiB is Azure ML's too. Checked here also, before anything is read or sent."""
COUNTED = 10 * FILES
LARGEST = 3
PARALLEL = 8
PIECE_BYTES = 1024 * 1024
MEND = "leave data out of the folder (name it in .amlignore) and read it from a datastore"


@dataclass(frozen=True)
class SourceFile:
    """A file of a source folder, and what it held when it was read first."""

    found: Found
    sha256: str
    size: int

    def entry(self) -> dict[str, object]:
        """The file as the manifest has it."""
        return {"path": self.found.path, "sha256": self.sha256, "size": self.size,
                "executable": self.found.executable}

    def read(self) -> bytes:
        """The content; ``Corrupt`` when it is no longer what was hashed."""
        data = self.found.where.read_bytes()
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise Corrupt(f"{self.found.path} was changed while the folder was frozen: do it again.")
        return data


@dataclass(frozen=True)
class Source:
    """The files of a folder, by path, and what should be said about it."""

    files: tuple[SourceFile, ...]
    notes: tuple[Note, ...]

    @property
    def bytes(self) -> int:
        return sum(file.size for file in self.files)


def source(folder: Path) -> Source:
    """All files below ``folder`` (or that one file) but what is ignored; raises SnapshotError."""
    if folder.is_file():
        notes: list[Note] = []
        found = [Found.of(folder.name, folder, folder.stat())]
    else:
        found, notes = _found(folder)
    _check(folder, found)
    with ThreadPoolExecutor(PARALLEL) as pool:
        files = sorted(pool.map(_hashed, found), key=lambda file: file.found.path)
    return Source(tuple(files), tuple(notes))


def _found(folder: Path) -> tuple[list[Found], list[Note]]:
    from runspoor.snapshot.ignore import ignored

    if not folder.is_dir():
        raise SnapshotError(f"{folder} is not a folder.")
    walk = Walk(folder, ignored(folder))
    return list(islice(walk.files(), COUNTED)), walk.notes


def _check(folder: Path, found: list[Found]) -> None:
    if not found:
        raise SnapshotError(f"{folder} has no files that could be run.")
    if len(found) > FILES:
        count = f"{len(found):,}" if len(found) < COUNTED else f"{COUNTED:,} or more"
        raise SnapshotError(f"{folder} has {count} files and a snapshot may have {FILES:,}: {MEND}.")
    size = sum(file.size for file in found)
    if size > BYTES:
        raise SnapshotError(f"{folder} has {size:,} bytes and a snapshot may have {BYTES:,} (300 MiB): {MEND}. "
                            f"The largest files are {_largest(found)}.")


def _largest(found: Iterable[Found]) -> str:
    largest = sorted(found, key=lambda file: file.size, reverse=True)[:LARGEST]
    return ", ".join(f"{file.path} ({file.size:,} bytes)" for file in largest)


def _hashed(found: Found) -> SourceFile:
    try:
        digest, size = file_digest(found.where)
    except OSError as error:
        raise unreadable(found.path, error) from error
    return SourceFile(found, digest, size)


def file_digest(path: Path) -> tuple[str, int]:
    """SHA-256 as hexadecimal digits, and the size in bytes."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
            size += len(piece)
    return digest.hexdigest(), size
