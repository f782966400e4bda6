"""Writing and reading blobs through grants."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path

from runner.connections import Body, Connections, Response, Slice
from runner.errors import Refused
from runner.grants import SNAPSHOT, Grants
from runner.receiving import DiskTrouble, pieces, to_disk
from runner.retry import PATIENCE_SECONDS, persist

API_VERSION = "2023-11-03"
CREATE_ONLY = {"If-None-Match": "*"}
BLOCK_BLOB = {"x-ms-blob-type": "BlockBlob"}
JSON = {"Content-Type": "application/json"}
EXISTS = frozenset({409, 412})


class Blobs:
    """Blob operations by the names of the contract (``outputs/model.pkl``). All raise Fenced, Refused or Outage."""

    def __init__(self, grants: Grants, connections: Connections, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.grants = grants
        self._connections, self._patience = connections, patience_seconds

    def send(self, method: str, name: str, headers: Mapping[str, str], body: Body = b"", *, query: str = "",
             right: str = "write", patience_seconds: float | None = None) -> Response:
        """One request, sent again through passing trouble."""
        sent = {"x-ms-version": API_VERSION, **headers}
        suffix = f"&{query}" if query else ""
        return self._granted(right, name, lambda url: self._connections.request(method, url + suffix, sent, body),
                             patience_seconds)

    def _granted(self, right: str, name: str, send: Callable[[str], Response],
                 patience_seconds: float | None = None) -> Response:
        """What ``send`` answers for the granted URL; a grant that storage does not accept is renewed once."""
        def once() -> Response:
            return send(self.grants.url(right, name))

        patience = self._patience if patience_seconds is None else patience_seconds
        response = persist(once, patience)
        if response.status == 403:
            self.grants.forget(right, name)
            response = persist(once, patience)
        return response

    def put(self, name: str, body: Body, headers: Mapping[str, str]) -> str | None:
        """A whole block blob; the service checks its MD5, which ``headers`` may have. Gives its etag."""
        checked = {**BLOCK_BLOB, **({} if "Content-MD5" in headers else {"Content-MD5": md5(body)}), **headers}
        response = self.send("PUT", name, checked, body)
        expect(201, name, response)
        return response.headers.get("ETag")

    def create(self, name: str, document: Mapping[str, object]) -> bool:
        """A JSON blob that must not exist yet. False when it does: perhaps by our own try whose answer was lost."""
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        response = self.send("PUT", name, {**BLOCK_BLOB, **JSON, **CREATE_ONLY}, body)
        if response.status in EXISTS:
            return False
        expect(201, name, response)
        return True

    def read(self, name: str, patience_seconds: float | None = None) -> bytes | None:
        """The content, or None when there is no such blob."""
        response = self.send("GET", name, {}, right="read", patience_seconds=patience_seconds)
        if response.status == 404:
            return None
        expect(200, name, response)
        return response.body

    def download(self, sha256: str, target: Path) -> str | None:
        """Stream one snapshot file to disk; gives the SHA-256 of what came, None when there is no such file."""
        found = self.save("files", sha256, target)
        return found and found[0]

    def save(self, right: str, name: str, target: Path) -> tuple[str, str | None] | None:
        """Stream a blob to disk: the SHA-256 of what came, and the one its writer stored. None: no such blob.

        Raises OSError when the disk does not take it.
        """
        found = ""

        def stream(url: str) -> Response:
            nonlocal found
            with self._connections.open("GET", url, {"x-ms-version": API_VERSION}) as answer:
                if answer.status != 200:
                    return Response(answer.status, answer.headers, answer.read())
                found = _save(answer.read, target)
                return Response(200, answer.headers, b"")

        try:
            response = self._granted(right, name, stream)
        except DiskTrouble as error:
            raise error.cause from error
        if response.status == 404:
            return None
        expect(200, name, response)
        return found, response.headers.get("x-ms-meta-sha256")

    def manifest(self) -> bytes:
        """The snapshot's manifest as stored."""
        response = self._granted(*SNAPSHOT, lambda url: self._connections.request("GET", url,
                                                                                  {"x-ms-version": API_VERSION}))
        expect(200, "the snapshot's manifest", response)
        return response.body


def _save(read: Callable[[int], bytes], target: Path) -> str:
    digest = hashlib.sha256()
    with to_disk(), target.open("wb") as file:
        for piece in pieces(read):
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def expect(status: int, name: str, response: Response) -> None:
    """Raises Refused when the answer is another."""
    if response.status != status:
        code = response.headers.get("x-ms-error-code") or "no error code"
        raise Refused(f"storage answered HTTP {response.status} ({code}) for {name}", response.status)


def md5(body: Body) -> str:
    """The Content-MD5 of a body."""
    digest = hashlib.md5(usedforsecurity=False)
    for piece in body.pieces() if isinstance(body, Slice) else (body,):
        digest.update(piece)
    return base64.b64encode(digest.digest()).decode()
