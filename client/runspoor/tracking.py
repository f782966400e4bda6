"""Logging from inside a run: ``runspoor.log("accuracy", 0.97)``.

Every call is one complete write to a file of this process, which the runner follows: what was logged is kept even when
the process is killed right after the call. Outside of a run the values are checked all the same and printed. Standard
library only.

Values are numbers, strings, booleans or None; scalars of NumPy and PyTorch are taken as the number they are. Anything
else raises TypeError, and what is too large ValueError. Threads and forks may log at the same time.
"""

from __future__ import annotations

import json
import math
import operator
import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import SupportsIndex, Union

__all__ = ["log", "log_image", "log_list", "log_row", "log_table", "set_tags", "tag"]

Json = Union[None, bool, int, float, str, list["Json"], dict[str, "Json"]]

TRACKING_DIR = "RUNSPOOR_TRACKING_DIR"
OUTPUTS_DIR = "RUNSPOOR_OUTPUTS_DIR"
PIECE_VALUES = 10_000
PIECE_BYTES = 1_000_000
VALUE_BYTES = 128 * 1024
NAME_CHARACTERS = 255
# What JSON readers keep exactly: integers of a double's mantissa.
EXACT = 2**53 - 1
INTEGER_DIGITS = 4000

_file_of: dict[tuple[str, int], str] = {}


def log(name: str, value: object, step: SupportsIndex | None = None) -> None:
    """Log one value; logged again under the same name it makes a series. ``step`` says where in the training it is."""
    _write("scalar", name, [_value(name, value)], step)


def log_list(name: str, values: Iterable[object], step: SupportsIndex | None = None) -> None:
    """Log many values at once; those of further calls under the same name follow them."""
    _write("scalar", name, [_value(name, value) for value in _items(name, values)], step)


def log_row(name: str, /, **columns: object) -> None:
    """Log one row of a table: ``log_row("confusion", x=1, y=2.5)``."""
    if not columns:
        raise ValueError(f"log_row({name!r}) needs at least one column, as in log_row({name!r}, x=1)")
    _write("row", name, [_row(name, columns)])


def log_table(name: str, table: Mapping[str, object] | Iterable[Mapping[str, object]]) -> None:
    """Log many rows: a mapping of columns to values of equal number (or data frame), or the rows as mappings."""
    _write("row", name, [_row(name, row) for row in _rows(name, table)])


def log_image(name: str, path: str | os.PathLike[str] | None = None, plot: object | None = None) -> None:
    """Log an image file, or a plot that can ``savefig`` (a figure of Matplotlib). It is kept in ``outputs``."""
    _check_name(name)
    if (path is None) == (plot is None):
        raise ValueError(f"log_image({name!r}) needs either path= or plot=")
    kept = _kept_image(Path(path)) if path is not None else _saved_plot(name, plot)
    _write("image", name, [{"path": f"outputs/{kept.as_posix()}"}])


def tag(name: str, value: object = None) -> None:
    """Set a tag of the run; the last value set counts."""
    _check_name(name)
    _append({"kind": "tag", "name": name, "value": _value(name, value), "at": time.time()})


def set_tags(tags: Mapping[str, object]) -> None:
    """Set many tags."""
    for name, value in tags.items():
        tag(name, value)


def _write(kind: str, name: str, values: Sequence[Json], step: SupportsIndex | None = None) -> None:
    _check_name(name)
    at_step = _step(name, step)
    for piece in _pieces(name, values):
        _append({"kind": kind, "name": name, "values": piece, "step": at_step, "at": time.time()})


def _pieces(name: str, values: Sequence[Json]) -> Iterator[list[Json]]:
    """Values in pieces of at most 10,000 and about 1 MB. Raises ValueError for a value that is too large by itself."""
    sizes = [len(json.dumps(value)) for value in values]
    if max(sizes, default=0) > VALUE_BYTES:
        raise ValueError(f"a value of {name!r} has {max(sizes)} bytes, at most {VALUE_BYTES} can be logged; "
                         "write it to a file in ./outputs instead")
    piece: list[Json] = []
    size = 0
    for value, length in zip(values, sizes):
        if piece and (len(piece) == PIECE_VALUES or size + length > PIECE_BYTES):
            yield piece
            piece, size = [], 0
        piece.append(value)
        size += length
    if piece:
        yield piece


