"""Which files a folder holds, without ever leaving it."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from runner.names import trouble_with

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Found:
    """A file and the name of its blob; ``trouble`` says why it cannot have that name."""

    path: Path
    name: str
    trouble: str | None


def regular_files(root: Path, prefix: str, leave_out: Callable[[str], None] = log.debug) -> list[Found]:
    """The regular files below ``root``, sorted by name. A link is followed where it stays inside ``root``.

    ``leave_out`` is told of the others, one sentence each.
    """
    top = os.path.realpath(root)
    if not os.path.isdir(top):
        return []
    found = [Found(Path(path), f"{prefix}/{name}", trouble_with(f"{prefix}/{name}"))
             for path, name in _walk(top, top, "", (top,), leave_out)]
    return sorted(found, key=lambda file: file.name)


def _walk(top: str, folder: str, prefix: str, chain: tuple[str, ...],
          leave_out: Callable[[str], None]) -> Iterator[tuple[str, str]]:
    for entry in _entries(folder):
        name = prefix + entry.name
        real = os.path.realpath(entry.path) if entry.is_symlink() else entry.path
        if not _inside(top, real):
            leave_out(f"{name!r} is left out: it is a link to outside its folder")
            continue
        try:
            mode = os.stat(real).st_mode
        except OSError:
            continue
        if stat.S_ISREG(mode):
            yield real, name
        elif stat.S_ISDIR(mode) and real not in chain:
            yield from _walk(top, real, f"{name}/", (*chain, real), leave_out)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        log.warning("%r cannot be listed: %s", folder, error.strerror)
        return []


def _inside(top: str, real: str) -> bool:
    return real == top or real.startswith(top + os.sep)
