"""A web server of files that knows ranges and ETags, and counts what it sends."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FileSite:
    """``files`` by path below ``url``. ``ranges``: whether parts may be asked for. ``refused`` by path: a status."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.refused: dict[str, int] = {}
        self.ranges = True
        self.sent = 0
        self.asked: list[str] = []
        self.url = ""

    def put(self, path: str, content: bytes | str) -> str:
        """Serve ``content``; its address."""
        self.files[f"/{path}"] = content.encode() if isinstance(content, str) else content
        return f"{self.url}/{path}"

    def etag(self, path: str) -> str:
        return f'"{hashlib.sha256(self.files[path]).hexdigest()[:16]}"'


class _Answers(BaseHTTPRequestHandler):
    site: FileSite
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path, site = self.path.partition("?")[0], self.site
        site.asked.append(self.path)
        if status := site.refused.get(self.path, site.refused.get(path)) or (0 if path in site.files else 404):
            return self._answer(status, b"", {})
        content, headers = site.files[path], {"ETag": site.etag(path)}
        span = self.headers.get("Range")
        if not span or not site.ranges:
            return self._answer(200, content, headers)
        start, _, last = span.removeprefix("bytes=").partition("-")
        part = content[int(start):int(last) + 1 if last else None]
        if not part:
            return self._answer(416, b"", {"Content-Range": f"bytes */{len(content)}"})
        at = f"bytes {start}-{int(start) + len(part) - 1}/{len(content)}"
        return self._answer(206, part, {**headers, "Content-Range": at})

    def _answer(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.site.sent += len(content)
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A reader that has enough hangs up."""


@contextmanager
def file_site() -> Iterator[FileSite]:
    """A site on a free port of loopback."""
    site = FileSite()
    server = _Server(("127.0.0.1", 0), type("Answers", (_Answers,), {"site": site}))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
