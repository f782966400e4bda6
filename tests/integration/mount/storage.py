"""Storage that gives parts of files, and a service that lists them page by page: with whatever may befall both."""

import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, unquote, urlsplit

from tests.answering import Answering, served

Document = dict[str, object]


@dataclass(frozen=True)
class Sparse:
    """So many zero bytes, and ``end``."""

    size: int
    end: bytes

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, part: slice) -> bytes:
        start, stop, _ = part.indices(self.size)
        zeros = self.size - len(self.end)
        return bytes(max(0, min(stop, zeros) - start)) + self.end[max(0, start - zeros):max(0, stop - zeros)]


class Storage:
    """``files`` by path. ``status``: what every request for a file gets instead. ``stalled``: none gets an answer."""

    def __init__(self) -> None:
        self.files: dict[str, bytes | Sparse] = {}
        self.etags: dict[str, str] = {}
        self.url = ""
        self.status = 0
        self.is_gone = False
        self.expired: set[str] = set()
        self.generation = "1"
        self.page_size = 1000
        self.page_seconds = 0.0
        self.knows_ranges = self.knows_sizes = self.knows_conditions = True
        self.stalled = threading.Event()
        self.moving = threading.Event()
        self.asked: list[tuple[str, str]] = []
        self.bytes = self.pages = 0

    def put(self, path: str, content: bytes | Sparse, etag: str = '"1"') -> None:
        self.files[path], self.etags[path] = content, etag

    def page(self, cursor: str | None) -> Document:
        """A page of the files: its URLs are signed by the present generation."""
        self.pages += 1
        first = int(cursor or 0)
        names = list(self.files)[first:first + self.page_size]
        following = first + self.page_size
        value = [{"path": name, "url": f"{self.url}/files/{quote(name, errors='replace')}?generation={self.generation}",
                  "size": len(self.files[name]) if self.knows_sizes else None,
                  "etag": self.etags[name] if self.knows_sizes else None} for name in names]
        return {"value": value, "is_file": False, "next": str(following) if following < len(self.files) else None}

    def described(self, point: object, patience: float = 5) -> Document:
        """What ``python -m runspoor.mount`` is told."""
        return {"mount_point": str(point), "first": self.page(None), "patience_seconds": patience,
                "pages": {"url": f"{self.url}/listing", "key": "secret"}}


class _Answers(Answering):
    storage: Storage

    def head(self) -> None:
        """The size, where sizes are told."""
        content = self.storage.files.get(unquote(urlsplit(self.path).path).removeprefix("/files/"))
        self.begin(501 if content is None or not self.storage.knows_sizes else 200, len(content or b""))

    def get(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/listing":
            time.sleep(self.storage.page_seconds)
            return self.answer(200, json.dumps(self.storage.page(query.get("cursor"))).encode())
        return self._file(unquote(parts.path).removeprefix("/files/"), query.get("generation", ""))

    def _file(self, path: str, generation: str) -> None:
        storage = self.storage
        storage.asked.append((path, self.headers.get("Range", "")))
        if storage.stalled.is_set():
            storage.moving.wait()
        if storage.is_gone:
            self.close_connection = True
            return None
        if storage.status or generation in storage.expired:
            return self.answer(storage.status or 403, b"no")
        condition, etag = self.headers.get("If-Match"), storage.etags.get(path, "")
        if path not in storage.files:
            return self.answer(404, b"none")
        if condition and not storage.knows_conditions:
            return self.answer(400, b"ConditionHeadersNotSupported")
        if condition and condition != etag:
            return self.answer(412, b"changed")
        return self._content(storage.files[path], {"ETag": etag})

    def _content(self, content: bytes | Sparse, headers: dict[str, str]) -> None:
        span = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if span is None or not self.storage.knows_ranges:
            return self.answer(200, content[0:], headers)
        first, last = int(span[1]), min(int(span[2]), len(content) - 1)
        return self.answer(206, content[first:last + 1],
                           {**headers, "Content-Range": f"bytes {first}-{last}/{len(content)}"})

    def answer(self, status: int, content: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        self.storage.bytes += len(content)
        super().answer(status, content, headers)


@contextmanager
def serving() -> Iterator[Storage]:
    """Storage on a free port of loopback."""
    storage = Storage()
    with served(_Answers, storage=storage) as storage.url:
        try:
            yield storage
        finally:
            storage.is_gone = True
            storage.moving.set()
