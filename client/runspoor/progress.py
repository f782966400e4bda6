"""How far something is, and how large it is, as people see it. Standard library only where rich is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Callable, TextIO

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Advance", "bar", "has_bar", "size"]

Advance = Callable[[int], None]
"""Called with the bytes that have arrived since the last call."""
UNITS = ("B", "kB", "MB", "GB")


@contextmanager
def bar(stream: TextIO, what: str, total: int) -> Iterator[Advance]:
    """A bar up to ``total`` bytes (0: nobody knows) if ``stream`` is a terminal and rich is installed."""
    console = _console(stream)
    if console is None:
        yield lambda arrived: None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=total or None)
        yield lambda arrived: progress.update(task, advance=arrived)


def has_bar(stream: TextIO) -> bool:
    """Whether ``bar`` shows anything on ``stream``."""
    return _console(stream) is not None


def _console(stream: TextIO) -> Console | None:
    if not stream.isatty():
        return None
    try:
        from rich.console import Console
    except ImportError:
        return None
    return Console(file=stream)


def size(count: int) -> str:
    """Bytes as people read them: ``31.2 MB``; multiples of 1000."""
    value, unit = float(count), UNITS[0]
    for unit in UNITS:
        if value < 999.95 or unit == UNITS[-1]:
            break
        value /= 1000
    return f"{value:.1f} {unit}" if unit != "B" else f"{count} B"
