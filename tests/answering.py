"""Small web servers for tests: what each answers is its own, the rest is here."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Answering(BaseHTTPRequestHandler):
    """Answers requests, each by the method of its name with one ``answer``; says nothing."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 20  # Head and body in one packet.

    def do_GET(self) -> None:
        self.get()

    def do_HEAD(self) -> None:
        self.head()

    def do_PUT(self) -> None:
        self.put()

    def get(self) -> None:
        self.answer(501)

    head = put = get

    def answer(self, status: int, content: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        self.begin(status, len(content), headers)
        if self.command != "HEAD":
            self.wfile.write(content)

    def begin(self, status: int, size: int, headers: Mapping[str, str] | None = None) -> None:
        """The head of an answer of ``size`` bytes, which are still to be written."""
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(size)}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that was closed while it waited, or on purpose."""


@contextmanager
def served(handler: type[Answering], **bound: object) -> Iterator[str]:
    """``handler``, with ``bound`` as its attributes, on a free port of loopback; gives the address."""
    server = _Server(("127.0.0.1", 0), type("Bound", (handler,), bound))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
