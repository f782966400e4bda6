"""Logging from inside a run: ``runspoor.log("accuracy", 0.97)``.

Every call is one complete write to a file of this process, which the runner follows: what was logged is kept even when
the process is killed right after the call. Outside of a run the values are checked all the same and printed. Standard
library only.

Values are numbers, strings, booleans or None; scalars of NumPy and PyTorch are taken as the number they are. Anything
else raises TypeError, and what is too large ValueError. Threads and forks may log at the same time.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import SupportsIndex

from runspoor import points
from runspoor.points import Entry

__all__ = ["fail", "log", "log_image", "log_list", "log_row", "log_table", "set_tags", "tag", "write"]

TRACKING_DIR = "RUNSPOOR_TRACKING_DIR"
OUTPUTS_DIR = "RUNSPOOR_OUTPUTS_DIR"

_file_of: dict[tuple[str, int], str] = {}


def log(name: str, value: object, step: SupportsIndex | None = None) -> None:
    """Log one value; logged again under the same name it makes a series. ``step`` says where in the training it is."""
    write(points.scalar(name, value, step))


def log_list(name: str, values: Iterable[object], step: SupportsIndex | None = None) -> None:
    """Log many values at once; those of further calls under the same name follow them."""
    write(points.scalars(name, values, step))


def log_row(name: str, /, **columns: object) -> None:
    """Log one row of a table: ``log_row("confusion", x=1, y=2.5)``."""
    write(points.row(name, columns))


def log_table(name: str, table: Mapping[str, object] | Iterable[Mapping[str, object]]) -> None:
    """Log many rows: a mapping of columns to values of equal number (or data frame), or the rows as mappings."""
    write(points.table(name, table))


def log_image(name: str, path: str | os.PathLike[str] | None = None, plot: object | None = None) -> None:
    """Log an image file, or a plot that can ``savefig`` (a figure of Matplotlib). It is kept in ``outputs``."""
    points.check_name(name)
    if (path is None) == (plot is None):
        raise ValueError(f"log_image({name!r}) needs either path= or plot=")
    kept = _kept_image(Path(path)) if path is not None else _saved_plot(name, plot)
    write(points.image(name, f"outputs/{kept.as_posix()}"))


def tag(name: str, value: object = None) -> None:
    """Set a tag of the run; the last value set counts."""
    _append(points.tag(name, value))


def set_tags(tags: Mapping[str, object]) -> None:
    """Set many tags."""
    for name, value in tags.items():
        tag(name, value)


def fail(message: str, code: str | None = None) -> None:
    """Let the run end as failed, with this reason, whatever the exit code of its script. The last call counts."""
    _append({"kind": "fail", "code": code, "message": message, "at": time.time()})


def write(entries: Iterable[Entry]) -> None:
    """Log entries as ``runspoor.points`` makes them."""
    for entry in entries:
        _append(entry)


def _append(entry: Entry) -> None:
    folder = os.environ.get(TRACKING_DIR)
    if not folder:
        print(f"runspoor, not in a run: {_shown(entry)}")
        return
    line = json.dumps(entry, separators=(",", ":")).encode() + b"\n"
    # Opened anew each time: no descriptor that a fork shares or a daemon closes. O_APPEND makes one write one line.
    descriptor = os.open(_file(folder), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        written = os.write(descriptor, line)
    finally:
        os.close(descriptor)
    if written < len(line):
        _file_of.clear()  # The half line stays the last of its file.
        raise OSError(f"{_shown(entry)[:200]} was not logged: the compute node's disk is full")


def _shown(entry: Entry) -> str:
    if entry["kind"] == "fail":
        return f"fail {entry['code']}: {entry['message']}"
    return f"{entry['kind']} {entry['name']} = {entry.get('values', entry.get('value'))}"


def _file(folder: str) -> str:
    """This process's file: a fork gets its own, as its process id differs."""
    key = folder, os.getpid()
    if key not in _file_of:
        _file_of.setdefault(key, os.path.join(folder, f"{key[1]}-{os.urandom(4).hex()}.jsonl"))
    return _file_of[key]


def _outputs() -> Path:
    return Path(os.environ.get(OUTPUTS_DIR) or "outputs").resolve()


def _kept_image(path: Path) -> Path:
    """The image's path below ``outputs``; copied there when it lies elsewhere. Raises FileNotFoundError."""
    found = path.resolve(strict=True)
    if _outputs() in found.parents:
        return found.relative_to(_outputs())
    target = _image_path(found.stem, found.suffix)
    shutil.copyfile(found, target)
    return target.relative_to(_outputs())


def _saved_plot(name: str, plot: object) -> Path:
    if not hasattr(plot, "savefig"):
        raise TypeError(f"{name!r}: a {type(plot).__name__} has no savefig; save it to a file and pass path=")
    target = _image_path(name, ".png")
    plot.savefig(target)
    return target.relative_to(_outputs())


def _image_path(stem: str, suffix: str) -> Path:
    """A new path in ``outputs/images``."""
    folder = _outputs() / "images"
    folder.mkdir(parents=True, exist_ok=True)
    plain = re.sub(r"[^\w.-]+", "_", stem)[:100]
    target = folder / f"{plain}{suffix}"
    number = 1
    while target.exists():
        number += 1
        target = folder / f"{plain}-{number}{suffix}"
    return target
