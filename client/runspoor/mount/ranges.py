"""Reading parts of files over HTTP, through whatever may happen on the way."""

from __future__ import annotations

import errno
import os
import re
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Callable

from runspoor.errors import RunspoorError, Unavailable, Unreachable, from_answer
from runspoor.mount.listing import Listing, NotListed, say
from runspoor.mount.tree import File
from runspoor.transport.exchange import Broken, Exchange, Incoming, Request
from runspoor.transport.retries import RETRIED_OF_STORAGE, Again, asked_to_wait, repeat

RENEWALS = 3
HEADERS = {"user-agent": "runspoor", "accept-encoding": "identity"}  # Some sites refuse who does not name itself.
CHANGED = "it is not what it was when its dataset was registered, or when it was first read"
_SPAN = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


class Unreadable(OSError):
    """A file cannot be read; the reason is in the log."""

    def __init__(self) -> None:
        super().__init__(errno.EIO, os.strerror(errno.EIO))


class _No(Exception):
    """A definite no; the text is a clause that says why. ``expired``: another URL may do."""

    def __init__(self, why: str, expired: bool = False) -> None:
        super().__init__(why)
        self.expired = expired


class Ranges:
    """Reads ranges of files. Each request is tried again for ``patience`` seconds. Counts what came."""

    def __init__(self, listing: Listing, exchange: Exchange, patience: float) -> None:
        self._listing, self._exchange, self._patience = listing, exchange, patience
        self._copies: dict[int, int] = {}
        self._copying: dict[int, threading.Lock] = {}
        self._lock = threading.Lock()
        self._conditions = True
        self.requests = self.bytes = 0

    def size(self, file: File) -> int:
        """The size of ``file``; asked for where nobody knows it. Raises Unreadable."""
        if file.size is None:
            self._told(file, lambda: self._asked(file, lambda url: self._head(file, url)))
        return file.size or 0

    def read(self, file: File, start: int, length: int) -> bytes:
        """``length`` bytes from ``start`` on, which are within the file. Raises Unreadable."""
        return self._told(file, lambda: self._read(file, start, length))

    def _told(self, file: File, work: Callable[[], bytes]) -> bytes:
        try:
            return work()
        except (_No, NotListed, RunspoorError, OSError) as error:
            say(f"The file {file.path!r} cannot be read: {str(error).rstrip('.')}.")
            raise Unreadable from error

    def _read(self, file: File, start: int, length: int) -> bytes:
        if file.inode not in self._copies:
            span = {"range": f"bytes={start}-{start + length - 1}"}
            content = self._asked(file, lambda url: self._part(file, url, span, start, length))
            if file.inode not in self._copies:
                return content
        return os.pread(self._copies[file.inode], length, start)

    def _asked(self, file: File, work: Callable[[str], bytes], url: str | None = None, renewals: int = 0) -> bytes:
        """``work`` by a URL of the file; by a new one where that has expired."""
        here = url or self._url(file, None)
        try:
            return repeat(lambda: work(here), self._patience)
        except _No as no:
            fresh = self._url(file, here) if no.expired and renewals < RENEWALS else here
            if fresh == here:
                raise
        return self._asked(file, work, fresh, renewals + 1)

    def _url(self, file: File, refused: str | None) -> str:
        url = self._listing.url(file, refused)
        if url is None:
            raise _No("it is not there any more")
        return url

    def _part(self, file: File, url: str, span: Mapping[str, str], start: int, length: int) -> bytes:
        pinned = {"if-match": file.etag} if file.etag and self._conditions else {}
        with self._answer(Request("GET", url, {**HEADERS, **span, **pinned})) as answer:
            self._compare(file, answer)
            if answer.status == 200 and (start, length) != (0, file.size):
                self._copy(file, answer)
                return b""
            if answer.status == 206:
                self._check_span(file, answer, start)
            content = b"".join(self._counted(answer))
        if len(content) != length:
            raise Again(Unreachable(f"{len(content)} of {length} bytes came"))
        return content

    def _check_span(self, file: File, answer: Incoming, start: int) -> None:
        found = _SPAN.fullmatch(answer.headers.get("content-range", ""))
        if found is None or int(found[1]) != start:
            raise _No("the server sends another part of it than it was asked for")
        if found[3] != "*":
            self._same_size(file, int(found[3]))

    def _head(self, file: File, url: str) -> bytes:
        """Learn the size; where HEAD does not tell it, by reading all of it. Gives nothing."""
        with self._answer(Request("HEAD", url, HEADERS), refusal=False) as answer:
            size = answer.headers.get("content-length", "") if answer.status == 200 else ""
            if size.isdigit() and not answer.headers.get("content-encoding"):
                self._compare(file, answer)
                file.size = int(size)
                return b""
        with self._answer(Request("GET", url, HEADERS)) as answer:
            self._copy(file, answer)
        return b""

    @contextmanager
    def _answer(self, request: Request, refusal: bool = True) -> Iterator[Incoming]:
        """A usable answer. Raises Again or _No; ``refusal``: also for a 4xx."""
        self.requests += 1
        try:
            with self._exchange.open(request) as answer:
                if answer.status in RETRIED_OF_STORAGE:
                    raise Again(Unavailable(answer.status, f"the server answers HTTP {answer.status}"),
                                asked_to_wait(answer.whole().headers))
                if answer.status == 400 and "if-match" in request.headers:
                    self._conditions = False  # Shares of Azure Files know none; etags of answers are compared anyway.
                    raise Again(Unreachable(f"the server refuses a condition: {answer.reason}"))
                if refusal and answer.status not in (200, 206):
                    raise _refused(answer)
                yield answer
        except Broken as error:
            if error.final:
                raise _No(str(error)) from error
            raise Again(Unreachable(f"the server does not answer ({error})")) from error

    def _compare(self, file: File, answer: Incoming) -> None:
        """Also where a server takes no notice of conditions. A weak etag says nothing of bytes."""
        etag = answer.headers.get("etag", "")
        if not etag or etag.startswith("W/"):
            return
        if file.etag is None:
            file.etag = etag
        elif file.etag.strip('"') != etag.strip('"'):
            raise _No(CHANGED)

    def _same_size(self, file: File, size: int) -> None:
        if file.size is None:
            file.size = size
        elif file.size != size:
            raise _No(CHANGED)

    def _counted(self, answer: Incoming) -> Iterator[bytes]:
        for piece in answer.pieces:
            self.bytes += len(piece)
            yield piece

    def _copy(self, file: File, answer: Incoming) -> None:
        """All of it into a file without a name: its server gives no parts."""
        with self._lock:
            turn = self._copying.setdefault(file.inode, threading.Lock())
        with turn:
            if file.inode in self._copies:
                return
            with tempfile.TemporaryFile() as copy:
                for piece in self._counted(answer):
                    copy.write(piece)
                copy.flush()
                self._same_size(file, copy.tell())
                self._copies[file.inode] = os.dup(copy.fileno())


def _refused(answer: Incoming) -> Exception:
    whole = answer.whole()
    if whole.status in (412, 416):
        return _No(CHANGED)
    if whole.status == 404:
        return _No("it is not there any more (HTTP 404)")
    said = from_answer(whole.status, None, whole.reason)
    return _No(f"the server answers HTTP {said.status} {whole.reason}".rstrip(), expired=whole.status in (401, 403))
