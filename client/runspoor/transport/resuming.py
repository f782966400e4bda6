"""Downloads that go on where their connection broke."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from typing import Callable

from runspoor.errors import Corrupt
from runspoor.transport.exchange import Broken, Incoming, Request
from runspoor.transport.retries import repeat

__all__ = ["Part", "Resuming"]

Part = tuple[int, int]
"""The first byte of a part of a file, and the one behind its last."""


class Resuming:
    """The bytes behind a URL, whole however often the connection breaks; a try that brings nothing is repeated.

    ``opened`` gives the answer to a request; it raises ``Again`` when there may be one later. ``part``: those bytes
    only, of a server that knows ranges. ``headers`` are those of the newest answer. Iterating raises ``Corrupt`` when
    an answer has another ETag than the first one: shares of Azure Files refuse If-Match, so it is compared here.
    """

    def __init__(self, url: str, opened: Callable[[Request], AbstractContextManager[Incoming]], patience: float,
                 part: Part | None = None) -> None:
        self.headers: Mapping[str, str] = {}
        self._url = url
        self._opened = opened
        self._patience = patience
        self._part = part
        self._connection = ExitStack()
        self._at = 0
        self._tag = ""

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def __iter__(self) -> Iterator[bytes]:
        while True:
            incoming, first = repeat(self._first_piece, self._patience)
            # Who does not know ranges sends everything again.
            known = 0 if incoming.status == 206 else self._at
            try:
                for piece in _with(first, incoming.pieces):
                    fresh, known = piece[known:], max(0, known - len(piece))
                    self._at += len(fresh)
                    yield fresh
            except Broken:
                continue
            return

    def _first_piece(self) -> tuple[Incoming, bytes]:
        self.close()
        incoming = self._connection.enter_context(self._opened(Request("GET", self._url, self._range())))
        self._same(incoming.headers.get("etag", ""))
        self.headers = incoming.headers
        try:
            return incoming, next(incoming.pieces, b"")
        except Broken as error:
            # Into the context: it knows what becomes of a broken answer.
            self._connection.__exit__(type(error), error, error.__traceback__)
            raise

    def _same(self, tag: str) -> None:
        if self._at and self._tag and tag != self._tag:
            raise Corrupt("The file was changed while it was downloaded: download it again.")
        self._tag = tag

    def _range(self) -> dict[str, str]:
        if self._part:
            return {"range": f"bytes={self._part[0] + self._at}-{self._part[1] - 1}"}
        return {"range": f"bytes={self._at}-"} if self._at else {}


def _with(first: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from others
