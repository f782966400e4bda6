"""The way from a caller to a system, on which things go wrong: to the API, and to the blobs whose URLs it gives out.

What the API answers has this side's address of the storage in place of its own, so a caller who was told this side's
address stays on it. Nodes are told the system's own address, and are left in peace.
"""

import http.client
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

from local.serve import LOOPBACK
from local.system import System

Act = Literal["pass", "too many", "unavailable", "drop request", "lose answer", "cut answer", "late answer", "damage"]
"""``drop request``: the server gets half of the body, then the connection breaks, on both sides. ``lose answer``: the
server has done it, the caller does not learn so. ``cut answer``: half of the body arrives. ``late answer``: after
``LATE_SECONDS``. ``damage``: a byte of what is sent, and read, becomes another one. ``too many`` and
``unavailable``: the server never sees it."""
Plan = Callable[[str, str], Act]
"""What becomes of a request, by its method and path (without its query). Called for one request at a time."""
BUSY: Mapping[Act, int] = {"too many": 429, "unavailable": 503}
RETRY_AFTER_SECONDS = 1
LATE_SECONDS = 1.5
BLOBS = "^/devstoreaccount1/"
"""The paths of blobs."""
CONNECTION = {"connection", "keep-alive", "transfer-encoding", "accept-encoding"}
"""Headers of a connection; and content stays readable, for the addresses in it."""


def all_pass(method: str, path: str) -> Act:
    return "pass"


def once_each(act: Act, method: str = "", path: str = "") -> Plan:
    """For the first request to each address (and method) that fits."""
    met: set[tuple[str, str]] = set()

    def plan(asked: str, address: str) -> Act:
        if (asked, address) in met or not _fits(method, asked, path, address):
            return "pass"
        met.add((asked, address))
        return act

    return plan


def every(number: int, act: Act, method: str = "", path: str = "") -> Plan:
    """For every second (third, ...) request that fits, beginning with the first."""
    count = 0

    def plan(asked: str, address: str) -> Act:
        nonlocal count
        count += _fits(method, asked, path, address)
        return act if _fits(method, asked, path, address) and count % number == 1 else "pass"

    return plan


def for_seconds(seconds: float, act: Act) -> Plan:
    """For all requests, for so long after the first one."""
    since: list[float] = []

    def plan(asked: str, address: str) -> Act:
        since.append(time.monotonic())
        return act if since[-1] - since[0] < seconds else "pass"

    return plan


def at_random(seed: int, share: float) -> Plan:
    """For that share of all requests, any act."""
    chance = random.Random(seed)
    acts: tuple[Act, ...] = ("unavailable", "drop request", "lose answer", "cut answer", "late answer")
    return lambda asked, address: chance.choice(acts) if chance.random() < share else "pass"


def together(*plans: Plan) -> Plan:
    """The first that wants something."""
    def plan(asked: str, address: str) -> Act:
        return next((act for each in plans if (act := each(asked, address)) != "pass"), "pass")

    return plan


def _fits(method: str, asked: str, path: str, address: str) -> bool:
    return bool(re.fullmatch(method or ".*", asked) and re.search(path, address))


@dataclass(frozen=True)
class Seen:
    """A request, when it came (monotonic), and what became of it."""

    method: str
    path: str
    at: float
    act: Act


@dataclass(frozen=True)
class Given:
    """A whole answer."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class BadNetwork:
    """Two proxies on loopback. ``plan`` says what goes wrong; ``seen`` has every request."""

    def __init__(self, system: System) -> None:
        self.plan: Plan = all_pass
        self.seen: list[Seen] = []
        self._lock = threading.Lock()
        ports = system.state.ports
        blob = _server(self, ports["blob"], {})
        near = f"http://{LOOPBACK}:{blob.server_port}/".encode()
        api = _server(self, ports["api"], {f"http://{LOOPBACK}:{ports['blob']}/".encode(): near})
        self.servers = (blob, api)
        self.url = f"http://{LOOPBACK}:{api.server_port}/api"

    def decide(self, method: str, path: str) -> Act:
        with self._lock:
            act = self.plan(method, path)
            self.seen.append(Seen(method, path, time.monotonic(), act))
        return act

    def count(self, act: Act, method: str = "", path: str = "") -> int:
        """How often something has gone wrong."""
        return sum(each.act == act and _fits(method, each.method, path, each.path) for each in list(self.seen))


def _server(network: BadNetwork, port: int, nearer: Mapping[bytes, bytes]) -> "_Server":
    return _Server((LOOPBACK, 0), type("Network", (_PassesOn,), {"network": network, "port": port, "nearer": nearer}))


class _PassesOn(BaseHTTPRequestHandler):
    """Passes requests on to ``port``, as ``network`` decides; in answers ``nearer`` addresses take the place of far."""

    network: BadNetwork
    port: int
    nearer: Mapping[bytes, bytes]
    protocol_version = "HTTP/1.1"
    timeout = 30

    def pass_on(self) -> None:
        act = self.network.decide(self.command, self.path.partition("?")[0])
        size = int(self.headers.get("content-length", 0))
        body = self.rfile.read(size // 2 if act == "drop request" else size)
        if act in BUSY:
            return self.give(Given(BUSY[act], [("Retry-After", str(RETRY_AFTER_SECONDS))], b""))
        answer = self.forward(_damaged(body) if act == "damage" else body, whole=act != "drop request")
        time.sleep(LATE_SECONDS if act == "late answer" else 0)
        if answer is None or act == "lose answer":
            self.close_connection = True
        else:
            if act == "damage" and self.command == "GET":
                answer = replace(answer, body=_damaged(answer.body))
            self.give(answer, cut=act == "cut answer")
        return None

    def forward(self, body: bytes, whole: bool) -> Given | None:
        """None when there is no answer."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=60)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in _kept(self.headers.items()):
                connection.putheader(name, value)
            connection.endheaders(body)
            if not whole:
                return None
            answer = connection.getresponse()
            return Given(answer.status, answer.getheaders(), answer.read())
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def give(self, answer: Given, cut: bool = False) -> None:
        body = answer.body
        for far, near in self.nearer.items():
            body = body.replace(far, near)
        self.send_response_only(answer.status)
        for name, value in _kept(answer.headers):
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:len(body) // 2] if cut else body)
        self.close_connection = self.close_connection or cut

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = pass_on  # noqa: N815 - as http.server looks for them

    def log_message(self, format: str, *values: object) -> None:
        """Stay silent."""


def _damaged(body: bytes) -> bytes:
    """The byte in the middle is another one."""
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1:] if body else body


def _kept(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name.lower() not in CONNECTION]


class _Server(ThreadingHTTPServer):
    request_queue_size = 100
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """The caller has gone: some are killed."""


@contextmanager
def bad_network(system: System) -> Iterator[BadNetwork]:
    """One that works, until it is given a plan."""
    network = BadNetwork(system)
    threads = [threading.Thread(target=server.serve_forever, args=(0.02,)) for server in network.servers]
    for thread in threads:
        thread.start()
    yield network
    for server, thread in zip(network.servers, threads, strict=True):
        server.shutdown()
        thread.join()
        server.server_close()
