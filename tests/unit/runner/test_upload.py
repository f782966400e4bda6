"""Uploading in blocks, also while somebody writes into the file."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest

from runner import upload
from runner.blobs import Blobs
from runner.connections import Connections
from runner.errors import Refused
from runner.grants import Grants
from runner.upload import Upload
from tests.integration.transfer.block_store import BlockStore, serving

BLOCK = 1000


class Granted:
    """Grants of a store."""

    def __init__(self, store: BlockStore) -> None:
        self._store = store

    def url(self, right: str, name: str) -> str:
        return f"{self._store.url}/{name}?sig=1"


class Meanwhile(ThreadPoolExecutor):
    """Does something else before, or after, the blocks are sent."""

    def __init__(self, before: Callable[[], object] = int, after: Callable[[], object] = int) -> None:
        super().__init__(2)
        self._before, self._after = before, after

    def map(self, fn: Callable[..., Any], *iterables: Iterable[Any], **named: Any) -> Iterator[Any]:
        self._before()
        result = list(super().map(fn, *iterables, **named))
        self._after()
        return iter(result)


@pytest.fixture
def store() -> Iterator[BlockStore]:
    with serving() as store:
        yield store


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(upload, "WHOLE_BYTES", BLOCK)
    monkeypatch.setattr(upload, "BLOCK_BYTES", BLOCK)
    (tmp_path / "a").write_bytes(b"a" * BLOCK + b"b" * BLOCK + b"c")
    return tmp_path / "a"


def sent(store: BlockStore, file: Path, pool: ThreadPoolExecutor) -> int:
    connections = Connections()
    try:
        with pool:
            return Upload(Blobs(cast("Grants", Granted(store)), connections, 1), pool)(file, "a").size
    finally:
        connections.close()


def test_the_blocks_are_called_by_what_is_in_them(store: BlockStore, file: Path) -> None:
    """Those that another attempt has left, of other content, are not taken."""
    store.interrupted(3, BLOCK)
    left = set(store.waiting)
    assert sent(store, file, ThreadPoolExecutor(2)) == 2 * BLOCK + 1
    assert [content for _, content in store.committed] == [b"a" * BLOCK, b"b" * BLOCK, b"c"]
    assert set(store.waiting) == left


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_file_that_changes_meanwhile_does_not_get_in(store: BlockStore, file: Path, when: str) -> None:
    """Neither as it is now, with the checksum of before, nor half of each."""
    with pytest.raises((OSError, Refused)):
        sent(store, file, Meanwhile(**{when: lambda: file.write_bytes(b"z" * (2 * BLOCK + 2))}))
    assert store.committed == []
