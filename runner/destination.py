"""Writing files to an output's datastore, through URLs that are good for one file and for minutes."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path
from urllib.parse import quote

from runner.blobs import CREATE_ONLY, EXISTS, Blobs, expect
from runner.connections import Connections
from runner.errors import Refused
from runner.grants import Grants
from runner.settings import OUTPUT_PATIENCE_SECONDS
from runner.share_upload import ShareUpload
from runner.task import Task
from runner.upload import Upload

SHARE = "share"
WRITER = "x-ms-meta-runspoor_run"
"""The run that wrote a file: by it a run knows those of its own attempt before, whose list went with its node."""


class AlreadyThere(Refused):
    """A file that is no file of this run, and may not be overwritten."""


class FileUrls(Grants):
    """URLs by the paths of an output's files, as if these were names of blobs. One URL has both rights."""

    def __init__(self, task: Task, connections: Connections, grants: Grants, output: str) -> None:
        super().__init__(task, connections)
        self._grants, self._output = grants, output
        self._kind: str | None = None

    def kind(self, path: str) -> str:
        """Of the datastore; ``path`` is that of any file."""
        if self._kind is None:
            self.ask({"write": [path]})
        return self._kind or ""

    def _call(self, pairs: Sequence[tuple[str, str]]) -> None:
        request = {"paths": [path for _, path in pairs]}
        answer, good_until = self._grants.exchange(f"outputs/{quote(self._output, safe='')}", request)
        self._kind = answer["kind"]
        self._keep("write", answer["urls"], good_until)

    def url(self, right: str, name: str) -> str:
        return super().url("write", name)

    def forget(self, right: str, name: str) -> None:
        super().forget("write", name)


class Destination:
    """One output's place in its datastore. All that is sent may raise Fenced, Refused or Outage."""

    def __init__(self, task: Task, connections: Connections, grants: Grants, output: str) -> None:
        self.urls = FileUrls(task, connections, grants, output)
        self._run, self._overwrite = task.run_id, task.outputs[output].overwrites
        self._blobs = Blobs(self.urls, connections, OUTPUT_PATIENCE_SECONDS)
        self._shares = ShareUpload(connections, OUTPUT_PATIENCE_SECONDS)
        self._spelled: dict[str, str] = {}

    def put(self, file: Path, path: str, blocks: Executor) -> tuple[int, str | None]:
        """(size, etag if it is known) of ``file``, now at ``path``. Raises AlreadyThere, OSError."""
        may_replace = self._overwrite
        if self.urls.kind(path) == SHARE:
            other = self._spelled.setdefault(path.casefold(), path)
            if other != path:
                raise Refused(f"a share cannot tell it from {other!r}, which differs in capitals only")
            may_replace = may_replace or self._check(path)
        try:
            return self._send(file, path, blocks, may_replace)
        except Refused as error:
            if error.status not in EXISTS or may_replace:
                raise
        self._check(path)
        return self._send(file, path, blocks, True)

    def _send(self, file: Path, path: str, blocks: Executor, may_replace: bool) -> tuple[int, str | None]:
        mark = {WRITER: self._run}
        if self.urls.kind(path) != SHARE:
            headers = mark if may_replace else {**mark, **CREATE_ONLY}
            sent = Upload(self._blobs, blocks, headers)(file, path)
            return sent.size, sent.etag
        size, _ = self._shares.put(self.urls.url("write", path), file, lambda: self._renewed(path), mark)
        return size, None

    def remove(self, path: str, etag: str | None) -> None:
        """Delete what ``put`` wrote at ``path``, if it is still that. Raises AlreadyThere else."""
        # A share knows no conditions.
        condition = {"If-Match": etag} if etag and self.urls.kind(path) != SHARE else {}
        response = self._blobs.send("DELETE", path, condition)
        if response.status in EXISTS:
            raise AlreadyThere(f"{path!r} is another file by now, or has snapshots", response.status)
        if response.status != 404:
            expect(202, path, response)

    def _renewed(self, path: str) -> str:
        self.urls.forget("write", path)
        return self.urls.url("write", path)

    def _check(self, path: str) -> bool:
        """True when a file that is there is of this run, or none is; raises AlreadyThere else."""
        response = self._blobs.send("HEAD", path, {}, right="read")
        if response.status == 404 or response.headers.get(WRITER) == self._run:
            return True
        expect(200, path, response)
        raise AlreadyThere(f"{path!r} is in the datastore already, and the output does not overwrite", response.status)
