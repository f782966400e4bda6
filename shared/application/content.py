"""Files stored once by what is in them: which of them are missing, and where they are to be uploaded."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta

from shared.application import stored
from shared.application.backend import Backend
from shared.application.paths import source_blob
from shared.application.stock import Stock
from shared.contract.responses import MissingFile

UPLOAD_TIME = timedelta(minutes=60)
EMPTY = hashlib.sha256(b"").hexdigest()


def missing(backend: Backend, stock: Stock, sizes: Mapping[str, int]) -> list[MissingFile]:
    """Those of the digests that are not there, or not with their size, and a URL to upload each."""
    until = backend.clock() + UPLOAD_TIME
    if EMPTY in sizes:
        stock.put(source_blob(EMPTY), b"")
    absent = stored.absent(stock, source_blob(""), sizes)
    return [MissingFile(sha256=digest, url=stock.write_url(source_blob(digest), until)) for digest in absent]
