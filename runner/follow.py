"""Following files that grow, and shipping what they grow by."""

from __future__ import annotations

import hashlib
import logging
import mimetypes
import time
from collections.abc import Callable
from pathlib import Path

from runner.append import BLOCK_BYTES, AppendBlob, pace
from runner.blobs import Blobs
from runner.connections import Slice
from runner.errors import Refused
from runner.files import regular_files

log = logging.getLogger(__name__)
# So many bytes before the end of what was shipped must still be there, or the file has been written anew.
SEAM_BYTES = 64


class Tail:
    """One file and the append blob that follows it."""

    def __init__(self, blobs: Blobs, path: Path, name: str) -> None:
        self._blobs, self._path, self._name = blobs, path, name
        self._start()

    def _start(self) -> None:
        kind = mimetypes.guess_type(self._name)[0] or "application/octet-stream"
        self._blob = AppendBlob(self._blobs, self._name, "text/plain; charset=utf-8" if kind == "text/plain" else kind)
        self._digest = hashlib.sha256()
        self._seam = b""
        self._sent_at = 0.0

    def ship(self) -> None:
        """Append what is due. Raises OSError for the file, Refused, Outage and Fenced for the blob."""
        pending = self._path.stat().st_size - self._blob.position
        interval, enough = pace(self._blob.blocks)
        if pending < 0:
            self._replace()
        elif pending and (pending >= enough or time.monotonic() - self._sent_at >= interval):
            self._grow()

    def finish(self) -> None:
        """Append all there is, and put right a blob whose file was written anew in place."""
        self.drain()
        if self._differs():
            self._replace()
            self.drain()

    def drain(self) -> None:
        """Append all there is; an empty file becomes an empty blob."""
        while self._path.stat().st_size > self._blob.position:
            self._grow()
        if not self._blob.blocks:
            self._blob.create()

    def _grow(self) -> None:
        with self._path.open("rb") as file:
            file.seek(self._blob.position - len(self._seam))
            seam, data = file.read(len(self._seam)), file.read(BLOCK_BYTES)
        if seam != self._seam:
            self._replace()
            return
        if not data:
            return
        shipped = data[:self._blob.append(data)]
        self._digest.update(shipped)
        self._seam = (self._seam + shipped)[-SEAM_BYTES:]
        self._sent_at = time.monotonic()

    def _replace(self) -> None:
        log.info("%s was written anew: its blob starts again", self._name)
        self._start()
        self._blob.create()

    def _differs(self) -> bool:
        if self._path.stat().st_size < self._blob.position:
            return True
        digest = hashlib.sha256()
        for piece in Slice(self._path, 0, self._blob.position).pieces():
            digest.update(piece)
        return digest.digest() != self._digest.digest()


class LogFile:
    """A single file, shipped live."""

    def __init__(self, blobs: Blobs, path: Path, name: str) -> None:
        self._tail = Tail(blobs, path, name)

    def step(self) -> None:
        self._tail.ship()

    def finish(self) -> None:
        self._tail.drain()


class LogFolder:
    """All files of a folder, those that come later included, shipped live."""

    def __init__(self, blobs: Blobs, root: Path, prefix: str) -> None:
        self._blobs, self._root, self._prefix = blobs, root, prefix
        self._tails: dict[str, Tail] = {}

    def step(self) -> None:
        for name, tail in self._found():
            _attempt(name, tail.ship)

    def finish(self) -> None:
        for name, tail in self._found():
            _attempt(name, tail.finish)

    def _found(self) -> list[tuple[str, Tail]]:
        for file in regular_files(self._root, self._prefix):
            if file.trouble is None and file.name not in self._tails:
                self._tails[file.name] = Tail(self._blobs, file.path, file.name)
        return list(self._tails.items())


def _attempt(name: str, ship: Callable[[], None]) -> None:
    try:
        ship()
    except FileNotFoundError:
        pass  # The script has removed it: what was shipped stays.
    except (OSError, Refused) as error:
        log.warning("%s could not be shipped: %s", name, error)
