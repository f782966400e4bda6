"""What is said of a folder while it is frozen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from runspoor.snapshot.walk import Note

__all__ = ["tell_notes"]

TOLD = 5


def tell_notes(stream: TextIO, notes: Iterable[Note]) -> None:
    """The first notes, a line each, and how many more there are."""
    every = list(notes)
    for note in every[:TOLD]:
        print(f"  {note}", file=stream)
    if len(every) > TOLD:
        print(f"  and {len(every) - TOLD} more", file=stream)
