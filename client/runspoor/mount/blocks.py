"""Files in blocks: fetched once, kept while there is room, and ahead of whoever reads on and on."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Callable

from runspoor.mount.tree import File

BLOCK_BYTES = 1024 * 1024
CACHE_BYTES = 64 * BLOCK_BYTES
THREADS = 16
MOST_AHEAD = 8
"""Blocks that are fetched ahead of a reader, from the second block that it reads in order."""

Fetch = Callable[[File, int, int], bytes]
Key = tuple[int, int]


@dataclass
class Reader:
    """Whoever has a file open: the block it read last, and how many it has read in order."""

    file: File
    last: int = -1
    in_order: int = 0

    def ahead(self, number: int) -> range:
        """The blocks to fetch ahead now that it reads block ``number``."""
        if number == self.last:
            return range(0)
        self.in_order = self.in_order + 1 if number == self.last + 1 else 0
        self.last = number
        window = min(MOST_AHEAD, 2 ** (self.in_order - 1)) if self.in_order > 1 else 0
        return range(number + 1, number + 1 + window)


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
        wanted = [self._block(reader.file, size, number) for number in numbers]
        for number in reader.ahead(numbers[-1]):
            if number * BLOCK_BYTES < size:
                self._block(reader.file, size, number)
        return _joined(wanted, offset - numbers[0] * BLOCK_BYTES, end - offset)

    def _block(self, file: File, size: int, number: int) -> Future[bytes]:
        key = (file.inode, number)
        with self._lock:
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
                return known
            start = number * BLOCK_BYTES
            made = self._kept[key] = self._pool.submit(self._fetch, file, start, min(BLOCK_BYTES, size - start))
        made.add_done_callback(lambda done: self._arrived(key, done))
        return made

    def _arrived(self, key: Key, done: Future[bytes]) -> None:
        with self._lock:
            if done.exception() is not None:
                self._kept.pop(key, None)  # Who reads it again has it tried again.
                return
            self._bytes += len(done.result())
            while self._bytes > self._limit and (oldest := next(iter(self._kept), key)) != key:
                if self._kept[oldest].done():
                    self._bytes -= len(self._kept.pop(oldest).result())
                else:
                    self._kept.move_to_end(oldest)


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
