"""Requests to the URLs of files, which carry their own permission."""

from __future__ import annotations

from collections.abc import Mapping

from runspoor.transport.asking import opened
from runspoor.transport.exchange import Answer, Body, Exchange, Request
from runspoor.transport.over_stdlib import StandardExchange
from runspoor.transport.redirects import Following
from runspoor.transport.resuming import Part, Resuming
from runspoor.transport.retries import PATIENCE_SECONDS, RETRIED_OF_STORAGE, repeat

__all__ = ["Storage"]


class Storage:
    """Each request is tried again while that may help, for ``patience`` seconds; safe to use from many threads.

    Over the standard library: it hands over bytes as they are stored, and costs a third of httpx's time per request.
    """

    def __init__(self, patience: float = PATIENCE_SECONDS, exchange: Exchange | None = None) -> None:
        self._exchange = exchange or Following(StandardExchange())
        self._patience = patience

    def send(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: Body = b"") -> Answer:
        """The whole answer to a request. Raises one of ``runspoor.errors``: Forbidden, NotFound, Conflict..."""
        request = Request(method, url, headers or {}, body)

        def once() -> Answer:
            with opened(self._exchange, request, RETRIED_OF_STORAGE) as incoming:
                return incoming.whole()

        return repeat(once, self._patience)

    def read(self, url: str, part: Part | None = None) -> Resuming:
        """The file's bytes, or a part of them; to be closed."""
        return Resuming(url, lambda request: opened(self._exchange, request, RETRIED_OF_STORAGE), self._patience, part)

    def close(self) -> None:
        """Let go of the connections."""
        self._exchange.close()
