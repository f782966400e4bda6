"""Whether what arrived is what is stored, and what was wanted."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from typing import Protocol

from runspoor.errors import Changed, Corrupt

__all__ = ["Check", "Headers", "Known"]

Headers = Mapping[str, str]
WHOLE_MD5 = ("x-ms-blob-content-md5", "x-ms-content-md5")
"""In an answer with a part of a file; in that with all of it Content-MD5 says it."""


class Known(Protocol):
    """What is known of a file before it is read; ``etag`` is that of the content which is wanted."""

    @property
    def path(self) -> str: ...
    @property
    def size(self) -> int | None: ...
    @property
    def etag(self) -> str | None: ...
    @property
    def sha256(self) -> str | None: ...


class Check:
    """Is told the content in its order."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._etag = known.etag
        self._md5, self._sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
        self._stored_md5: str | None = None
        self._size = 0

    def arrived(self, headers: Headers, content: bytes) -> None:
        """The next piece, and the headers of the answer that brought it. Raises Changed when it is of another content
        than the one that is wanted, or than the piece before.
        """
        etag = headers.get("etag")
        if etag and self._etag and etag != self._etag:
            raise Changed(f"{self._known.path} is not what it was when it was listed, or its dataset registered: it "
                          "has been changed since.")
        self._etag = etag or self._etag
        names = WHOLE_MD5 if "content-range" in headers else ("content-md5",)
        self._stored_md5 = next((headers[name] for name in names if name in headers), self._stored_md5)
        self._size += len(content)
        self._md5.update(content)
        if self._known.sha256:
            self._sha256.update(content)

    def done(self) -> None:
        """Raises Corrupt when the content is not whole."""
        if self._known.size not in (None, self._size):
            raise Corrupt(f"Of {self._known.path} came {self._size} of {self._known.size} bytes: try again.")
        digests = ((self._stored_md5, b64encode(self._md5.digest()).decode()),
                   (self._known.sha256, self._sha256.hexdigest()))
        if any(stored not in (None, found) for stored, found in digests):
            raise Corrupt(f"{self._known.path} did not arrive as it is stored: its checksum is another one. Try again.")
