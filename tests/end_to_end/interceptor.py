"""A proxy between the Functions host and the services, that holds, repeats or loses what a test points at.

It stands in front of Cosmos, Batch and the queue: the host is given the proxy's addresses in its settings, and needs to
know nothing. Signatures of requests cover the path and not the host, so they stay good.
"""

import asyncio
import re
import socket
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Self

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.azurite import ACCOUNT_KEY, ACCOUNT_NAME
from local.cosmos.auth import EMULATOR_KEY
from local.serve import LOOPBACK
from local.state import State

Service = Literal["cosmos", "batch", "queue"]
SERVICES: tuple[Service, ...] = ("cosmos", "batch", "queue")
Act = Literal["hold before", "hold after", "twice"]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "MERGE"]
CONNECTION = {"connection", "transfer-encoding", "keep-alive", "content-encoding"}
"""Headers of a connection and not of what is said over it; httpx has decoded the content."""
IDLE_SECONDS = 2


@dataclass
class Trap:
    """Waits for requests to ``service`` whose method, path and body match, and does ``act`` to the first ``times``.

    ``hold before``: the service never sees it unless the trap is released. ``hold after``: the service has done it, and
    the caller does not learn so. ``twice``: the service gets it twice; the caller gets the second answer.
    """

    service: Service
    method: str
    path: str
    contains: tuple[str, ...] = ()
    act: Act = "hold before"
    times: int = 1
    caught: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)
    dropped: threading.Event = field(default_factory=threading.Event)

    def wait(self, seconds: float = 20) -> None:
        """Wait until a request has been caught (and, with ``hold after``, applied)."""
        assert self.caught.wait(seconds), f"not within {seconds} s: {self.method} {self.path} {self.contains}"

    def matches(self, service: Service, request: Request, body: bytes) -> bool:
        return (
            self.times > 0 and service == self.service and request.method == self.method
            and re.search(self.path, request.url.path) is not None
            and all(text.encode() in body for text in self.contains)
        )


class Interceptor:
    """Three proxies on loopback, from construction until ``stop``."""

    def __init__(self, state: State) -> None:
        self._traps: list[Trap] = []
        self._sockets: dict[Service, socket.socket] = {name: socket.create_server((LOOPBACK, 0)) for name in SERVICES}
        self.urls = {name: f"http://{LOOPBACK}:{s.getsockname()[1]}" for name, s in self._sockets.items()}
        self._servers = [self._server(name, f"http://{LOOPBACK}:{state.ports[name]}") for name in SERVICES]
        self._blob_endpoint = f"http://{LOOPBACK}:{state.ports['blob']}/{ACCOUNT_NAME}"
        self._file_endpoint = f"http://{LOOPBACK}:{state.ports['files']}/{ACCOUNT_NAME}"
        self._threads = [
            threading.Thread(target=server.run, args=([self._sockets[name]],), daemon=True)
            for name, server in zip(SERVICES, self._servers, strict=True)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def settings(self) -> Mapping[str, str]:
        """The settings of a host that is to go through here."""
        storage = (f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT_NAME};AccountKey={ACCOUNT_KEY};"
                   f"BlobEndpoint={self._blob_endpoint};QueueEndpoint={self.urls['queue']}/{ACCOUNT_NAME};"
                   f"FileEndpoint={self._file_endpoint};")
        return {
            "RunspoorCosmos": f"AccountEndpoint={self.urls['cosmos']}/;AccountKey={EMULATOR_KEY}",
            "RunspoorStorage": storage,
            "RUNSPOOR_BATCH_ENDPOINT": self.urls["batch"],
        }

    def trap(self, service: Service, method: str, path: str, *contains: str, act: Act = "hold before",
             times: int = 1) -> Trap:
        """Set a trap."""
        trap = Trap(service, method, path, contains, act, times)
        self._traps.append(trap)
        return trap

    def clear(self) -> None:
        """Take all traps away; what they hold is dropped."""
        for trap in self._traps:
            trap.times = 0
            trap.dropped.set()
        self._traps.clear()

    def stop(self) -> None:
        self.clear()
        for server in self._servers:
            server.should_exit = True
        for thread in self._threads:
            thread.join(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.stop()

    def _server(self, service: Service, target: str) -> uvicorn.Server:
        client = httpx.AsyncClient(base_url=target, timeout=60, limits=httpx.Limits(
            max_connections=200, keepalive_expiry=IDLE_SECONDS))

        async def pass_on(request: Request) -> Response:
            body = await request.body()
            trap = next((each for each in self._traps if each.matches(service, request, body)), None)
            if trap:
                trap.times -= 1
            if trap and trap.act == "hold before":
                trap.caught.set()
                return await _held(trap, request) or await _forward(client, request, body)
            answer = await _forward(client, request, body)
            if trap and trap.act == "twice":
                answer = await _forward(client, request, body)
            if trap:
                trap.caught.set()
            if trap and trap.act == "hold after":
                return await _held(trap, request) or answer
            return answer

        @asynccontextmanager
        async def closing(_: Starlette) -> AsyncIterator[None]:
            async with client:
                yield

        app = Starlette(routes=[Route("/{path:path}", pass_on, methods=METHODS)], lifespan=closing)
        return uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False, timeout_keep_alive=75,
                                             ws="none", loop="asyncio", timeout_graceful_shutdown=1))


async def _held(trap: Trap, request: Request) -> Response | None:
    """Wait for the trap to open; an answer when it was dropped or the caller has gone."""
    while not trap.opened.is_set():
        if trap.dropped.is_set() or await request.is_disconnected():
            return Response(status_code=503)
        await asyncio.sleep(0.02)
    return None


async def _forward(client: httpx.AsyncClient, request: Request, body: bytes) -> Response:
    """The service's answer as it is; 503 when it cannot be reached. The Host header stays the proxy's."""
    path = request.scope["raw_path"] + (b"?" + request.scope["query_string"] if request.scope["query_string"] else b"")
    headers = [(name, value) for name, value in request.headers.raw if name.decode() not in CONNECTION]
    url = client.base_url.copy_with(raw_path=path)
    try:
        answer = await client.send(client.build_request(request.method, url, headers=headers, content=body))
    except httpx.TransportError:
        return Response(status_code=503)
    kept = {name: value for name, value in answer.headers.items() if name not in CONNECTION}
    return Response(answer.content, answer.status_code, headers=kept)
