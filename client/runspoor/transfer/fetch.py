"""One file: whole and checked under its name, or not there at all."""

from __future__ import annotations

import os
import secrets
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from runspoor.errors import Changed, Corrupt
from runspoor.progress import Advance
from runspoor.transfer.check import Check, Headers, Known
from runspoor.transfer.grant import Grant
from runspoor.transport import Storage
from runspoor.transport.exchange import PIECE_BYTES

__all__ = ["Fetch"]

PART_BYTES = 8 * 1024 * 1024
PARTS_AT_ONCE = 8
TRIES = 3
"""For content that is not what its checksum says: it may have been damaged on the way."""
ZEROS = bytes(PIECE_BYTES)
Arrived = tuple[Headers, list[bytes]]
"""A part of a file, in the pieces in which it came."""


class Fetch:
    """Fetches files, and says the bytes that arrived."""

    def __init__(self, storage: Storage, advance: Advance) -> None:
        self._storage, self._advance = storage, advance

    def file(self, known: Known, grant: Grant, target: Path, parts: ThreadPoolExecutor | None = None) -> None:
        """Write ``target``; with ``parts`` in parallel. Raises Corrupt, Changed and others of ``runspoor.errors``."""
        tries = TRIES
        while not self._try(known, grant, target, parts, is_last=tries == 1):
            tries -= 1

    def _try(self, known: Known, grant: Grant, target: Path, parts: ThreadPoolExecutor | None, is_last: bool) -> bool:
        try:
            with _beside(target) as part:
                if parts is None:
                    grant.use(lambda url: self._whole(known, url, part))
                else:
                    self._in_parts(known, grant, part, parts)
        except Corrupt as error:
            if is_last or isinstance(error, Changed):
                raise
            return False
        return True

    def _whole(self, known: Known, url: str, part: Path) -> None:
        check = Check(known)
        with closing(self._storage.read(url)) as reading, part.open("wb") as file:
            for piece in reading:
                check.arrived(reading.headers, piece)
                file.write(piece)
                self._advance(len(piece))
        check.done()

    def _in_parts(self, known: Known, grant: Grant, part: Path, pool: ThreadPoolExecutor) -> None:
        """Parts arrive in any order; they are checked in theirs while others are on their way."""
        size, check, coming = known.size or 0, Check(known), deque["Future[Arrived]"]()
        with part.open("wb") as file:
            file.truncate(size)
        for at in range(0, size, PART_BYTES):
            coming.append(pool.submit(self._part, grant, part, at, min(at + PART_BYTES, size)))
            if len(coming) > PARTS_AT_ONCE:
                _check(check, *coming.popleft().result())
        while coming:
            _check(check, *coming.popleft().result())
        check.done()

    def _part(self, grant: Grant, part: Path, start: int, end: int) -> Arrived:
        def once(url: str) -> Arrived:
            with closing(self._storage.read(url, (start, end))) as reading:
                pieces = list(reading)
                return reading.headers, pieces

        headers, pieces = grant.use(once)
        size = sum(map(len, pieces))
        if size != end - start:
            raise Corrupt(f"Of the bytes {start} to {end} of a file {size} came: try again.")
        with part.open("r+b") as file:
            file.seek(start)
            for piece in pieces:
                if ZEROS.startswith(piece):  # They are there already: a sparse file stays one.
                    file.seek(len(piece), os.SEEK_CUR)
                else:
                    file.write(piece)
        self._advance(size)
        return headers, pieces


def _check(check: Check, headers: Headers, pieces: list[bytes]) -> None:
    for piece in pieces:
        check.arrived(headers, piece)


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A file that takes the place of ``target`` once it is complete."""
    part = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        yield part
        os.replace(part, target)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()
