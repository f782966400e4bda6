"""Requests over the standard library: for scripts in runs, whose environment need not have an HTTP client."""

from __future__ import annotations

import http.client
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from socket import socket
from typing import cast

from runspoor.transport import exchange
from runspoor.transport.exchange import Broken, Incoming, Request, broken
from runspoor.transport.pools import Pools
from runspoor.transport.route import Route, route_to

__all__ = ["StandardExchange"]

TROUBLE = (OSError, http.client.HTTPException)


class Connections:
    """Idle connections, by where they lead."""

    def __init__(self) -> None:
        self._idle: dict[Route, list[tuple[float, http.client.HTTPConnection]]] = defaultdict(list)
        self._lock = threading.Lock()

    def take(self, route: Route) -> http.client.HTTPConnection:
        """A connection for one request."""
        with self._lock:
            while self._idle[route]:
                since, connection = self._idle[route].pop()
                if time.monotonic() - since < exchange.IDLE_SECONDS:
                    return connection
                connection.close()
        return route.connection(exchange.CONNECT_SECONDS)

    def give_back(self, route: Route, connection: http.client.HTTPConnection) -> None:
        """Keep a connection whose answer was read to its end."""
        with self._lock:
            self._idle[route].append((time.monotonic(), connection))

    def close(self) -> None:
        with self._lock:
            for _, connection in (each for idle in self._idle.values() for each in idle):
                connection.close()
            self._idle.clear()


_pools = Pools(Connections)


class StandardExchange:
    """``Exchange`` over ``http.client``: proxies and certificates as the environment says."""

    def __init__(self) -> None:
        self._user = _pools.user()

    def close(self) -> None:
        self._user.close()

    @contextmanager
    def open(self, request: Request) -> Iterator[Incoming]:
        route, target = route_to(request.url)
        connections = self._user.pool()
        connection = connections.take(route)
        reusable = False
        try:
            answer = _answer(connection, request, target, route)
            headers = {name.lower(): value for name, value in answer.getheaders()}
            yield Incoming(answer.status, answer.reason, headers, _pieces(answer))
            reusable = answer.isclosed() and not answer.will_close
        finally:
            if reusable:
                connections.give_back(route, connection)
            else:
                connection.close()


def _answer(connection: http.client.HTTPConnection, request: Request, target: str,
            route: Route) -> http.client.HTTPResponse:
    try:
        if connection.sock is None:
            connection.connect()
        cast(socket, connection.sock).settimeout(request.read_seconds or exchange.READ_SECONDS)
        # A server that refuses a body before all of it came says why, and closes.
        with suppress(BrokenPipeError, ConnectionResetError):
            _send(connection, request, target, route)
        return connection.getresponse()
    except TROUBLE as error:
        raise broken(error) from error


def _send(connection: http.client.HTTPConnection, request: Request, target: str, route: Route) -> None:
    body = request.body
    size = len(body) if isinstance(body, bytes) else body.stat().st_size
    length = {"content-length": str(size)} if size or request.method != "GET" else {}
    with nullcontext(body) if isinstance(body, bytes) else body.open("rb") as content:
        connection.request(request.method, target, content or None, {**request.headers, **route.headers, **length})


def _pieces(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    try:
        while piece := answer.read(exchange.PIECE_BYTES):
            yield piece
    except TROUBLE as error:
        raise broken(error) from error
    if answer.length:
        raise Broken("the answer ended too early")
