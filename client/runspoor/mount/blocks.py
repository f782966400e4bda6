"""Files in blocks: fetched once, kept while there is room, and ahead of whoever reads on and on."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Callable

from runspoor.mount.tree import File

BLOCK_BYTES = 1024 * 1024
CACHE_BYTES = 64 * BLOCK_BYTES
THREADS = 16
MOST_AHEAD = 8
"""Blocks that are fetched ahead of a reader, from the second block that it reads in order."""
MOST_AT_ONCE = 4
"""Of those, blocks that one request fetches: each request has its price."""

Fetch = Callable[[File, int, int], bytes]
Key = tuple[int, int]


@dataclass
class Reader:
    """Whoever has a file open: the block it read last, how many it has read in order, and how far is asked for."""

    file: File
    last: int = -1
    in_order: int = 0
    asked: int = 0

    def ahead(self, number: int) -> range:
        """The blocks to fetch ahead now that it reads block ``number``; none as long as they would be few."""
        if number == self.last:
            return range(0)
        is_next = number == self.last + 1
        self.in_order, self.asked = (self.in_order + 1, self.asked) if is_next else (0, 0)
        self.last = number
        window = min(MOST_AHEAD, 2 ** (self.in_order - 1)) if self.in_order > 1 else 0
        first, end = max(number + 1, self.asked), number + 1 + window
        if not window or end - first < window // 2:
            return range(0)
        self.asked = end
        return range(first, end)


class Blocks:
    """Blocks of files; ``fetch`` (file, start, length) gets one, and may raise OSError. Never waits itself."""

    def __init__(self, fetch: Fetch, cache_bytes: int = CACHE_BYTES) -> None:
        self._fetch, self._limit = fetch, cache_bytes
        self._pool = ThreadPoolExecutor(THREADS, "fetch")
        self._kept: OrderedDict[Key, Future[bytes]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def read(self, reader: Reader, size: int, offset: int, length: int) -> Future[list[memoryview]]:
        """The bytes of a file of ``size`` bytes from ``offset`` on, in pieces; fewer at its end."""
        end = min(size, offset + length)
        if offset >= end:
            return _done([])
        numbers = range(offset // BLOCK_BYTES, (end - 1) // BLOCK_BYTES + 1)
        wanted = self._asked(reader.file, size, numbers)
        ahead = reader.ahead(numbers[-1])
        self._asked(reader.file, size, range(ahead.start, min(ahead.stop, -(-size // BLOCK_BYTES))))
        return _joined(wanted, offset - numbers[0] * BLOCK_BYTES, end - offset)

    def _asked(self, file: File, size: int, numbers: range) -> list[Future[bytes]]:
        """The blocks of these numbers; those that nobody has asked for yet are fetched from now on."""
        fresh: dict[int, Future[bytes]] = {}
        result = []
        with self._lock:
            for number in numbers:
                known = self._kept.get((file.inode, number))
                if known is None:
                    known = fresh[number] = self._kept[file.inode, number] = Future()
                self._kept.move_to_end((file.inode, number))
                result.append(known)
        for run in _runs(fresh):
            self._pool.submit(self._fetched, file, size, run, [fresh[number] for number in run])
        return result

    def _fetched(self, file: File, size: int, run: list[int], blocks: list[Future[bytes]]) -> None:
        """Fetch consecutive blocks by one request."""
        start, end = run[0] * BLOCK_BYTES, min(size, (run[-1] + 1) * BLOCK_BYTES)
        try:
            content = self._fetch(file, start, end - start)
        except Exception as error:
            self._failed(file, run, blocks, error)
            return
        with self._lock:
            self._bytes += len(content)
        for at, block in enumerate(blocks):
            block.set_result(content[at * BLOCK_BYTES:(at + 1) * BLOCK_BYTES] if len(blocks) > 1 else content)
        self._make_room()

    def _failed(self, file: File, run: list[int], blocks: list[Future[bytes]], error: Exception) -> None:
        with self._lock:
            for number in run:
                del self._kept[file.inode, number]  # Who reads it again has it tried again.
        for block in blocks:
            block.set_exception(error)

    def _make_room(self) -> None:
        """Let go of what nobody has read for longest; what is still being fetched stays."""
        with self._lock:
            for _ in range(len(self._kept)):
                if self._bytes <= self._limit:
                    return
                oldest = next(iter(self._kept))
                if self._kept[oldest].done():
                    self._bytes -= len(self._kept.pop(oldest).result())
                else:
                    self._kept.move_to_end(oldest)


def _runs(numbers: Iterable[int]) -> Iterator[list[int]]:
    """Consecutive numbers together, ``MOST_AT_ONCE`` at most."""
    run: list[int] = []
    for number in numbers:
        if run and (number != run[-1] + 1 or len(run) == MOST_AT_ONCE):
            yield run
            run = []
        run.append(number)
    if run:
        yield run


def _done(pieces: list[memoryview]) -> Future[list[memoryview]]:
    result: Future[list[memoryview]] = Future()
    result.set_result(pieces)
    return result


def _joined(blocks: Sequence[Future[bytes]], skip: int, length: int) -> Future[list[memoryview]]:
    """The bytes of consecutive blocks, once all are there."""
    result: Future[list[memoryview]] = Future()
    left = [len(blocks)]
    lock = threading.Lock()

    def arrived(_: Future[bytes]) -> None:
        with lock:
            left[0] -= 1
            if left[0]:
                return
        _settle(result, blocks, skip, length)

    for block in blocks:
        block.add_done_callback(arrived)
    return result


def _settle(result: Future[list[memoryview]], blocks: Sequence[Future[bytes]], skip: int, length: int) -> None:
    trouble = next(filter(None, (block.exception() for block in blocks)), None)
    if trouble is not None:
        return result.set_exception(trouble)
    pieces = []
    for block in blocks:
        piece = memoryview(block.result())[skip:skip + length]
        pieces.append(piece)
        length -= len(piece)
        skip = 0
    return result.set_result(pieces)
