"""The bytes of a file as Python's file objects, which pyarrow reads from."""

from __future__ import annotations

import codecs
import io
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor

from runspoor.tables.file_bytes import HEAD_BYTES, FileBytes

PART_BYTES = 4 * 1024 * 1024
PARTS_AHEAD = 3
WITHOUT_TRANSLATION = frozenset({"utf8", "utf-8", "utf8bom", "utf-8-sig"})
CODECS = {"iso88591": "latin-1", "windows1252": "cp1252", "utf8bom": "utf-8-sig"}
"""v1's names of encodings that Python does not know."""


class InOrder(io.RawIOBase):
    """From the beginning to the end. What comes next is on its way while this is used, once the head is used up."""

    def __init__(self, content: FileBytes) -> None:
        self._content = content
        self._pool = ThreadPoolExecutor(PARTS_AHEAD)
        self._coming: deque[Future[bytes]] = deque()
        self._asked = 0
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        if not self._rest:
            self._rest = memoryview(self._next_part())
        target = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # typeshed's Buffer is not in 3.9's typing
        count = min(len(target), len(self._rest))
        target[:count], self._rest = self._rest[:count], self._rest[count:]
        return count

    def _next_part(self) -> bytes:
        if not self._asked:
            self._asked = HEAD_BYTES
            return self._content.part(0, HEAD_BYTES)
        while len(self._coming) < PARTS_AHEAD:
            start, self._asked = self._asked, self._asked + PART_BYTES
            self._coming.append(self._pool.submit(self._content.part, start, self._asked))
        return self._coming.popleft().result()

    def close(self) -> None:
        for each in self._coming:
            each.cancel()
        self._pool.shutdown(wait=False)
        super().close()


class Anywhere(io.RawIOBase):
    """Every read is a range of its own, as formats ask for that know where what is."""

    def __init__(self, content: FileBytes) -> None:
        self._content = content
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at}.get(whence)
        self._at = offset + (self._content.size if base is None else base)
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        stop = self._content.size if size is None or size < 0 else self._at + size
        found = self._content.part(self._at, stop)
        self._at += len(found)
        return found


class _AsUtf8(io.RawIOBase):
    """Text of another encoding in UTF-8."""

    def __init__(self, raw: InOrder, encoding: str) -> None:
        self._raw = raw
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._rest = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        target = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # as above
        while not self._rest and not self._ended:
            piece = self._raw.read(PART_BYTES) or b""
            self._ended = not piece
            self._rest = self._decoder.decode(piece, final=self._ended).encode()
        count = min(len(target), len(self._rest))
        target[:count], self._rest = self._rest[:count], self._rest[count:]
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


def text(content: FileBytes, encoding: str) -> io.BufferedReader:
    """The file in UTF-8 without a byte order mark. LookupError for an encoding nobody knows."""
    raw = InOrder(content)
    translated: io.RawIOBase = raw if encoding in WITHOUT_TRANSLATION else _AsUtf8(raw, codec(encoding))
    stream: io.BufferedReader = io.BufferedReader(translated, HEAD_BYTES)
    if stream.peek(3)[:3] == codecs.BOM_UTF8:
        stream.read(3)
    return stream


def codec(encoding: str) -> str:
    """Python's name of an encoding. LookupError when nobody knows it."""
    return codecs.lookup(CODECS.get(encoding, encoding)).name
