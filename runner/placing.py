"""Where an input lies on the node, and that its files stay there."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from runner.errors import RunFailed
from runner.names import trouble_with

FOLDER = "runspoor_inputs"
"""Name of the folder, in the task's own, that holds inputs for which no place below the script's folder is asked."""


def folder(name: str, asked: str | None, root: Path, home: Path) -> Path:
    """The folder of input ``name``, made: ``asked`` for as absolute path or below ``root``, or one of its own.

    Raises RunFailed when it cannot be there.
    """
    own = home / FOLDER / name
    try:
        if asked and not asked.startswith("/"):
            return _below(name, root, asked)
        own.mkdir(parents=True, exist_ok=True)
        return _at(Path(asked), own) if asked else own
    except OSError as error:
        raise unavailable(name, f"it cannot be placed at {asked or own}: {error.strerror}. Ask for another "
                          "path_on_compute.") from error


def _below(name: str, root: Path, asked: str) -> Path:
    inner = "/".join(part for part in asked.split("/") if part not in ("", "."))
    trouble = trouble_with(inner) if inner else None
    if trouble:
        raise unavailable(name, f"it cannot be placed at {asked!r}: {trouble}. Ask for another path_on_compute.")
    target = root / inner if inner else root
    target.mkdir(parents=True, exist_ok=True)
    return target


def _at(asked: Path, own: Path) -> Path:
    """``asked`` as a link to ``own``, so that it shows this input only and goes with the task's folder.

    A folder that has files already, such as ``/tmp``, stays what it is and gets the input's files as well.
    """
    if asked.is_symlink() and FOLDER in Path(os.readlink(asked)).parts:
        _link(asked, own)
        return asked
    with suppress(OSError):
        asked.rmdir()  # Only an empty folder goes.
    if asked.exists():
        if not asked.is_dir():
            raise NotADirectoryError(20, "there is a file")
        return asked
    asked.parent.mkdir(parents=True, exist_ok=True)
    _link(asked, own)
    return asked


def _link(asked: Path, own: Path) -> None:
    """In one step, whatever another run on this node does at the same time."""
    new = asked.with_name(f".{os.urandom(8).hex()}.link")
    new.symlink_to(own)
    os.replace(new, asked)


def target(name: str, parent: Path, path: str) -> Path:
    """Where file ``path`` of the input goes, its folder made. Raises RunFailed when that is not below ``parent``."""
    trouble = trouble_with(path)
    if trouble:
        raise unavailable(name, f"its file {path[:200]!r} cannot have this name here: {trouble}.")
    wanted = parent / path
    try:
        wanted.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unavailable(name, f"its file {path!r} cannot be written: {error.strerror}.") from error
    top = os.path.realpath(parent)
    if os.path.commonpath((top, os.path.realpath(wanted.parent))) != top:
        raise unavailable(name, f"a link on the node leads its file {path!r} out of {parent}.")
    return wanted


def unavailable(name: str, why: str) -> RunFailed:
    return RunFailed("InputNotAvailable", f"Input {name!r} cannot be had: {why}")
