"""Blocks of files: what is read is what is there, little is fetched twice, and memory has a bound."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runspoor.mount import blocks
from runspoor.mount.blocks import Blocks, Reader
from runspoor.mount.tree import File

BLOCK = 10
LIMIT = 12 * BLOCK


@pytest.fixture(scope="module", autouse=True)
def small_blocks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK_BYTES", BLOCK)
        yield


class Fetched:
    """A file of bytes that tell their places. ``failing``: so many requests fail."""

    def __init__(self, size: int, failing: int = 0) -> None:
        self.content = bytes(number % 251 for number in range(size))
        self.spans: list[tuple[int, int]] = []
        self.failing = failing
        self.lock = threading.Lock()

    def __call__(self, file: File, start: int, length: int) -> bytes:
        with self.lock:
            self.spans.append((start, length))
            self.failing -= 1
            if self.failing >= 0:
                raise OSError(5, "no")
        return self.content[start:start + length]


def read(kept: Blocks, reader: Reader, size: int, offset: int, length: int) -> bytes:
    return b"".join(kept.read(reader, size, offset, length).result(10))


def file(size: int) -> File:
    return File(2, "a", 0, size, None)


@given(st.integers(0, 300), st.lists(st.tuples(st.integers(0, 320), st.integers(1, 60)), max_size=30))
@settings(max_examples=60, deadline=None)
def test_any_part_is_what_is_there(size: int, parts: list[tuple[int, int]]) -> None:
    fetch = Fetched(size)
    kept, reader = Blocks(fetch, LIMIT), Reader(file(size))
    for offset, length in parts:
        assert read(kept, reader, size, offset, length) == fetch.content[offset:offset + length]
    kept._pool.shutdown()
    assert all(start % BLOCK == 0 and 0 < length <= blocks.MOST_AT_ONCE * BLOCK for start, length in fetch.spans)


@given(st.integers(1, 2000), st.integers(1, 25))
@settings(max_examples=30, deadline=None)
def test_in_order_everything_is_fetched_once(size: int, step: int) -> None:
    fetch = Fetched(size)
    kept, reader = Blocks(fetch, 100_000), Reader(file(size))
    assert b"".join(read(kept, reader, size, at, step) for at in range(0, size, step)) == fetch.content
    kept._pool.shutdown()
    assert sum(length for _, length in fetch.spans) == size


def test_far_apart_nothing_is_fetched_ahead() -> None:
    fetch = Fetched(5000)
    kept, reader = Blocks(fetch, LIMIT), Reader(file(5000))
    for offset in (4990, 0, 2500, 1200):
        read(kept, reader, 5000, offset, 5)
    kept._pool.shutdown()
    assert sorted(fetch.spans) == [(0, 10), (1200, 10), (2500, 10), (4990, 10)]


def test_memory_has_a_bound() -> None:
    size = 100 * BLOCK
    kept = Blocks(Fetched(size), LIMIT)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda at: read(kept, Reader(file(size)), size, at * 7 % size, BLOCK), range(500)))
    kept._pool.shutdown()
    there = sum(len(each.result()) for each in kept._kept.values())
    assert there == kept._bytes <= LIMIT


def test_what_failed_is_tried_again_by_the_next() -> None:
    fetch = Fetched(100, failing=1)
    kept, reader = Blocks(fetch, LIMIT), Reader(file(100))
    with pytest.raises(OSError, match="no"):
        read(kept, reader, 100, 0, 5)
    assert read(kept, reader, 100, 0, 5) == fetch.content[:5]
    kept._pool.shutdown()
