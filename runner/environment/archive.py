"""An environment as one file, and back: possibly on another node, below another path."""

from __future__ import annotations

import tarfile
from pathlib import Path, PurePosixPath

from runner.environment.cache import MARKER

# What belongs to a place rather than to the packages: a virtual environment is made anew where it is unpacked.
OF_A_PLACE = ("pyvenv.cfg", "lib64", MARKER, "bin/python*", "bin/activate*", "bin/Activate.ps1")
PREFIX = "runspoor.prefix"
# Quick rather than small: it is packed before the script starts, and wheels hold little that shrinks.
LEVEL = 1
HEAD_BYTES = 4096


class Unusable(Exception):
    """The archive is damaged or was made by something else."""


def pack(prefix: Path, target: Path, *, whole: bool = False) -> None:
    """Write a tar.gz. Unless ``whole``, without what ``python -m venv`` makes. Raises OSError."""
    def kept(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
        path = PurePosixPath(entry.name)
        left_out = path.name == "__pycache__" or (not whole and any(_is(path, one) for one in OF_A_PLACE))
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        return None if left_out or entry.name == MARKER else entry

    with tarfile.open(target, "w:gz", compresslevel=LEVEL, format=tarfile.PAX_FORMAT,
                      pax_headers={PREFIX: str(prefix)}) as archive:
        for path in sorted(prefix.iterdir()):
            archive.add(path, path.name, filter=kept)


def _is(path: PurePosixPath, pattern: str) -> bool:
    return len(path.parts) == pattern.count("/") + 1 and path.match(pattern)


def unpack(source: Path, prefix: Path) -> None:
    """Put the packages into ``prefix``, and let their scripts begin with its Python. Raises Unusable, OSError."""
    try:
        with tarfile.open(source, "r:gz") as archive:
            packed_at = archive.pax_headers.get(PREFIX)
            # The checks below are ours: Python before 3.12 has none, and Python 3.14 changes modes by default.
            archive.extraction_filter = staticmethod(lambda member, _: member)
            folders: set[Path] = set()
            for member in archive:
                _check(member, prefix, folders)
                archive.extract(member, prefix)
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise Unusable(f"{type(error).__name__}: {error}") from error
    except OSError as error:
        if error.errno is None:  # gzip's BadGzipFile; trouble with the disk has a number
            raise Unusable(str(error)) from error
        raise
    if not packed_at:
        raise Unusable("it does not say where it was packed")
    relocate(prefix, packed_at)


def _check(member: tarfile.TarInfo, prefix: Path, folders: set[Path]) -> None:
    """Links may lead anywhere, but nothing is written or linked through one. ``folders`` are known to be none."""
    names = (member.name, member.linkname) if member.islnk() else (member.name,)
    good = (member.isreg() or member.isdir() or member.issym() or member.islnk()) and all(map(_is_inside, names))
    for path in (prefix / name for name in names) if good else ():
        good = good and _is_real(path.parent, prefix, folders) and not (path.is_symlink() and not member.issym())
    if not good:
        raise Unusable(f"{member.name!r} has no place in it")


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _is_real(folder: Path, prefix: Path, folders: set[Path]) -> bool:
    """Whether no link leads from ``prefix`` to ``folder``. What is a folder once never becomes a link."""
    if folder not in folders and folder != prefix:
        if folder.is_symlink() or not _is_real(folder.parent, prefix, folders):
            return False
        folders.add(folder)
    return True


def relocate(prefix: Path, packed_at: str) -> None:
    """Rewrite the first lines of scripts that name the Python of ``packed_at``: ``#!``, or ``#!/bin/sh`` and exec."""
    old, new = f"{packed_at}/bin/".encode(), f"{prefix}/bin/".encode()
    if old == new:
        return
    scripts = prefix / "bin"
    for path in scripts.iterdir() if scripts.is_dir() else ():
        if path.is_symlink() or not path.is_file():
            continue
        content = path.read_bytes()
        head, body = content[:HEAD_BYTES], content[HEAD_BYTES:]
        lines = head.split(b"\n", 2)
        first = 2 if lines[0] == b"#!/bin/sh" else 1
        if not head.startswith(b"#!") or old not in b"\n".join(lines[:first]):
            continue
        lines[:first] = [line.replace(old, new) for line in lines[:first]]
        path.write_bytes(b"\n".join(lines) + body)
