"""What somebody sees while a folder is frozen: a bar on a terminal, and in any case one line at the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Callable, TextIO

from runspoor.snapshot.walk import Note

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Advance", "bar", "size", "tell_notes"]

Advance = Callable[[int], None]
"""Called with the bytes that have arrived since the last call."""
TOLD = 5
UNITS = ("B", "kB", "MB", "GB")


@contextmanager
def bar(stream: TextIO, what: str, total: int) -> Iterator[Advance]:
    """A bar up to ``total`` bytes if ``stream`` is a terminal and rich is installed."""
    console = _console(stream)
    if console is None:
        yield lambda arrived: None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda arrived: progress.update(task, advance=arrived)


def _console(stream: TextIO) -> Console | None:
    if not stream.isatty():
        return None
    try:
        from rich.console import Console
    except ImportError:
        return None
    return Console(file=stream)


def tell_notes(stream: TextIO, notes: Iterable[Note]) -> None:
    """The first notes, a line each, and how many more there are."""
    every = list(notes)
    for note in every[:TOLD]:
        print(f"  {note}", file=stream)
    if len(every) > TOLD:
        print(f"  and {len(every) - TOLD} more", file=stream)


def size(count: int) -> str:
    """Bytes as people read them: ``31.2 MB``; multiples of 1000."""
    value, unit = float(count), UNITS[0]
    for unit in UNITS:
        if value < 999.95 or unit == UNITS[-1]:
            break
        value /= 1000
    return f"{value:.1f} {unit}" if unit != "B" else f"{count} B"
