"""How documents are shown: tables and lists for people, JSON for programs."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Callable, Union

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.tree import Tree

from runspoor.progress import size

__all__ = ["Columns", "Document", "Source", "as_json", "bytes_of", "fields", "is_watched", "reason", "table", "text",
           "time_of", "tree"]

Document = Mapping[str, Any]
Source = Union[str, Callable[[Any], object]]
"""The name of a value in a document, or what makes the value of the document."""
Columns = Sequence[tuple[str, Source]]
"""Headings and values."""
WIDE, HIGH = 10_000, 25
NARROW = 19
"""So many characters a column keeps on a terminal that has not room for all: those of a time, and of any status."""
GAP = 2
STYLES = {"Completed": "green", "Succeeded": "green", "Failed": "red", "Canceled": "yellow", "Running": "cyan"}


def is_watched() -> bool:
    """Whether people look: stdout is a terminal."""
    return sys.stdout.isatty()


def _console(width: int = WIDE) -> Console:
    # Nothing is cut off, and no line broken in two: lines are for grep, and names in them to be copied. Without a
    # height, rich takes 80 characters for the width of a terminal that says it is a simple one.
    return Console(highlight=False, soft_wrap=True, width=width, height=HIGH)


def as_json(document: object) -> None:
    """A document for programs, and nothing else on stdout."""
    print(json.dumps(document, indent=2, ensure_ascii=False))


def table(rows: Iterable[Any], columns: Columns) -> None:
    """One line for each row, a line of headings first. On a terminal long values go on below, in their columns."""
    cells = [[text(_value(row, source)) for _, source in columns] for row in rows]
    widths = [max(map(cell_len, (heading, *values)))
              for (heading, _), values in zip(columns, zip(*cells) if cells else [()] * len(columns))]
    made = Table(box=None, pad_edge=False, header_style="bold")
    for number, (heading, _) in enumerate(columns):
        # The first one is what is copied into the next command.
        made.add_column(heading, no_wrap=not number or widths[number] <= NARROW, overflow="fold")
    for row in cells:
        made.add_row(*map(_styled, row))
    console = _console(_room(widths) if is_watched() else WIDE)
    with console.capture() as captured:
        console.print(made)
    for line in captured.get().splitlines():
        print(line.rstrip())


def _room(widths: Sequence[int]) -> int:
    """The width of the terminal, or what the columns need at least."""
    least = widths[0] + sum(min(each, NARROW) + GAP for each in widths[1:])
    return max(shutil.get_terminal_size().columns, least)


def fields(document: Any, columns: Columns) -> None:
    """One line for each value that there is, more for one that has more."""
    said = [(heading, text(_value(document, source))) for heading, source in columns]
    width = max(len(heading) for heading, _ in said)
    console = _console()
    for heading, value in said:
        if value:
            indented = value.replace("\n", f"\n{'':<{width}}  ")
            console.print(f"[bold]{heading:<{width}}[/]  {_styled(indented)}")


def tree(made: Tree) -> None:
    """A tree, one line for each of its nodes."""
    _console().print(made)


def text(value: object) -> str:
    """A value as people read it; nothing for none."""
    if value is None or value == {} or value == []:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={text(each)}" for name, each in value.items())
    if isinstance(value, (list, tuple)):
        return " ".join(map(text, value))
    return str(value)


def bytes_of(name: str) -> Callable[[Document], str]:
    """A column of sizes."""
    return lambda document: "" if document[name] is None else size(document[name])


def time_of(name: str) -> Callable[[Document], str]:
    """A column of times, to the second."""
    return lambda document: str(document.get(name) or "").replace("T", " ")[:19]


def reason(document: Document) -> str:
    """Why something is as it is, in the backend's words."""
    return str((document.get("reason") or {}).get("message", ""))


def _value(row: Any, source: Source) -> object:
    return source(row) if callable(source) else row.get(source)


def _styled(value: str) -> str:
    style = STYLES.get(value)
    plain = value.replace("[", r"\[")
    return f"[{style}]{plain}[/]" if style else plain
