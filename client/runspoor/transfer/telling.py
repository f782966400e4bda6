"""What somebody sees of a transfer: a bar on a terminal, else lines in v1's words, about one a second."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from runspoor.progress import Advance, bar, has_bar

__all__ = ["Telling", "telling"]

SECONDS_BETWEEN_LINES = 1.0


class Telling:
    """Counts files from many threads. ``stream`` None: says nothing."""

    def __init__(self, stream: TextIO | None, verb: str, total: int, advance: Advance, has_lines: bool) -> None:
        self.advance = advance
        self._stream, self._verb, self._total, self._has_lines = stream, verb, total, has_lines
        self._finished, self._last = 0, 0.0
        self._lock = threading.Lock()

    def finished(self, path: str) -> None:
        """One more is whole where it belongs."""
        with self._lock:
            self._finished += 1
            now = time.monotonic()
            due = now - self._last >= SECONDS_BETWEEN_LINES or self._finished == self._total
            if due and self._has_lines:
                self._last = now
                self.say(f"{self._verb}ed {path}, {self._finished} files out of an estimated total of {self._total}")

    def say(self, line: str) -> None:
        """A line."""
        if self._stream is not None:
            print(line, file=self._stream, flush=True)


@contextmanager
def telling(stream: TextIO | None, verb: str, files: int, size: int) -> Iterator[Telling]:
    """While ``files`` with ``size`` bytes are on their way. ``verb``: Upload or Download."""
    if stream is None:
        yield Telling(None, verb, files, lambda arrived: None, has_lines=False)
        return
    has_lines = not has_bar(stream)
    if has_lines:
        print(f"{verb}ing an estimated of {files} files", file=stream, flush=True)
    with bar(stream, f"{verb}ing", size) as advance:
        told = Telling(stream, verb, files, advance, has_lines)
        yield told
    told.say(f"{verb}ed {told._finished} files")
