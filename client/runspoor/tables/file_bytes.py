"""The bytes of one file of a table, by parts: over ranges where the server knows them, else as they come."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Callable

from runspoor.errors import Conflict, Corrupt, Forbidden, NotFound, RunspoorError, ServiceError
from runspoor.sdk.dataset_errors import DatasetExecutionError
from runspoor.transport import Storage
from runspoor.transport.resuming import Resuming

HEAD_BYTES = 256 * 1024
"""Of the first request for a file: enough for the first rows of most."""
EMPTY = 416
"""How a server answers a range of a file without bytes."""


@dataclass(frozen=True)
class TableFile:
    """A file: its ``path`` below the dataset's folder, and where it is read.

    ``etag``: what it has to have, of a pinned file. ``renewed`` gives a URL whose permission is new. ``place`` is where
    it lies, as the column ``Path`` and messages have it.
    """

    path: str
    url: str
    place: str
    etag: str | None = None
    renewed: Callable[[], str] | None = field(default=None, compare=False)


class FileBytes:
    """Safe to use from many threads. Every method raises DatasetExecutionError when the bytes cannot be had."""

    def __init__(self, storage: Storage, file: TableFile) -> None:
        self.file = file
        self._storage = storage
        self._url = file.url
        self._etag = _plain(file.etag)
        self._size: int | None = None
        self._head = b""
        self._whole: _Arriving | None = None
        self._began = False
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """All bytes of the file, counted."""
        self._begin()
        if self._size is None:
            assert self._whole
            with self._lock, _told(self.file):
                self._size = self._whole.to_the_end()
        return self._size

    def part(self, start: int, stop: int) -> bytes:
        """The bytes from ``start`` up to ``stop``; fewer where the file ends."""
        self._begin()
        if self._whole:
            with self._lock, _told(self.file):
                return self._whole.part(start, stop)
        stop = min(stop, self.size)
        if stop <= len(self._head):
            return self._head[start:stop]
        if start < len(self._head):
            return self._head[start:] + self.part(len(self._head), stop)
        return self._asked(start, stop) if start < stop else b""

    def begun(self) -> FileBytes:
        """Itself, with its first bytes at hand: those of many files are asked for at once."""
        self._begin()
        return self

    def close(self) -> None:
        """Let go of what is held; what is asked for afterwards is read again."""
        with self._lock:
            if self._whole:
                self._whole.close()
            self._whole, self._head, self._size, self._began = None, b"", None, False

    def _begin(self) -> None:
        with self._lock:
            if not self._began:
                with _told(self.file):
                    self._read_head()
                self._began = True

    def _read_head(self) -> None:
        try:
            reading, pieces, first = self._opened((0, HEAD_BYTES))
        except ServiceError as error:
            if error.status != EMPTY:
                raise
            self._size = 0
            return
        total = reading.headers.get("content-range", "").rpartition("/")[2]
        if total.isdigit():
            self._size, self._head = int(total), first + b"".join(pieces)
            reading.close()
        elif total:  # A server that does not say how long the file is.
            reading.close()
            self._whole = _Arriving(*self._opened(None))
        else:
            self._whole = _Arriving(reading, pieces, first)

    def _opened(self, part: tuple[int, int] | None) -> tuple[Resuming, Iterator[bytes], bytes]:
        reading = self._storage.read(self._url, part)
        pieces = iter(reading)
        try:
            first = next(pieces, b"")
        except Forbidden:
            if self.file.renewed is None:
                raise
            self._url = self.file.renewed()
            reading = self._storage.read(self._url, part)
            pieces = iter(reading)
            first = next(pieces, b"")
        self._same(_plain(reading.headers.get("etag")))
        return reading, pieces, first

    def _asked(self, start: int, stop: int) -> bytes:
        with _told(self.file):
            reading, pieces, first = self._opened((start, stop))
            found = first + b"".join(pieces)
            reading.close()
        if len(found) != stop - start:
            raise Corrupt(f"a part of {stop - start:,} bytes came with {len(found):,}")
        return found

    def _same(self, etag: str) -> None:
        if self._etag and etag and etag != self._etag:
            raise Corrupt("changed")
        self._etag = self._etag or etag


class _Arriving:
    """A file from a server without ranges: kept on disk as far as it was needed."""

    def __init__(self, reading: Resuming, pieces: Iterator[bytes], first: bytes) -> None:
        self._reading, self._pieces = reading, pieces
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  # close() does it.
        self._size = self._file.write(first)

    def part(self, start: int, stop: int) -> bytes:
        while self._size < stop and self._more():
            pass
        self._file.seek(start)
        return self._file.read(max(0, stop - start))

    def to_the_end(self) -> int:
        while self._more():
            pass
        return self._size

    def close(self) -> None:
        self._reading.close()
        self._file.close()

    def _more(self) -> bool:
        piece = next(self._pieces, b"")
        self._file.seek(self._size)
        self._size += self._file.write(piece)
        return bool(piece)


def _plain(etag: str | None) -> str:
    return (etag or "").removeprefix("W/").strip('"')


@contextmanager
def _told(file: TableFile) -> Iterator[None]:
    """In one sentence, which file cannot be had and why."""
    try:
        yield
    except NotFound as error:
        raise DatasetExecutionError(f"There is no file at {file.place}.", error) from error
    except (Conflict, Corrupt) as error:
        since = "since the dataset was registered" if file.etag else "while it was read"
        raise DatasetExecutionError(f"{file.place} has changed {since}: register a new version of the dataset.",
                                    error) from error
    except ServiceError as error:
        raise DatasetExecutionError(f"{file.place} cannot be read: the server answered HTTP {error.status}.",
                                    error) from error
    except RunspoorError as error:
        raise DatasetExecutionError(f"{file.place} cannot be read: {error}", error) from error
