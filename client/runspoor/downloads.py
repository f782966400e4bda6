"""A file from a URL that the backend gave out: all of it with the right checksum, or nothing."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from runspoor.errors import Corrupt
from runspoor.transport import Transport

__all__ = ["download"]


def download(api: Transport, url: str, target: Path, sha256: str | None) -> str:
    """Write ``target``; returns its sha256. Raises ``Corrupt``, and leaves what was there, when that is another one."""
    part = target.with_name(f"{target.name}.{os.urandom(4).hex()}.part")
    digest = hashlib.sha256()
    try:
        with api.download(url) as pieces, part.open("wb") as output:
            for piece in pieces:
                digest.update(piece)
                output.write(piece)
        if sha256 not in (None, digest.hexdigest()):
            raise Corrupt(f"{target.name} has checksum {digest.hexdigest()} and was stored with {sha256}.")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return digest.hexdigest()
