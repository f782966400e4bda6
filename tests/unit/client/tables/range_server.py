"""A web server of files that knows ranges and ETags, and counts what it sends."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from tests.answering import Answering, served


@dataclass(frozen=True)
class Repeated:
    """``head``, and the same ``row`` so many ``times``: as large as is asked for, in no memory."""

    head: bytes
    row: bytes
    times: int

    def __len__(self) -> int:
        return len(self.head) + len(self.row) * self.times

    def __getitem__(self, part: slice) -> bytes:
        start, stop, _ = part.indices(len(self))
        begin = self.head[start:stop]
        first, last = max(0, start - len(self.head)), max(0, stop - len(self.head))
        skip = first % len(self.row)
        rows = self.row * -(-(skip + last - first) // len(self.row))
        return begin + rows[skip:skip + last - first]


class FileSite:
    """``files`` by path below ``url``. ``ranges``: whether parts may be asked for. ``refused`` by path: a status."""

    def __init__(self) -> None:
        self.files: dict[str, bytes | Repeated] = {}
        self.refused: dict[str, int] = {}
        self.ranges = True
        self.sent = 0
        self.asked: list[str] = []
        self.url = ""

    def put(self, path: str, content: bytes | str | Repeated) -> str:
        """Serve ``content``; its address."""
        self.files[f"/{path}"] = content.encode() if isinstance(content, str) else content
        return f"{self.url}/{path}"

    def etag(self, path: str) -> str:
        content = self.files[path]
        return f'"{hashlib.sha256(content if isinstance(content, bytes) else content.row).hexdigest()[:16]}"'


class _Answers(Answering):
    site: FileSite

    def get(self) -> None:
        path, site = self.path.partition("?")[0], self.site
        site.asked.append(self.path)
        if status := site.refused.get(self.path, site.refused.get(path)) or (0 if path in site.files else 404):
            return self.answer(status, b"", {})
        content, headers = site.files[path], {"ETag": site.etag(path)}
        span = self.headers.get("Range")
        if not span or not site.ranges:
            return self.answer(200, content[0:], headers)
        start, _, last = span.removeprefix("bytes=").partition("-")
        part = content[int(start):int(last) + 1 if last else None]
        if not part:
            return self.answer(416, b"", {"Content-Range": f"bytes */{len(content)}"})
        at = f"bytes {start}-{int(start) + len(part) - 1}/{len(content)}"
        return self.answer(206, part, {**headers, "Content-Range": at})

    def answer(self, status: int, content: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        self.site.sent += len(content)
        super().answer(status, content, headers)


@contextmanager
def file_site() -> Iterator[FileSite]:
    """A site on a free port of loopback."""
    site = FileSite()
    with served(_Answers, site=site) as site.url:
        yield site
