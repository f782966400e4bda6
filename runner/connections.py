"""HTTP over kept-alive connections, shared by all threads."""

from __future__ import annotations

import http.client
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Union
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 60
# Servers close idle connections after 5 s (Node's default) or later: an older one would often fail the next request.
IDLE_SECONDS = 4
SEND_SIZE = 256 * 1024


class Slice:
    """A part of a file as a request body, read when sent: a large block never lies in memory."""

    def __init__(self, path: Path, offset: int, length: int) -> None:
        self.path, self.offset, self.length = path, offset, length

    def __len__(self) -> int:
        return self.length

    def pieces(self, size: int = SEND_SIZE) -> Iterator[bytes]:
        """The bytes; raises OSError when the file has become shorter."""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            left = self.length
            while left:
                piece = file.read(min(size, left))
                if not piece:
                    raise OSError(f"{self.path.name} became shorter while it was read")
                left -= len(piece)
                yield piece


Body = Union[bytes, Slice]


@dataclass(frozen=True)
class Response:
    """``uncertain``: an earlier try of the same request may have taken effect although its answer was lost."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    uncertain: bool = False


class Connections:
    """A pool of connections, by scheme and host."""

    def __init__(self) -> None:
        self._idle: dict[tuple[str, str], list[tuple[float, http.client.HTTPConnection]]] = defaultdict(list)
        self._lock = threading.Lock()

    def request(self, method: str, url: str, headers: Mapping[str, str], body: Body = b"",
                seconds: float | None = None) -> Response:
        """Send once. Raises OSError or http.client.HTTPException when there was no whole answer.

        ``seconds``: so long the server may be silent. None: ``TIMEOUT_SECONDS``.
        """
        with self.open(method, url, headers, body, seconds) as answer:
            return Response(answer.status, answer.headers, answer.read())

    @contextmanager
    def open(self, method: str, url: str, headers: Mapping[str, str],
             body: Body = b"", seconds: float | None = None) -> Iterator[http.client.HTTPResponse]:
        """Send once and give the answer as a stream; the connection is kept when it was read to its end."""
        parts = urlsplit(url)
        key = (parts.scheme, parts.netloc)
        connection = self._take(key)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        content = body.pieces() if isinstance(body, Slice) else body
        try:
            if connection.sock is None:
                connection.connect()
            connection.sock.settimeout(seconds or TIMEOUT_SECONDS)
            connection.request(method, target, content, {**headers, "Content-Length": str(len(body))})
            answer = connection.getresponse()
            yield answer
            reusable = answer.isclosed() and not answer.will_close
        except BaseException:
            connection.close()
            raise
        if reusable:
            with self._lock:
                self._idle[key].append((time.monotonic(), connection))
        else:
            connection.close()

    def close(self) -> None:
        """Close what is idle."""
        with self._lock:
            for waiting in self._idle.values():
                while waiting:
                    waiting.pop()[1].close()

    def _take(self, key: tuple[str, str]) -> http.client.HTTPConnection:
        with self._lock:
            while self._idle[key]:
                since, connection = self._idle[key].pop()
                if time.monotonic() - since < IDLE_SECONDS:
                    return connection
                connection.close()
        scheme, host = key
        if scheme == "https":
            return http.client.HTTPSConnection(host, timeout=TIMEOUT_SECONDS)
        return http.client.HTTPConnection(host, timeout=TIMEOUT_SECONDS)
