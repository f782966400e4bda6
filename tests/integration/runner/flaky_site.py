"""A web site that does not behave: it is busy, hangs up, sends too little, or does not end."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.answering import Answering, served

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


class _Answers(Answering):
    site: Site

    def get(self) -> None:
        path = self.path
        self.site.asked.append((path, self.headers.get("Range")))
        if path in self.site.redirects:
            return self.answer(302, b"", {"Location": self.site.redirects[path]})
        troubles = self.site.troubles.get(path)
        if troubles:
            return self._trouble(troubles.pop(0), self.site.files.get(path, b""))
        if path not in self.site.files:
            return self.answer(404, b"no such file")
        return self._content(self.site.files[path], self.site.headers.get(path, {}))

    def _content(self, content: bytes, headers: dict[str, str]) -> None:
        asked = self.headers.get("Range")
        if asked and self.headers.get("If-Range") == headers.get("ETag"):
            start, _, last = asked.removeprefix("bytes=").partition("-")
            part = content[int(start):int(last) + 1 if last else None]
            span = {"Content-Range": f"bytes {start}-{int(start) + len(part) - 1}/{len(content)}"}
            return self.answer(206, part, {**headers, **span})
        return self.answer(200, content, headers)

    def _trouble(self, trouble: str, content: bytes) -> None:
        if trouble.isdigit():
            return self.answer(int(trouble), b"busy", {"Retry-After": "0"})
        if trouble == "hang up":
            return self._hang_up()
        path = self.path
        if trouble == "damage":
            return self.answer(200, bytes(len(content)), self.site.headers.get(path, {}))
        self.begin(200, len(content), self.site.headers.get(path))
        self.wfile.write(content[:len(content) // HALF])
        self.wfile.flush()
        while trouble == "stall" and not self.site.ended.is_set():
            time.sleep(0.05)
        return self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.close()


@contextmanager
def serving() -> Iterator[Site]:
    """A site on a free port of loopback."""
    site = Site()
    with served(_Answers, site=site) as site.url:
        yield site
        site.ended.set()
