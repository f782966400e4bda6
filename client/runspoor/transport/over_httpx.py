"""Requests over httpx."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext

import httpx

from runspoor.transport.exchange import CONNECT_SECONDS, IDLE_SECONDS, READ_SECONDS, Body, Incoming, Request, broken
from runspoor.transport.pools import Pools

__all__ = ["HttpxExchange"]

TIMEOUT = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=IDLE_SECONDS)
_pools = Pools(lambda: httpx.Client(timeout=TIMEOUT, limits=LIMITS))


class HttpxExchange:
    """``Exchange`` over httpx: proxies and certificates as the environment says."""

    def __init__(self) -> None:
        self._user = _pools.user()

    def close(self) -> None:
        self._user.close()

    @contextmanager
    def open(self, request: Request) -> Iterator[Incoming]:
        client = self._user.pool()
        with _content(request.body) as content:
            timeout = httpx.Timeout(request.read_seconds, connect=CONNECT_SECONDS) if request.read_seconds else TIMEOUT
            made = client.build_request(request.method, request.url, headers=request.headers, content=content,
                                        timeout=timeout)
            try:
                response = client.send(made, stream=True)
            except httpx.TransportError as error:
                raise broken(error) from error
        try:
            headers = {name.lower(): value for name, value in response.headers.items()}
            yield Incoming(response.status_code, response.reason_phrase, headers, _pieces(response))
        finally:
            response.close()


@contextmanager
def _content(body: Body) -> Iterator[bytes | Iterable[bytes] | None]:
    with nullcontext(body or None) if isinstance(body, bytes) else body.open("rb") as content:
        yield content


def _pieces(response: httpx.Response) -> Iterator[bytes]:
    try:
        yield from response.iter_bytes()
    except httpx.TransportError as error:
        raise broken(error) from error
