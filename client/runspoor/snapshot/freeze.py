"""A source folder becomes a snapshot: what the backend has not yet is uploaded, in parallel."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from runspoor.errors import Corrupt, Forbidden
from runspoor.progress import bar, size
from runspoor.snapshot.files import Source, source
from runspoor.snapshot.progress import tell_notes
from runspoor.transport import Transport

__all__ = ["Snapshot", "freeze"]

PARALLEL_UPLOADS = 16
IDLE_ROUNDS = 2
"""Given up when nothing new has arrived so many times in a row."""


@dataclass(frozen=True)
class Snapshot:
    """A frozen folder: its id, what it holds, and what had to be uploaded for it."""

    id: str
    files: int
    bytes: int
    uploaded_files: int
    uploaded_bytes: int

    def __str__(self) -> str:
        return (f"snapshot: {_counted(self.files)}, {size(self.bytes)}; uploaded {_counted(self.uploaded_files)}, "
                f"{size(self.uploaded_bytes)}")


def freeze(api: Transport, folder: str | os.PathLike[str], stream: TextIO, datastore: str | None = None) -> Snapshot:
    """Freeze a folder, or one file, and say on ``stream`` what it took. Raises SnapshotError, Corrupt.

    ``datastore``: the one that is to keep its files; none: the backend keeps them.
    """
    frozen = source(Path(folder))
    tell_notes(stream, frozen.notes)
    uploads = _Uploads(api, frozen, datastore)
    snapshot = uploads.run(stream)
    print(snapshot, file=stream, flush=True)
    return snapshot


class _Uploads:
    """Sends what is missing, until nothing is."""

    def __init__(self, api: Transport, frozen: Source, datastore: str | None) -> None:
        self._api = api
        self._frozen = frozen
        self._body = {"files": [file.entry() for file in frozen.files],
                      **({"datastore": datastore} if datastore else {})}
        self._by_digest = {file.sha256: file for file in frozen.files}
        self._sent: set[str] = set()
        self._refusal: Forbidden | None = None

    def run(self, stream: TextIO) -> Snapshot:
        answer, idle = self._ask(), 0
        while not answer["complete"]:
            missing: dict[str, str] = {each["sha256"]: each["url"] for each in answer["missing"]}
            before = len(self._sent)
            self._upload(missing, stream)
            answer = self._ask()
            idle = idle + 1 if len(self._sent) == before else 0
            if not answer["complete"] and idle == IDLE_ROUNDS:
                raise self._refusal or Corrupt(f"{len(missing)} uploaded files did not arrive whole: freeze the "
                                               "folder again.")
        sent = [self._by_digest[digest] for digest in self._sent]
        return Snapshot(str(answer["snapshot_id"]), len(self._frozen.files), self._frozen.bytes, len(sent),
                        sum(file.size for file in sent))

    def _ask(self) -> Any:
        return self._api.write("POST", "snapshots", self._body).json()

    def _upload(self, missing: dict[str, str], stream: TextIO) -> None:
        total = sum(self._by_digest[digest].size for digest in missing)
        pool = ThreadPoolExecutor(PARALLEL_UPLOADS)
        try:
            with bar(stream, "uploading", total) as advance:
                for digest, arrived in pool.map(lambda each: self._send(*each), missing.items()):
                    if arrived:
                        self._sent.add(digest)
                        advance(self._by_digest[digest].size)
        finally:
            pool.shutdown(cancel_futures=True)

    def _send(self, digest: str, url: str) -> tuple[str, bool]:
        try:
            self._api.upload(url, self._by_digest[digest].read())
        except Forbidden as error:
            # The URL was good for an hour, which may have passed: the next answer has a new one.
            self._refusal = error
            return digest, False
        return digest, True


def _counted(files: int) -> str:
    return f"{files:,} file" if files == 1 else f"{files:,} files"
