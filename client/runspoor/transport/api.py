"""The transport itself: addresses, credentials, retries and errors over whatever sends a request."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any
from urllib.parse import urlencode

from runspoor.transport.asking import opened
from runspoor.transport.credential import Credential, shown
from runspoor.transport.exchange import Answer, Body, Exchange, Incoming, Request
from runspoor.transport.protocol import LARGEST_PAGE, Json, Query
from runspoor.transport.resuming import Resuming
from runspoor.transport.retries import RETRIED, RETRIED_OF_STORAGE, repeat

__all__ = ["ApiTransport"]

SLOW_SECONDS = 240.0
"""Of a request for which the backend lists all files of a dataset: of a million that takes minutes, and Azure gives no
function longer than 230 s to answer."""
BLOB = {"x-ms-blob-type": "BlockBlob", "content-type": "application/octet-stream"}


class ApiTransport:
    """``Transport`` over an ``Exchange``."""

    def __init__(self, url: str, credential: Credential, exchange: Exchange, patience: float) -> None:
        self._url = url.rstrip("/")
        self._credential = credential
        self._exchange = exchange
        self._patience = patience

    @property
    def url(self) -> str:
        return self._url

    def close(self) -> None:
        self._exchange.close()

    def get(self, path: str, query: Query | None = None) -> Answer:
        slow = (query or {}).get("check") == "true"
        return self._ask("GET", _address(self._url, path, query or {}), read_seconds=SLOW_SECONDS if slow else None)

    def pages(self, path: str, query: Query | None = None, *, cursor: str = "cursor",
              start: str | None = None) -> Iterator[Any]:
        while True:
            page = self.get(path, {"limit": LARGEST_PAGE, cursor: start, **(query or {})}).json()
            yield from page["value"]
            start = page["next"]
            if start is None:
                return

    def write(self, method: str, path: str, body: Json = None, key: str | None = None) -> Answer:
        headers = {"idempotency-key": key or uuid.uuid4().hex}
        if body is None:
            return self._ask(method, _address(self._url, path, {}), headers)
        content = json.dumps(body, allow_nan=False, separators=(",", ":")).encode()
        headers["content-type"] = "application/json"
        slow = (method, path) == ("POST", "datasets")
        return self._ask(method, _address(self._url, path, {}), headers, content, SLOW_SECONDS if slow else None)

    def upload(self, url: str, data: Body) -> None:
        def once() -> None:
            with self._opened(Request("PUT", url, BLOB, data), RETRIED_OF_STORAGE) as incoming:
                incoming.whole()  # A connection is kept only when its answer was read to the end.

        repeat(once, self._patience)

    @contextmanager
    def download(self, url: str) -> Iterator[Iterator[bytes]]:
        resuming = Resuming(url, lambda request: self._opened(request, RETRIED_OF_STORAGE), self._patience)
        with closing(resuming):
            yield iter(resuming)

    def _ask(self, method: str, url: str, headers: Mapping[str, str] | None = None, content: bytes = b"",
             read_seconds: float | None = None) -> Answer:
        def once() -> Answer:
            # Within the try: a token may have been renewed since the last one.
            request = Request(method, url, {**shown(self._credential), **(headers or {})}, content, read_seconds)
            with self._opened(request, RETRIED) as incoming:
                return incoming.whole()

        return repeat(once, self._patience)

    def _opened(self, request: Request, retried: frozenset[int]) -> AbstractContextManager[Incoming]:
        return opened(self._exchange, request, retried)


def _address(url: str, path: str, query: Query) -> str:
    known = urlencode({name: value for name, value in query.items() if value is not None})
    return f"{url}/{path}?{known}" if known else f"{url}/{path}"
