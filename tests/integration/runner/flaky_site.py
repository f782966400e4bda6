"""A web site that does not behave: it is busy, hangs up, sends too little, or does not end."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HALF = 2


class Site:
    """``files`` by path. ``troubles`` by path are what befalls its next requests, one each, before all goes well."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.troubles: dict[str, list[str]] = {}
        self.headers: dict[str, dict[str, str]] = {}
        self.redirects: dict[str, str] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.url = ""
        self.ended = threading.Event()


class _Answers(BaseHTTPRequestHandler):
    site: Site
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path
        self.site.asked.append((path, self.headers.get("Range")))
        if path in self.site.redirects:
            return self._answer(302, b"", {"Location": self.site.redirects[path]})
        troubles = self.site.troubles.get(path)
        if troubles:
            return self._trouble(troubles.pop(0), self.site.files.get(path, b""))
        if path not in self.site.files:
            return self._answer(404, b"no such file")
        return self._content(self.site.files[path], self.site.headers.get(path, {}))

    def _content(self, content: bytes, headers: dict[str, str]) -> None:
        asked = self.headers.get("Range")
        if asked and self.headers.get("If-Range") == headers.get("ETag"):
            start, _, last = asked.removeprefix("bytes=").partition("-")
            part = content[int(start):int(last) + 1 if last else None]
            span = {"Content-Range": f"bytes {start}-{int(start) + len(part) - 1}/{len(content)}"}
            return self._answer(206, part, {**headers, **span})
        return self._answer(200, content, headers)

    def _trouble(self, trouble: str, content: bytes) -> None:
        if trouble.isdigit():
            return self._answer(int(trouble), b"busy", {"Retry-After": "0"})
        if trouble == "hang up":
            return self._hang_up()
        path = self.path
        if trouble == "damage":
            return self._answer(200, bytes(len(content)), self.site.headers.get(path, {}))
        self.send_response(200)
        for name, value in self.site.headers.get(path, {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:len(content) // HALF])
        self.wfile.flush()
        while trouble == "stall" and not self.site.ended.is_set():
            time.sleep(0.05)
        return self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.close()

    def _answer(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that was closed on purpose."""


@contextmanager
def serving() -> Iterator[Site]:
    """A site on a free port of loopback."""
    site = Site()
    server = _Server(("127.0.0.1", 0), type("Answers", (_Answers,), {"site": site}))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield site
    site.ended.set()
    server.shutdown()
    server.server_close()
    thread.join()
