"""The transport itself: addresses, credentials, retries and errors over whatever sends a request."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

from runspoor.errors import Corrupt, Unavailable, Unreachable, from_answer
from runspoor.transport.credential import Credential, shown
from runspoor.transport.exchange import Answer, Body, Broken, Exchange, Incoming, Request
from runspoor.transport.protocol import LARGEST_PAGE, Json, Query
from runspoor.transport.resuming import Resuming
from runspoor.transport.retries import RETRIED, RETRIED_OF_STORAGE, Again, asked_to_wait, repeat

__all__ = ["ApiTransport"]

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
        return self._ask("GET", _address(self._url, path, query or {}))

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
        return self._ask(method, _address(self._url, path, {}), headers, content)

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

    def _ask(self, method: str, url: str, headers: Mapping[str, str] | None = None, content: bytes = b"") -> Answer:
        def once() -> Answer:
            # Within the try: a token may have been renewed since the last one.
            request = Request(method, url, {**shown(self._credential), **(headers or {})}, content)
            with self._opened(request, RETRIED) as incoming:
                return incoming.whole()

        return repeat(once, self._patience)

    @contextmanager
    def _opened(self, request: Request, retried: frozenset[int]) -> Iterator[Incoming]:
        """A successful answer. Raises ``Again``, or an error when another try would be useless."""
        try:
            with self._exchange.open(request) as incoming:
                if not 200 <= incoming.status < 300:
                    raise _refused(incoming.whole(), retried)
                yield incoming
        except Broken as error:
            raise _unanswered(request.url, error) from error


def _address(url: str, path: str, query: Query) -> str:
    known = urlencode({name: value for name, value in query.items() if value is not None})
    return f"{url}/{path}?{known}" if known else f"{url}/{path}"


def _refused(answer: Answer, retried: frozenset[int]) -> Exception:
    if answer.status == 412:
        return Corrupt("The file was changed while it was downloaded: download it again.")
    refusal = from_answer(answer.status, _parsed(answer), answer.reason)
    if answer.status in retried:
        return Again(Unavailable(refusal.status, refusal.detail), asked_to_wait(answer.headers))
    return refusal


def _unanswered(url: str, error: Broken) -> Exception:
    parts = urlsplit(url)
    if error.final:
        return Unreachable(f"{parts.scheme}://{parts.netloc} cannot be reached: {error}.")
    return Again(Unreachable(f"{parts.scheme}://{parts.netloc} does not answer ({error}): is it up?"))


def _parsed(answer: Answer) -> Json:
    try:
        return answer.json()
    except ValueError:
        return None
