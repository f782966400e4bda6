"""Uploading one file of any size."""

from __future__ import annotations

import base64
import hashlib
import mimetypes
from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from runner.blobs import Blobs, expect, md5
from runner.connections import Slice

WHOLE_BYTES = 16 * 1024 * 1024
# A block blob has at most 50,000 blocks of at most 4,000 MiB: beyond 390 GiB the blocks grow.
BLOCK_BYTES = 8 * 1024 * 1024
MOST_BLOCKS = 50_000


class Sent(NamedTuple):
    """An uploaded file: ``sha256`` in hex, ``etag`` as storage gave it."""

    size: int
    sha256: str
    etag: str | None


class Upload:
    """Uploads files; the blocks of large ones go through ``blocks``, several at a time."""

    def __init__(self, blobs: Blobs, blocks: Executor, headers: Mapping[str, str] | None = None) -> None:
        """``headers`` go with the request that makes a blob what it is."""
        self._blobs, self._blocks, self._headers = blobs, blocks, headers or {}

    def __call__(self, path: Path, name: str) -> Sent:
        """Upload one. Raises OSError, Refused, Outage, Fenced; one of these too when the file changes meanwhile."""
        before = _stamp(path)
        size, sha256, checksum = digests(path)
        headers = {**self._headers, "x-ms-meta-sha256": sha256, "x-ms-blob-content-md5": checksum,
                   "x-ms-blob-content-type": mimetypes.guess_type(name)[0] or "application/octet-stream"}
        if size <= WHOLE_BYTES:
            # Storage compares: what changes from here on does not get in.
            return Sent(size, sha256, self._blobs.put(name, Slice(path, 0, size), {**headers, "Content-MD5": checksum}))
        ids = self._staged(path, name, size)
        if _stamp(path) != before:
            raise OSError(f"{path.name} was changed while it was uploaded")
        return Sent(size, sha256, self._committed(name, ids, headers))

    def _staged(self, path: Path, name: str, size: int) -> list[str]:
        """The ids of all blocks, which storage has then."""
        length = block_size(size)
        parts = [Slice(path, offset, min(length, size - offset)) for offset in range(0, size, length)]
        return list(self._blocks.map(lambda number, part: self._stage(name, number, part), range(len(parts)), parts))

    def _committed(self, name: str, ids: list[str], headers: dict[str, str]) -> str | None:
        listed = "".join(f"<Latest>{block_id}</Latest>" for block_id in ids)
        body = f'<?xml version="1.0" encoding="utf-8"?><BlockList>{listed}</BlockList>'.encode()
        response = self._blobs.send("PUT", name, headers, body, query="comp=blocklist")
        expect(201, name, response)
        return response.headers.get("ETag")

    def _stage(self, name: str, number: int, part: Slice) -> str:
        """A block is called by its number and its MD5: another attempt's, of other content, does not take its place."""
        checksum = md5(part)
        block_id = base64.b64encode(number.to_bytes(4, "big") + base64.b64decode(checksum)).decode()
        query = f"comp=block&blockid={quote(block_id, safe='')}"
        expect(201, name, self._blobs.send("PUT", name, {"Content-MD5": checksum}, part, query=query))
        return block_id


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def block_size(size: int) -> int:
    """Bytes per block for a file of ``size`` bytes."""
    return max(BLOCK_BYTES, -(-size // MOST_BLOCKS))


def digests(path: Path) -> tuple[int, str, str]:
    """Size, SHA-256 (hex) and MD5 (base64)."""
    size, sha256, md5_digest = 0, hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        for piece in iter(lambda: file.read(1024 * 1024), b""):
            size += len(piece)
            sha256.update(piece)
            md5_digest.update(piece)
    return size, sha256.hexdigest(), base64.b64encode(md5_digest.digest()).decode()