def _append(entry: dict[str, Json]) -> None:
    folder = os.environ.get(TRACKING_DIR)
    if not folder:
        print(f"runspoor, not in a run: {entry['kind']} {entry['name']} = {entry.get('values', entry.get('value'))}")
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
        raise OSError(f"{entry['name']} was not logged: the compute node's disk is full")


def _file(folder: str) -> str:
    """This process's file: a fork gets its own, as its process id differs."""
    key = folder, os.getpid()
    if key not in _file_of:
        _file_of.setdefault(key, os.path.join(folder, f"{key[1]}-{os.urandom(4).hex()}.jsonl"))
    return _file_of[key]


def _value(name: str, value: object) -> Json:
    plain = _plain(value)
    if plain is None or isinstance(plain, bool):
        return plain
    if isinstance(plain, int):
        return int(plain) if abs(plain) <= EXACT else {"$int": _digits(name, plain)}
    if isinstance(plain, float):
        return float(plain) if math.isfinite(plain) else {"$float": _not_finite(plain)}
    if isinstance(plain, str):
        return _text(plain)
    raise TypeError(f"{name!r}: a {type(value).__name__} cannot be logged as one value, only numbers, strings, "
                    "booleans and None; use log_list for many values, log_row or log_table for named ones")


def _plain(value: object) -> object:
    """The Python value of a scalar of NumPy, PyTorch and their like, told by its ``item`` method."""
    item = getattr(value, "item", None)
    if isinstance(value, (bool, int, float, str)) or not callable(item) or not hasattr(value, "dtype"):
        return value
    try:
        return item()
    except (TypeError, ValueError, RuntimeError):
        return value


def _digits(name: str, value: int) -> str:
    if value.bit_length() > INTEGER_DIGITS * 3:
        raise ValueError(f"{name!r}: the integer is too large to be logged")
    return str(int(value))


def _not_finite(value: float) -> str:
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _text(value: str) -> str:
    """The text with what UTF-8 cannot hold replaced."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _items(name: str, values: object) -> Iterable[object]:
    listed = values.tolist() if hasattr(values, "tolist") else values
    if isinstance(listed, (str, bytes, Mapping)) or not isinstance(listed, Iterable):
        raise TypeError(f"{name!r}: a {type(values).__name__} is not a list of values; use log for one value, "
                        "log_row or log_table for named ones")
    return listed


def _row(name: str, columns: Mapping[str, object]) -> Json:
    for column in columns:
        _check_name(column)
    return {column: _value(f"{name}.{column}", value) for column, value in columns.items()}


def _rows(name: str, table: object) -> Iterable[Mapping[str, object]]:
    if hasattr(table, "to_dict"):
        table = table.to_dict("list")
    if isinstance(table, Mapping):
        return _rows_of_columns(name, table)
    if isinstance(table, Iterable) and not isinstance(table, (str, bytes)):
        rows = list(table)
        if all(isinstance(row, Mapping) and row for row in rows):
            return rows
    raise TypeError(f"{name!r}: log_table takes a mapping of columns to values, or the rows as mappings, not a "
                    f"{type(table).__name__}")


def _rows_of_columns(name: str, table: Mapping[str, object]) -> list[Mapping[str, object]]:
    columns = {column: _column(values) for column, values in table.items()}
    lengths = {column: len(values) for column, values in columns.items()}
    if not columns or len(set(lengths.values())) > 1:
        raise ValueError(f"{name!r}: the columns of a table have equally many values, these have {lengths}")
    return [dict(zip(columns, row)) for row in zip(*columns.values())]


def _column(values: object) -> list[object]:
    listed = values.tolist() if hasattr(values, "tolist") else values
    return list(listed) if isinstance(listed, Iterable) and not isinstance(listed, (str, bytes)) else [listed]


def _step(name: str, step: SupportsIndex | None) -> int | None:
    if step is None:
        return None
    try:
        whole = operator.index(step)
    except TypeError:
        raise TypeError(f"{name!r}: step is a whole number, not {step!r}") from None
    if abs(whole) > EXACT:
        raise ValueError(f"{name!r}: step {whole} is too large")
    return whole


def _check_name(name: object) -> None:
    if not isinstance(name, str):
        raise TypeError(f"a name is a string, not {name!r}")
    if not 0 < len(name) <= NAME_CHARACTERS or any(ord(character) < 32 for character in name) or _text(name) != name:
        raise ValueError(f"a name has 1 to {NAME_CHARACTERS} characters and no control characters, not {name[:300]!r}")


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
