"""Reading one file from a URL to disk, through whatever may happen on the way."""

from __future__ import annotations

import base64
import hashlib
import http.client
import os
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

from runner.connections import Connections, Response
from runner.errors import Stopped
from runner.receiving import DiskTrouble, pieces, to_disk
from runner.retry import PASSING, TROUBLE, delay, retry_after
from runner.settings import STORAGE_PATIENCE_SECONDS

LOOK_SECONDS = 0.2
MOST_REDIRECTS = 10
REDIRECTS = frozenset({301, 302, 303, 307, 308})
URL_SIGNS = "%/:=&?~#+!$,;'@()*[]"
HEADERS = {"User-Agent": "runspoor"}  # Some sites refuse who does not name itself.


CHANGED = 412


class NotThere(Exception):
    """The file cannot be had: a definite no, or no usable answer for the whole of the patience.

    ``status`` is that of HTTP if it was what said no; CHANGED when the file is another one than was wanted.
    """

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Wanted:
    """A file to fetch; ``size`` in bytes, ``sha256`` (hex) and ``etag`` where they are known."""

    url: str
    size: int | None = None
    sha256: str | None = None
    etag: str | None = None


class Fetch:
    """One file on its way to ``target``, which exists only once it is whole.

    What broke off goes on where it ended if the server can do that and the file is still the same, else it begins
    anew. It is given up when for ``patience`` seconds no byte came that was not there before.
    """

    def __init__(self, connections: Connections, wanted: Wanted, target: Path, unwanted: Callable[[], bool],
                 patience: float = STORAGE_PATIENCE_SECONDS) -> None:
        self._connections, self._wanted, self._target = connections, wanted, target
        self._unwanted, self._patience = unwanted, patience
        self._part = target.with_name(f".{os.urandom(8).hex()}.part")
        self._condition = {"If-Match": wanted.etag} if wanted.etag else {}
        self._begin()

    def _begin(self) -> None:
        self._have = 0
        self._same = ""  # what a server can tell by whether the file is still the same
        self._md5: str | None = None
        self._digests = hashlib.sha256(), hashlib.md5(usedforsecurity=False)

    def run(self) -> int:
        """Fetch it; gives its size. Raises NotThere, Stopped, and OSError when the disk does not take it."""
        try:
            self._persist()
            os.replace(self._part, self._target)
        finally:
            with suppress(FileNotFoundError):
                self._part.unlink()
        return self._have

    def _persist(self) -> None:
        most, tries, give_up = 0, 0, time.monotonic() + self._patience
        while True:
            trouble, at_least = self._try()
            if trouble is None:
                return
            if self._have > most:
                most, tries, give_up = self._have, 0, time.monotonic() + self._patience
            wait = max(at_least, delay(tries))
            if time.monotonic() + wait > give_up:
                raise NotThere(f"{trouble}, and nothing else for {self._patience:.0f} s")
            self._sleep(wait)
            tries += 1

    def _sleep(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._look()
            time.sleep(min(LOOK_SECONDS, max(0.0, end - time.monotonic())))

    def _look(self) -> None:
        if self._unwanted():
            raise Stopped

    def _try(self) -> tuple[str | None, float]:
        """What is in the way (None: nothing, it is whole) and how long the server asked to wait."""
        try:
            with following(self._connections, self._wanted.url, self._headers()) as answer:
                if answer.status in PASSING:
                    busy = Response(answer.status, answer.headers, answer.read())
                    return f"the server answered HTTP {answer.status}", retry_after(busy)
                return self._receive(answer), 0.0
        except ssl.SSLCertVerificationError as error:
            raise NotThere(f"the server's certificate is not trusted ({error.verify_message})") from error
        except DiskTrouble as error:
            raise error.cause from error
        except TROUBLE as error:
            return f"the connection failed ({type(error).__name__}: {error})", 0.0

    def _headers(self) -> dict[str, str]:
        if self._have and self._same:
            return {**HEADERS, **self._condition, "Range": f"bytes={self._have}-", "If-Range": self._same}
        return {**HEADERS, **self._condition}

    def _receive(self, answer: http.client.HTTPResponse) -> str | None:
        if answer.status == 416:
            self._begin()
            return "the server answered HTTP 416"
        if answer.status == 400 and self._condition:
            self._condition = {}  # Shares of Azure Files know no conditions; the etag is compared anyway.
            return f"the server answered HTTP 400 {answer.reason}"
        if answer.status not in (200, 206):
            raise NotThere(f"the server answered HTTP {answer.status} {answer.reason}".rstrip(), answer.status)
        if self._is_another(answer):
            raise NotThere("the file is another one now", CHANGED)
        if answer.status == 200 or not self._goes_on(answer):
            self._begin()
            if answer.status == 206:
                return "the server sent another part than was asked for"
            self._same, self._md5 = _validator(answer), _checksum(answer)
        self._save(answer)
        return self._wrong()

    def _is_another(self, answer: http.client.HTTPResponse) -> bool:
        wanted, found = self._wanted.etag, _validator(answer)
        return bool(wanted and found) and str(wanted).strip('"') != found.strip('"')

    def _goes_on(self, answer: http.client.HTTPResponse) -> bool:
        return (answer.headers.get("Content-Range") or "").startswith(f"bytes {self._have}-")

    def _save(self, answer: http.client.HTTPResponse) -> None:
        """Raises OSError when less came than was announced."""
        announced, came = answer.length, 0
        with to_disk(), self._part.open("r+b" if self._have else "wb") as file:
            file.seek(self._have)
            for piece in pieces(answer.read):
                self._look()
                file.write(piece)
                came += len(piece)
                self._have += len(piece)
                for digest in self._digests:
                    digest.update(piece)
        if announced is not None and came < announced:
            raise OSError(f"the answer ended after {came} of {announced} bytes")

    def _wrong(self) -> str | None:
        sha256, md5 = self._digests
        expected = self._wanted.size
        found = None
        if expected is not None and self._have != expected:
            found = f"{self._have} bytes came, and it should have {expected}"
        elif self._wanted.sha256 and sha256.hexdigest() != self._wanted.sha256:
            found = "what came has another SHA-256 than it should have"
        elif self._md5 and base64.b64encode(md5.digest()).decode() != self._md5:
            found = "what came has another checksum than the server announced"
        if found:
            self._begin()
        return found


@contextmanager
def following(connections: Connections, url: str, headers: dict[str, str]) -> Iterator[http.client.HTTPResponse]:
    """The answer to a GET of ``url``, or of where it leads to. Raises NotThere when that is no place of the web."""
    for _ in range(MOST_REDIRECTS):
        with connections.open("GET", url, headers) as answer:
            target = answer.headers.get("Location")
            if answer.status not in REDIRECTS or not target:
                yield answer
                return
            answer.read()
        url = urljoin(url, quote(target, safe=URL_SIGNS))
        if urlsplit(url).scheme not in ("http", "https"):
            raise NotThere("the server leads to an address that is not one of the web")
    raise NotThere(f"the server led on more than {MOST_REDIRECTS} times")


def _validator(answer: http.client.HTTPResponse) -> str:
    """A strong ETag; without one a file cannot be gone on with safely."""
    etag = answer.headers.get("ETag") or ""
    return "" if etag.startswith("W/") else etag


def _checksum(answer: http.client.HTTPResponse) -> str | None:
    """Content-MD5 if it is one: 16 bytes in base64."""
    text = answer.headers.get("Content-MD5") or ""
    return text if len(text) == 24 and text.endswith("==") else None
