"""Writing a file of an Azure file share through its URL: made at its full length, then filled range by range."""

from __future__ import annotations

import mimetypes
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from runner.blobs import API_VERSION, expect, md5
from runner.connections import Body, Connections, Response, Slice
from runner.retry import PATIENCE_SECONDS, persist
from runner.upload import digests

RANGE_BYTES = 4 * 1024 * 1024
"""The most that one Put Range takes (learn.microsoft.com/rest/api/storageservices/put-range)."""
AT_ONCE = 4


class ShareUpload:
    """Uploads files to shares; the ranges of a large one several at a time."""

    def __init__(self, connections: Connections, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._connections, self._patience = connections, patience_seconds

    def put(self, url: str, path: Path, renew: Callable[[], str] | None = None,
            headers: Mapping[str, str] | None = None) -> tuple[int, str]:
        """(size, SHA-256) of the file, which is then behind ``url``, made with ``headers``, and has its Content-MD5.

        ``renew`` gives another URL of it when one is no longer accepted. Until the last range has come, readers find
        zeros and a checksum that does not fit. Raises OSError, Refused, Outage.
        """
        target = _Target(self._connections, self._patience, path.name, url, renew)
        size, sha256, checksum = digests(path)
        target.send("", {**(headers or {}), "x-ms-type": "file", "x-ms-content-length": str(size),
                         "x-ms-content-md5": checksum,
                         "x-ms-content-type": mimetypes.guess_type(path.name)[0] or "application/octet-stream"})
        parts = [Slice(path, offset, min(RANGE_BYTES, size - offset)) for offset in range(0, size, RANGE_BYTES)]
        if len(parts) == 1:
            target.write(parts[0])
        elif parts:
            _several(target.write, parts)
        return size, sha256


def _several(write: Callable[[Slice], None], parts: list[Slice]) -> None:
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="range") as pool:
        try:
            list(pool.map(write, parts))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


class _Target:
    """The file behind a URL that may have to be renewed while it is written."""

    def __init__(self, connections: Connections, patience: float, name: str, url: str,
                 renew: Callable[[], str] | None) -> None:
        self._connections, self._patience, self._name = connections, patience, name
        self._url, self._renew = url, renew
        self._lock = threading.Lock()

    def write(self, part: Slice) -> None:
        """Put one range; the service compares its MD5."""
        span = f"bytes={part.offset}-{part.offset + part.length - 1}"
        self.send("&comp=range", {"x-ms-write": "update", "x-ms-range": span, "Content-MD5": md5(part)}, part)

    def send(self, query: str, headers: Mapping[str, str], body: Body = b"") -> None:
        url = self._url
        response = self._persist(url + query, headers, body)
        if response.status == 403 and self._renew:
            response = self._persist(self._renewed(url, self._renew) + query, headers, body)
        expect(201, self._name, response)

    def _persist(self, url: str, headers: Mapping[str, str], body: Body) -> Response:
        sent = {"x-ms-version": API_VERSION, **headers}
        return persist(lambda: self._connections.request("PUT", url, sent, body), self._patience)

    def _renewed(self, refused: str, renew: Callable[[], str]) -> str:
        """Another URL than the one that was refused: asked for once, whoever else needs it."""
        with self._lock:
            if self._url == refused:
                self._url = renew()
            return self._url
