"""Writing blobs: small ones with one request, large ones block by block. Storage checks the MD5 of all it gets."""

from __future__ import annotations

import hashlib
import threading
from base64 import b64encode
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

from runspoor.errors import BadRequest, Conflict, Corrupt, NotFound
from runspoor.progress import Advance
from runspoor.transfer.grant import Grant
from runspoor.transport import Storage

__all__ = ["CONTENT_TYPE", "Advance", "is_there", "put", "put_blocks"]

BLOCK_BYTES = 4 * 1024 * 1024
"""At 1 Mbit/s a block still arrives within the time that a request may take."""
MOST_BLOCKS = 50_000
"""Of a blob: https://learn.microsoft.com/rest/api/storageservices/put-block"""
CREATE_ONLY = {"if-none-match": "*"}
CONTENT_TYPE = "application/octet-stream"


def put(storage: Storage, grant: Grant, file: Path, overwrite: bool) -> bool:
    """Write a blob with one request; False when it is there and shall stay."""
    content = file.read_bytes()
    headers = {"x-ms-blob-type": "BlockBlob", "content-type": CONTENT_TYPE, "content-md5": _md5(content),
               **({} if overwrite else CREATE_ONLY)}
    try:
        grant.use(lambda url: storage.send("PUT", url, headers, content))
    except Conflict:
        if overwrite:
            raise
        return False
    return True


def is_there(storage: Storage, grant: Grant) -> bool:
    """Whether there is a file already."""
    try:
        grant.use(lambda url: storage.send("HEAD", url))
    except NotFound:
        return False
    return True


def put_blocks(storage: Storage, grant: Grant, file: Path, overwrite: bool, pool: ThreadPoolExecutor, at_once: int,
               advance: Advance) -> bool:
    """Write a blob block by block, ``at_once`` in ``pool``; False when it is there and shall stay.

    Blocks that an interrupted upload of the same content has left are not sent again: a block is called by its number
    and its MD5. The blob appears, or changes, with the last request.
    """
    if not overwrite and is_there(storage, grant):
        return False
    try:
        return _commit(storage, grant, *_sent(storage, grant, file, pool, at_once, advance), overwrite)
    except BadRequest:
        # Somebody else has written the blob meanwhile, and with it our blocks are gone; or the list was damaged.
        return _commit(storage, grant, *_sent(storage, grant, file, pool, at_once, advance), overwrite)


def _sent(storage: Storage, grant: Grant, file: Path, pool: ThreadPoolExecutor, at_once: int,
          advance: Advance) -> tuple[list[str], bytes]:
    """The names of all blocks, which storage has now, and the MD5 of the file."""
    left, free = _left(storage, grant), threading.Semaphore(at_once)
    whole, sent = hashlib.md5(usedforsecurity=False), list[Future[str]]()

    def send(number: int, content: bytes) -> str:
        try:
            digest = hashlib.md5(content, usedforsecurity=False).digest()
            name = b64encode(number.to_bytes(4, "big") + digest).decode()
            if name not in left:
                _put_block(storage, grant, name, content, b64encode(digest).decode())
            advance(len(content))
            return name
        finally:
            free.release()

    for number, content in enumerate(_blocks(file)):
        whole.update(content)
        free.acquire()
        if any(each.done() and each.exception() for each in sent[-at_once - 1:]):
            break
        sent.append(pool.submit(send, number, content))
    return [each.result() for each in sent], whole.digest()


def _blocks(file: Path) -> Iterator[bytes]:
    size = file.stat().st_size
    length = max(BLOCK_BYTES, -(-size // MOST_BLOCKS))
    with file.open("rb") as content:
        for at in range(0, size, length):
            block = content.read(min(length, size - at))
            if len(block) != min(length, size - at):
                raise Corrupt(f"{file} became shorter while it was uploaded: upload it again.")
            yield block


def _put_block(storage: Storage, grant: Grant, name: str, content: bytes, md5: str) -> None:
    headers = {"content-md5": md5}
    grant.use(lambda url: storage.send("PUT", f"{url}&comp=block&blockid={quote(name, safe='')}", headers, content))


def _left(storage: Storage, grant: Grant) -> frozenset[str]:
    """The blocks that wait to be committed."""
    try:
        answer = grant.use(lambda url: storage.send("GET", f"{url}&comp=blocklist&blocklisttype=uncommitted"))
    except NotFound:
        return frozenset()
    return frozenset(name.text or "" for name in ElementTree.fromstring(answer.content).iter("Name"))


def _commit(storage: Storage, grant: Grant, names: list[str], md5: bytes, overwrite: bool) -> bool:
    listed = "".join(f"<Latest>{name}</Latest>" for name in names)
    body = f'<?xml version="1.0" encoding="utf-8"?><BlockList>{listed}</BlockList>'.encode()
    headers: Mapping[str, str] = {
        "x-ms-blob-content-md5": b64encode(md5).decode(), "x-ms-blob-content-type": CONTENT_TYPE,
        "content-type": "application/xml", "content-md5": _md5(body), **({} if overwrite else CREATE_ONLY)}
    try:
        grant.use(lambda url: storage.send("PUT", f"{url}&comp=blocklist", headers, body))
    except Conflict:
        if overwrite:
            raise
        return False
    return True


def _md5(content: bytes) -> str:
    return b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
