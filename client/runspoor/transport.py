"""HTTP to a backend: one connection pool, and requests that are repeated until they are answered."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Union

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from runspoor.errors import RunspoorError, Unavailable, Unreachable, from_answer

Json = object
Query = Mapping[str, Union[str, int, None]]

RETRIED = frozenset({429, 502, 503, 504})
PATIENCE_SECONDS = 60.0
LONGEST_WAIT_SECONDS = 10.0
TIMEOUT = httpx.Timeout(30, connect=5)
_jitter = wait_random_exponential(multiplier=0.2, max=LONGEST_WAIT_SECONDS)


class _Again(Exception):
    """Worth another try. ``outcome`` is what the caller sees when there is none."""

    def __init__(self, outcome: RunspoorError, after: float = 0) -> None:
        super().__init__(str(outcome))
        self.outcome = outcome
        self.after = after


class Transport:
    """Requests to the API below ``url``, shown ``key``, and to the URLs it gives out, which get no key."""

    def __init__(self, url: str, key: str | None, *, patience: float = PATIENCE_SECONDS) -> None:
        self.url = url.rstrip("/")
        self._key = key
        self._patience = patience
        self._http = httpx.Client(timeout=TIMEOUT, limits=httpx.Limits(max_keepalive_connections=20))

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, query: Query | None = None) -> httpx.Response:
        """Read from the API."""
        known = {name: value for name, value in (query or {}).items() if value is not None}
        return self._send("GET", f"{self.url}/{path}", headers=self._shown(), params=known)

    def write(self, method: str, path: str, body: Json, key: str | None = None) -> httpx.Response:
        """Write to the API. All tries carry the same Idempotency-Key, so that at most one of them takes effect."""
        headers = {**self._shown(), "Idempotency-Key": key or uuid.uuid4().hex}
        return self._send(method, f"{self.url}/{path}", headers=headers, json=body)

    def upload(self, url: str, data: bytes) -> None:
        """Store a blob at a URL that the API gave out."""
        self._send("PUT", url, headers={"x-ms-blob-type": "BlockBlob"}, content=data)

    @contextmanager
    def download(self, url: str) -> Iterator[Iterator[bytes]]:
        """The bytes behind a URL that the API gave out, in pieces."""
        response = self._send("GET", url, stream=True)
        try:
            yield response.iter_bytes()
        except httpx.TransportError as error:
            raise Unreachable(f"The download broke off ({error}): try again.") from error
        finally:
            response.close()

    def _shown(self) -> dict[str, str]:
        return {"x-functions-key": self._key} if self._key else {}

    def _send(self, method: str, url: str, *, headers: Mapping[str, str] | None = None, params: Query | None = None,
              json: Json = None, content: bytes | None = None, stream: bool = False) -> httpx.Response:
        request = self._http.build_request(method, url, headers=headers, params=params, json=json, content=content)
        tries = Retrying(retry=retry_if_exception_type(_Again), stop=stop_after_delay(self._patience), wait=_wait,
                         reraise=True)
        try:
            return tries(self._once, request, stream)
        except _Again as last:
            raise last.outcome from last.__cause__

    def _once(self, request: httpx.Request, stream: bool) -> httpx.Response:
        try:
            response = self._http.send(request, stream=stream)
            if response.is_success:
                return response
            response.read()
        except httpx.TransportError as error:
            where = f"{request.url.scheme}://{request.url.netloc.decode()}"
            raise _Again(Unreachable(f"{where} does not answer ({type(error).__name__}): is it up?")) from error
        refusal = from_answer(response.status_code, _parsed(response), response.reason_phrase)
        if response.status_code in RETRIED:
            raise _Again(Unavailable(refusal.status, refusal.detail), _asked_to_wait(response))
        raise refusal


def _wait(state: RetryCallState) -> float:
    """Longer from try to try with full jitter, and never less than the backend asked for."""
    error = state.outcome.exception() if state.outcome else None
    return max(_jitter(state), error.after if isinstance(error, _Again) else 0)


def _asked_to_wait(response: httpx.Response) -> float:
    """Seconds of Retry-After; its other form, a date, counts as none."""
    text = response.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else 0.0


def _parsed(response: httpx.Response) -> Json:
    try:
        return response.json()
    except ValueError:
        return None
