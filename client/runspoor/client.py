"""A backend as Python sees it."""

from __future__ import annotations

import codecs
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO
from urllib.parse import quote

from runspoor.downloads import download
from runspoor.errors import NotConfigured
from runspoor.numbers import plain
from runspoor.shapes import ComputeTarget, Event, File, Metric, Row, Run, Scalar, Why
from runspoor.snapshot.freeze import freeze
from runspoor.transport import PATIENCE_SECONDS, Credential, Transport, connect

STD_LOG = "user_logs/std_log.txt"
POINTS_PER_PAGE = 10_000
ATTEMPT = "x-runspoor-attempt"
NEXT_OFFSET = "x-runspoor-next-offset"
COMPLETE = "x-runspoor-complete"


class Client:
    """A connection to a backend; safe to use from many threads.

    Reads and writes are repeated for ``patience`` seconds when the backend cannot be reached or is busy. Raises the
    errors of ``runspoor.errors``.
    """

    def __init__(self, url: str, key: Credential = None, *, patience: float = PATIENCE_SECONDS) -> None:
        self.api: Transport = connect(url, key, patience=patience)

    @classmethod
    def over(cls, api: Transport) -> Client:
        """A client over a transport that is there already."""
        client = cls.__new__(cls)
        client.api = api
        return client

    @classmethod
    def from_environment(cls) -> Client:
        """The backend that RUNSPOOR_URL names, shown the key RUNSPOOR_KEY."""
        url = os.environ.get("RUNSPOOR_URL")
        if not url:
            raise NotConfigured("RUNSPOOR_URL is not set: set it to the backend's address, such as "
                                "http://127.0.0.1:7071/api, and RUNSPOOR_KEY to its key.")
        return cls(url, os.environ.get("RUNSPOOR_KEY"))

    def __repr__(self) -> str:
        return f"Client({self.api.url!r})"

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self.api.close()

    def create_compute_target(self, name: str, vm_size: str, **settings: int | str) -> ComputeTarget:
        """Create a compute target, or get the one that is the same. ``settings``: min_nodes, max_nodes, ..."""
        body = {"name": name, "vm_size": vm_size, **settings}
        target: ComputeTarget = self.api.write("POST", "compute-targets", body).json()
        return target

    def snapshot(self, folder: str | os.PathLike[str], *, stream: TextIO | None = None,
                 datastore: str | None = None) -> str:
        """Freeze a source folder, or one file; returns the snapshot's id. ``stream`` (none: stderr) hears what it took.

        ``datastore``: a blob container that is to keep the files, by its name.
        Only what the backend has not yet is uploaded. ``.amlignore``, or else ``.gitignore``, in the folder says what
        is left out; ``.git`` always is. Raises SnapshotError.
        """
        return freeze(self.api, folder, stream or sys.stderr, datastore).id

    def submit(self, experiment: str, snapshot_id: str, compute_target: str, *, idempotency_key: str | None = None,
               **settings: object) -> Run:
        """Submit a run: ``script`` with ``arguments``, or ``command``; ``environment``, ``tags``, ``max_attempts``, ...

        All fields are those of ``POST runs``. The same ``idempotency_key`` always gives the same run.
        """
        body = {"experiment": experiment, "snapshot_id": snapshot_id, "compute_target": compute_target, **settings}
        run: Run = self.api.write("POST", "runs", body, idempotency_key).json()
        return run

    def run(self, run_id: str, version: int | None = None) -> Run:
        """A run as it is now, or as it was when it had ``version`` events."""
        run: Run = self.api.get(_path(run_id), {"version": version}).json()
        return run

    def runs(self, **where: str) -> Iterator[Run]:
        """Runs, newest first. ``where``: experiment, status, compute_target."""
        yield from self.api.pages("runs", where)

    def why(self, run_id: str) -> Why:
        """Why the run is where it is."""
        why: Why = self.api.get(f"{_path(run_id)}/why").json()
        return why

    def cancel(self, run_id: str, reason: str | None = None) -> Run:
        """Ask for cancellation; the run ends as Canceled once its script has stopped."""
        run: Run = self.api.write("POST", f"{_path(run_id)}/cancel", {"reason": reason}).json()
        return run

    def events(self, run_id: str, after: int = 0) -> Iterator[Event]:
        """Everything that happened to a run, from version ``after``."""
        yield from self.api.pages(f"{_path(run_id)}/events", {}, cursor="after", start=str(after))

    def metrics(self, run_id: str) -> dict[str, Metric]:
        """The metrics of a run with their last values, by name."""
        found: Iterator[Metric] = self.api.pages(f"{_path(run_id)}/metrics", {})
        return {each["name"]: {**each, "last": plain(each["last"])} for each in found}

    def points(self, run_id: str, name: str) -> list[Scalar | Row]:
        """All values of one metric, in order."""
        values: list[Scalar | Row] = []
        after: int | None = 0
        while after is not None:
            query = {"after": after, "limit": POINTS_PER_PAGE}
            page = self.api.get(f"{_path(run_id)}/metrics/{quote(name)}", query).json()
            values += [plain(value) for value in page["values"]]
            after = page["next"]
        return values

    def files(self, run_id: str, prefix: str = "outputs/") -> list[File]:
        """The files of a run whose names begin with ``prefix``."""
        return list(self.api.pages(f"{_path(run_id)}/files", {"prefix": prefix}))

    def download(self, run_id: str, name: str, path: str | os.PathLike[str]) -> File:
        """Download a file; raises ``Corrupt``, and leaves nothing, when it is not what was stored."""
        file: Any = self.api.get(f"{_path(run_id)}/files/{quote(name)}").json()
        digest = download(self.api, file["url"], Path(path), file["sha256"])
        return {"name": name, "size": file["size"], "modified": file["modified"], "sha256": digest}

    def logs(self, run_id: str, name: str = STD_LOG, *, poll_seconds: float = 0.2,
             follow: bool = True) -> Iterator[str]:
        """The text of a log as it is written, until it is complete, or (not ``follow``) all that is there.

        A new attempt begins its own log.
        """
        offset, attempt, complete = 0, "", False
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while not complete:
            answer = self.api.get(f"{_path(run_id)}/logs/{quote(name)}", {"offset": offset})
            if offset and answer.headers[ATTEMPT] != attempt:
                offset = 0
                decoder.reset()
                continue
            attempt = answer.headers[ATTEMPT]
            offset = int(answer.headers[NEXT_OFFSET])
            complete = answer.headers[COMPLETE] == "true"
            if text := decoder.decode(answer.content, final=complete):
                yield text
            elif not complete:
                if not follow:
                    return
                time.sleep(poll_seconds)


def _path(run_id: str) -> str:
    return f"runs/{quote(run_id, safe='')}"
