"""Writing files of Azure file shares: made at their full length, then filled range by range."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable

from runspoor.errors import Corrupt, NotFound
from runspoor.transfer.blob import CONTENT_TYPE, Advance
from runspoor.transfer.grant import Grant
from runspoor.transport import Storage

__all__ = ["is_there", "write"]

RANGE_BYTES = 4 * 1024 * 1024
"""The most that one request takes: https://learn.microsoft.com/rest/api/storageservices/put-range"""
AT_ONCE = 4
PIECE_BYTES = 1024 * 1024
UNFINISHED = "x-ms-meta-unfinished"
"""Of a file that is being written. Without it, what an interrupted upload leaves would look like a file."""


def is_there(storage: Storage, grant: Grant) -> bool:
    """Whether there is a file already, and a whole one."""
    try:
        return UNFINISHED not in grant.use(lambda url: storage.send("HEAD", url)).headers
    except NotFound:
        return False


def write(storage: Storage, grant: Grant, file: Path, advance: Advance) -> None:
    """Write a file of a share, the ranges of a large one several at a time.

    A share has no uncommitted content: the file is there from the first request on, with a Content-MD5 that fits once
    the last range has come. An interrupted upload begins anew.
    """
    before = file.stat()
    size = before.st_size
    _create(storage, grant, size, _md5_of(file))

    def send(offset: int) -> None:
        content = _read(file, offset, min(RANGE_BYTES, size - offset))
        _put_range(storage, grant, offset, content)
        advance(len(content))

    _each(send, range(0, size, RANGE_BYTES))
    after = file.stat()
    if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        raise Corrupt(f"{file} was changed while it was uploaded: upload it again.")
    grant.use(lambda url: storage.send("PUT", f"{url}&comp=metadata"))


def _each(send: Callable[[int], None], offsets: range) -> None:
    if len(offsets) <= 1:
        list(map(send, offsets))
        return
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="range") as pool:
        try:
            list(pool.map(send, offsets))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _create(storage: Storage, grant: Grant, size: int, md5: str) -> None:
    headers = {"x-ms-type": "file", "x-ms-content-length": str(size), "x-ms-content-type": CONTENT_TYPE,
               "x-ms-content-md5": md5, UNFINISHED: "true"}
    grant.use(lambda url: storage.send("PUT", url, headers))


def _put_range(storage: Storage, grant: Grant, offset: int, content: bytes) -> None:
    md5 = b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
    headers = {"x-ms-write": "update", "x-ms-range": f"bytes={offset}-{offset + len(content) - 1}", "content-md5": md5}
    grant.use(lambda url: storage.send("PUT", f"{url}&comp=range", headers, content))


def _read(file: Path, offset: int, length: int) -> bytes:
    with file.open("rb") as content:
        content.seek(offset)
        data = content.read(length)
    if len(data) != length:
        raise Corrupt(f"{file} became shorter while it was uploaded: upload it again.")
    return data


def _md5_of(file: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with file.open("rb") as content:
        while piece := content.read(PIECE_BYTES):
            digest.update(piece)
    return b64encode(digest.digest()).decode()
