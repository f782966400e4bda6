"""Text cut into blocks of whole rows, and blocks made into batches side by side."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Callable, Protocol, TypeVar

S = TypeVar("S")
T = TypeVar("T")
BLOCK_BYTES, SMALL_BLOCK_BYTES = 4 * 1024 * 1024, 64 * 1024
"""What is read at once: of a whole table, and of a few rows."""
THREADS = min(8, os.cpu_count() or 1)


class Lines(Protocol):
    """A binary file."""

    def read(self, size: int) -> bytes: ...
    def readline(self) -> bytes: ...


def whole_rows(stream: Lines, block_bytes: int, quotes: bool = False) -> Iterator[bytes]:
    """Blocks that end with a row; with ``quotes`` a newline between quotes ends none."""
    while block := stream.read(block_bytes) + stream.readline():
        if quotes and block.count(b'"') % 2:
            block += _rest_of_row(stream)
        yield block


def _rest_of_row(stream: Lines) -> bytes:
    """Up to the end of the line in which a quote is closed."""
    lines = []
    while line := stream.readline():
        lines.append(line)
        if line.count(b'"') % 2:
            break
    return b"".join(lines)


def side_by_side(work: Callable[[S], T], items: Iterator[S], threads: int = THREADS) -> Iterator[T]:
    """The results in the order of the items; no more than a few of them wait. An item is taken when it is needed."""
    if threads == 1:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[T]] = deque()
        with suppress(StopIteration):
            while True:
                while len(waiting) <= threads:
                    waiting.append(pool.submit(work, next(items)))
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
