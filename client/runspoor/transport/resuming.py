"""Downloads that go on where their connection broke."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import Callable

from runspoor.transport.exchange import Broken, Incoming, Request
from runspoor.transport.retries import repeat

__all__ = ["Resuming"]


class Resuming:
    """The bytes behind a URL, whole however often the connection breaks; a try that brings nothing is repeated.

    ``opened`` gives the answer to a request; it raises ``Again`` when there may be one later.
    """

    def __init__(self, url: str, opened: Callable[[Request], AbstractContextManager[Incoming]],
                 patience: float) -> None:
        self._url = url
        self._opened = opened
        self._patience = patience
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
        incoming = self._connection.enter_context(self._opened(Request("GET", self._url, self._rest())))
        self._tag = incoming.headers.get("etag", "")
        try:
            return incoming, next(incoming.pieces, b"")
        except Broken as error:
            # Into the context: it knows what becomes of a broken answer.
            self._connection.__exit__(type(error), error, error.__traceback__)
            raise

    def _rest(self) -> dict[str, str]:
        if not self._at:
            return {}
        return {"range": f"bytes={self._at}-", **({"if-match": self._tag} if self._tag else {})}


def _with(first: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from others
