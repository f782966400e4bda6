"""Requests that follow where the web leads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import quote, urljoin, urlsplit

from runspoor.transport.exchange import Broken, Exchange, Incoming, Request

__all__ = ["Following"]

MOST = 10
REDIRECTS = frozenset({301, 302, 303, 307, 308})
SIGNS = "%/:=&?~#+!$,;'@()*[]"


class Following:
    """An ``Exchange`` over another: an answer that names another address of the web is asked for there."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def close(self) -> None:
        self._exchange.close()

    @contextmanager
    def open(self, request: Request) -> Iterator[Incoming]:
        for _ in range(MOST):
            with self._exchange.open(request) as incoming:
                place = incoming.headers.get("location")
                if incoming.status not in REDIRECTS or not place:
                    yield incoming
                    return
                incoming.whole()
            request = replace(request, url=urljoin(request.url, quote(place, safe=SIGNS)))
            if urlsplit(request.url).scheme not in ("http", "https"):
                raise Broken("it leads to an address that is not one of the web", final=True)
        raise Broken(f"it leads on more than {MOST} times", final=True)
