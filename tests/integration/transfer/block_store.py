"""A block blob that may be huge: of blocks that are all zeros the size is kept, and no more.

Azurite would write five gibibytes to the disk, read them again, and take minutes.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

from tests.answering import Answering, served

PIECE = bytes(1024 * 1024)
Block = tuple[int, bytes]
"""Its size, and its bytes unless they are zeros."""


class BlockStore:
    """``waiting``: blocks by name; ``committed``: those of the blob; ``parts``: ranges that were asked for;
    ``sent``: how many blocks have come."""

    def __init__(self) -> None:
        self.url = ""
        self.waiting: dict[str, Block] = {}
        self.committed: list[Block] = []
        self.md5 = ""
        self.parts: list[tuple[int, int]] = []
        self.sent = 0

    def interrupted(self, count: int, size: int) -> None:
        """As if an upload had broken off after ``count`` blocks of ``size`` zeros."""
        digest = hashlib.md5(bytes(size)).digest()
        self.waiting = {b64encode(number.to_bytes(4, "big") + digest).decode(): (size, b"") for number in range(count)}

    @property
    def size(self) -> int:
        return sum(size for size, _ in self.committed)

    def pieces(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes of the blob from ``start`` up to ``stop``."""
        at = 0
        for size, content in self.committed:
            first, last = max(start - at, 0), min(stop - at, size)
            at += size
            while first < last:
                piece = content[first:last] or PIECE[:last - first]
                yield piece
                first += len(piece)


class _Answers(Answering):
    store: BlockStore

    def put(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        size = int(self.headers["Content-Length"])
        if query["comp"] == ["block"]:
            self.store.waiting[query["blockid"][0]] = self._block(size)
            return self.answer(201)
        names = [name.text or "" for name in ElementTree.fromstring(self.rfile.read(size)).iter("Latest")]
        self.store.committed = [self.store.waiting.pop(name) for name in names]
        self.store.md5 = self.headers["x-ms-blob-content-md5"]
        return self.answer(201)

    def _block(self, size: int) -> Block:
        """As it is sent, with the MD5 that it should have."""
        content = self.rfile.read(size)
        assert b64decode(self.headers["Content-MD5"]) == hashlib.md5(content).digest()
        self.store.sent += 1
        return size, content if content != bytes(size) else b""

    def head(self) -> None:
        self.begin(200 if self.store.committed else 404, self.store.size)

    def get(self) -> None:
        span = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if span is None:
            names = "".join(f"<Name>{name}</Name>" for name in self.store.waiting)
            return self.answer(200, f"<BlockList>{names}</BlockList>".encode())
        start, stop = int(span[1]), int(span[2]) + 1
        self.store.parts.append((start, stop))
        self.begin(206, stop - start, {"ETag": '"1"', "x-ms-blob-content-md5": self.store.md5,
                                       "Content-Range": f"bytes {start}-{stop - 1}/{self.store.size}"})
        for piece in self.store.pieces(start, stop):
            self.wfile.write(piece)
        return None


@contextmanager
def serving() -> Iterator[BlockStore]:
    """A store on a free port of loopback."""
    store = BlockStore()
    with served(_Answers, store=store) as store.url:
        yield store
