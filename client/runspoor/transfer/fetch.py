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

__all__ = ["Fetch"]

PART_BYTES = 8 * 1024 * 1024
PARTS_AT_ONCE = 8
TRIES = 3
"""For content that is not what its checksum says: it may have been damaged on the way."""
Coming = deque[tuple[int, "Future[Headers]"]]


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
                check.answered(reading.headers)
                check.add(piece)
                file.write(piece)
                self._advance(len(piece))
        check.done()

    def _in_parts(self, known: Known, grant: Grant, part: Path, pool: ThreadPoolExecutor) -> None:
        """Parts arrive in any order; they are checked in theirs while others are on their way."""
        size, check, coming = known.size or 0, Check(known), Coming()
        with part.open("wb") as made:
            made.truncate(size)
        for at in range(0, size, PART_BYTES):
            coming.append((at, pool.submit(self._part, grant, part, at, min(at + PART_BYTES, size))))
            if len(coming) > PARTS_AT_ONCE:
                _checked(coming, part, check)
        while coming:
            _checked(coming, part, check)
        check.done()

    def _part(self, grant: Grant, part: Path, start: int, end: int) -> Headers:
        def once(url: str) -> Headers:
            with closing(self._storage.read(url, (start, end))) as reading, part.open("r+b") as file:
                file.seek(start)
                for piece in reading:
                    file.write(piece)
                if file.tell() != end:
                    raise Corrupt(f"Of the bytes {start} to {end} of a file {file.tell() - start} came: try again.")
                return reading.headers

        headers = grant.use(once)
        self._advance(end - start)
        return headers


def _checked(coming: Coming, part: Path, check: Check) -> None:
    at, arriving = coming.popleft()
    check.answered(arriving.result())
    # Opened anew: a buffer might hold what was there before this part arrived.
    with part.open("rb") as file:
        file.seek(at)
        check.add(file.read(PART_BYTES))


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
