"""A source folder as a list of files with their checksums."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from runspoor.errors import Corrupt

IGNORED = (".git", "__pycache__", ".venv")
PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True)
class SourceFile:
    """``path`` is relative to the folder, with ``/``; ``where`` is the file itself."""

    path: str
    where: Path
    sha256: str
    size: int
    executable: bool

    def entry(self) -> dict[str, object]:
        """The file as the manifest has it."""
        return {"path": self.path, "sha256": self.sha256, "size": self.size, "executable": self.executable}

    def read(self) -> bytes:
        """The content; ``Corrupt`` when it is no longer what was hashed."""
        data = self.where.read_bytes()
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise Corrupt(f"{self.path} was changed while the folder was frozen: do it again.")
        return data


def source_files(folder: Path, ignore: Collection[str] = IGNORED) -> list[SourceFile]:
    """All files below ``folder`` but those that are, or lie in, what matches a pattern of ``ignore`` by its name."""
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is not a folder.")
    found = [_source_file(folder, path) for path in _walk(folder, ignore)]
    if not found:
        raise FileNotFoundError(f"{folder} has no files that could be run.")
    return sorted(found, key=lambda file: file.path)


def _walk(folder: Path, ignore: Collection[str]) -> Iterator[Path]:
    def kept(name: str) -> bool:
        return not any(fnmatch(name, pattern) for pattern in ignore)

    for root, folders, files in os.walk(folder):
        folders[:] = filter(kept, folders)
        yield from (path for path in map(Path(root).joinpath, filter(kept, files)) if path.is_file())


def _source_file(folder: Path, path: Path) -> SourceFile:
    digest, size = file_digest(path)
    return SourceFile(path.relative_to(folder).as_posix(), path, digest, size, os.access(path, os.X_OK))


def file_digest(path: Path) -> tuple[str, int]:
    """SHA-256 as hexadecimal digits, and the size in bytes."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
            size += len(piece)
    return digest.hexdigest(), size
