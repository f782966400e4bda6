"""Where an input or output lies on the node, and that an input's files stay there."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from runner.errors import RunFailed
from runner.names import trouble_with

FOLDERS = {"input": "runspoor_inputs", "output": "runspoor_outputs"}
"""Names of the folders, in the task's own, that hold data for which no place below the script's folder is asked."""


_held: dict[Path, int] = {}


def folder(name: str, asked: str | None, root: Path, home: Path, kind: str = "input") -> Path:
    """The folder of an input or output, made: ``asked`` for as absolute path or below ``root``, or one of its own.

    Raises RunFailed when it cannot be there.
    """
    own = home / FOLDERS[kind] / name
    _hold(own.parent)
    try:
        if asked and not asked.startswith("/"):
            return _below(name, root, asked, kind)
        own.mkdir(parents=True, exist_ok=True)
        return _at(Path(asked), own) if asked else own
    except OSError as error:
        raise unavailable(name, f"it cannot be placed at {asked or own}: {error.strerror}. Ask for another "
                          "path_on_compute.", kind) from error


def _below(name: str, root: Path, asked: str, kind: str) -> Path:
    inner = "/".join(part for part in asked.split("/") if part not in ("", "."))
    trouble = trouble_with(inner) if inner else None
    if trouble:
        raise unavailable(name, f"it cannot be placed at {asked!r}: {trouble}. Ask for another path_on_compute.", kind)
    target = root / inner if inner else root
    target.mkdir(parents=True, exist_ok=True)
    return target


def _at(asked: Path, own: Path) -> Path:
    """``asked`` as a link to ``own``, so that it shows this input only and goes with the task's folder.

    A folder that has files already, such as ``/tmp``, stays what it is and gets the input's files as well.
    """
    if asked.is_symlink() and not set(FOLDERS.values()).isdisjoint(Path(os.readlink(asked)).parts):
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
    """In one step. Raises FileExistsError while another run on this node has its input there."""
    new = asked.with_name(f".{os.urandom(8).hex()}.link")
    with _locked(asked.parent):
        other = Path(os.readlink(asked)).parent if asked.is_symlink() else own.parent
        if other != own.parent and _is_held(other):
            raise FileExistsError(17, "another run on this node has its data there")
        new.symlink_to(own)
        os.replace(new, asked)


def _hold(folder: Path) -> None:
    """Say, until this process ends, that the run of this folder lives."""
    folder.mkdir(parents=True, exist_ok=True)
    if folder not in _held:
        _held[folder] = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        with suppress(OSError):
            fcntl.flock(_held[folder], fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_held(folder: Path) -> bool:
    try:
        with _locked(folder, fcntl.LOCK_NB):
            return False
    except BlockingIOError:
        return True
    except OSError:
        return False  # It has gone.


@contextmanager
def _locked(folder: Path, how: int = 0) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | how)
        yield
    finally:
        os.close(descriptor)


def target(name: str, parent: Path, path: str) -> Path:
    """Where file ``path`` of the input goes, its folder made. Raises RunFailed when that is not below ``parent``."""
    wanted = parent / checked(name, path)
    try:
        wanted.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unavailable(name, f"its file {path!r} cannot be written: {error.strerror}.") from error
    top = os.path.realpath(parent)
    if os.path.commonpath((top, os.path.realpath(wanted.parent))) != top:
        raise unavailable(name, f"a link on the node leads its file {path!r} out of {parent}.")
    return wanted


CODES = {"input": ("InputNotAvailable", "Input {!r} cannot be had"),
         "output": ("OutputNotAvailable", "Output {!r} cannot be written")}


def checked(name: str, path: str) -> str:
    """``path`` if a file of the input may have it. Raises RunFailed."""
    trouble = trouble_with(path)
    if trouble:
        raise unavailable(name, f"its file {path[:200]!r} cannot have this name here: {trouble}.")
    return path


def unavailable(name: str, why: str, kind: str = "input") -> RunFailed:
    code, text = CODES[kind]
    return RunFailed(code, f"{text.format(name)}: {why}")
