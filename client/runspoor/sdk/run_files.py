"""Files of a run: listed, downloaded, uploaded."""

from __future__ import annotations

import io
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Callable, Union

from runspoor.errors import NotFound, Unreachable
from runspoor.sdk.exceptions import NotOffered, ServiceException, UserErrorException
from runspoor.sdk.file_names import below, local_path, stored_name
from runspoor.sdk.run_record import RunRecord
from runspoor.sdk.surface import Surface

PARALLEL = 8
NAMES_PER_REQUEST = 1_000
LISTED_IN_ERRORS = 50
PathOrStream = Union[str, "os.PathLike[str]", IO[bytes]]


class RunFiles(Surface):
    """Names of files have ``/`` and lie in outputs, logs, user_logs, system_logs or batch.

    A name that lies elsewhere means the file of that name in ``outputs``, when uploading and when reading.
    """

    _record: RunRecord

    def get_file_names(self) -> list[str]:
        """The names of all files, with their folders."""
        return [file["name"] for file in self._record.pages("/files")]

    def download_file(self, name: str, output_file_path: str | os.PathLike[str] | None = None) -> None:
        """Download one file: to its base name here, into a folder (which exists, or ends with a slash), or to a path.

        UserErrorException, with the names there are, when the run has no such file.
        """
        target = local_path(name, output_file_path)
        target.parent.mkdir(parents=True, exist_ok=True)
        names = dict.fromkeys([name, stored_name(name)])
        if not any(self._downloaded(candidate, target) for candidate in names):
            raise UserErrorException(f"The run {self._record.id} has no file {name!r}. {self._what_there_is()}")

    def _downloaded(self, name: str, target: Path) -> bool:
        """False when the run has no such file."""
        try:
            with self._record.client() as client:
                client.download(self._record.id, name, target)
        except UserErrorException as error:
            if isinstance(error.inner_exception, NotFound):
                return False
            raise
        return True

    def _what_there_is(self) -> str:
        names = self.get_file_names()
        more = f", and {len(names) - LISTED_IN_ERRORS} more" if len(names) > LISTED_IN_ERRORS else ""
        return f"It has: {', '.join(names[:LISTED_IN_ERRORS])}{more}." if names else "It has none."

    def download_files(self, prefix: str | None = None, output_directory: str | os.PathLike[str] | None = None,
                       output_paths: Sequence[str] | None = None, batch_size: int = 100, append_prefix: bool = True,
                       timeout_seconds: float | None = None) -> None:
        """Download all files in the folder ``prefix`` (none: all) into ``output_directory`` (none: here), in parallel.

        ``append_prefix=False`` leaves the folder out of the local paths; ``output_paths`` names them one by one.
        ServiceException when it takes longer than ``timeout_seconds``.
        """
        names = self._names_below(prefix)
        paths = list(output_paths or [name if append_prefix else below(prefix, name) for name in names])
        if len(paths) != len(names):
            raise UserErrorException(f"There are {len(paths)} output_paths for {len(names)} files: {names}.")
        folder = Path(output_directory or ".")
        with self._record.client() as client, self._in_parallel(min(batch_size, PARALLEL), timeout_seconds) as jobs:
            for name, path in zip(names, paths):
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                jobs.submit(client.download, self._record.id, name, target)

    def _names_below(self, prefix: str | None) -> list[str]:
        if not prefix:
            return self.get_file_names()
        for folder in dict.fromkeys([prefix, stored_name(prefix)]):
            found = self._record.pages("/files", {"prefix": folder.rstrip("/")})
            names = [file["name"] for file in found if below(folder, file["name"])]
            if names:
                return names
        return []

    def get_all_logs(self, destination: str | os.PathLike[str] | None = None) -> list[str]:
        """Download all log files into a folder (none: here, into one named by the run); returns their paths."""
        folder = Path(destination or f"{self._record.id}_logs")
        names = [file["name"] for file in self._record.pages("/logs")]
        with self._record.client() as client, self._in_parallel(PARALLEL, None) as jobs:
            for name in names:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                jobs.submit(client.download, self._record.id, name, folder / name)
        return [str(folder / name) for name in names]

    def upload_file(self, name: str, path_or_stream: PathOrStream, datastore_name: str | None = None) -> list[str]:
        """Upload a file, or what a binary stream has; returns the name it is stored under, in a list."""
        if isinstance(path_or_stream, (str, os.PathLike)):
            return self._upload({name: Path(path_or_stream)}, datastore_name)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "stream"
            file.write_bytes(_bytes_of(path_or_stream))
            return self._upload({name: file}, datastore_name)

    def upload_files(self, names: Sequence[str], paths: Sequence[str], return_artifacts: bool = False,
                     timeout_seconds: float | None = None, datastore_name: str | None = None) -> list[str]:
        """Upload files in parallel; returns the names they are stored under."""
        if len(names) != len(paths):
            raise UserErrorException(f"There are {len(names)} names for {len(paths)} paths.")
        return self._upload(dict(zip(names, map(Path, paths))), datastore_name, timeout_seconds)

    def upload_folder(self, name: str, path: str | os.PathLike[str], datastore_name: str | None = None) -> list[str]:
        """Upload all files of a folder below ``name``; returns the names they are stored under."""
        root = Path(path)
        if not root.is_dir():
            raise UserErrorException(f"{root} is not a folder.")
        files = sorted(file for file in root.rglob("*") if file.is_file())
        return self._upload({f"{name.rstrip('/')}/{file.relative_to(root).as_posix()}": file for file in files},
                            datastore_name)

    def _upload(self, files: Mapping[str, Path], datastore_name: str | None,
                timeout_seconds: float | None = None) -> list[str]:
        if datastore_name is not None:
            raise NotOffered("upload to another datastore (datastore_name)",
                             "leave it out, files of a run are kept with the run")
        missing = [str(path) for path in files.values() if not path.is_file()]
        if missing:
            raise UserErrorException(f"There is no file {missing[0]}.")
        stored = {stored_name(name): path for name, path in files.items()}
        self._store(stored, timeout_seconds)
        return list(stored)

    def _content(self, url: str) -> bytes:
        with self._record.client() as client, client.api.download(url) as pieces:
            return b"".join(pieces)

    def _store(self, files: Mapping[str, Path], timeout_seconds: float | None = None) -> None:
        """Store files under names that are stored names."""
        names = list(files)
        urls: dict[str, str] = {}
        for first in range(0, len(names), NAMES_PER_REQUEST):
            body = {"names": names[first:first + NAMES_PER_REQUEST]}
            urls.update(self._record.write("POST", "/uploads", body)["urls"])
        with self._record.client() as client, self._in_parallel(PARALLEL, timeout_seconds) as jobs:
            for name, path in files.items():
                jobs.submit(client.api.upload, urls[name], path)

    @contextmanager
    def _in_parallel(self, workers: int, timeout_seconds: float | None) -> Iterator[_Jobs]:
        jobs = _Jobs(max(1, workers))
        try:
            yield jobs
            jobs.finish(timeout_seconds)
        finally:
            jobs.pool.shutdown(wait=False, cancel_futures=True)


class _Jobs:
    """Work in threads; the first error stops the rest."""

    def __init__(self, workers: int) -> None:
        self.pool = ThreadPoolExecutor(workers)
        self._futures: list[Future[object]] = []
        self._began = time.monotonic()

    def submit(self, do: Callable[..., object], *arguments: object) -> None:
        self._futures.append(self.pool.submit(do, *arguments))

    def finish(self, timeout_seconds: float | None) -> None:
        done, pending = wait(self._futures, timeout_seconds, FIRST_EXCEPTION)
        for future in done:
            future.result()
        if pending:
            raise ServiceException(Unreachable(
                f"{len(pending)} of {len(self._futures)} files are missing after {timeout_seconds} s: allow more."))


def _bytes_of(stream: IO[bytes]) -> bytes:
    if isinstance(stream, io.TextIOBase) or not hasattr(stream, "read"):
        raise UserErrorException("upload_file takes a path or a binary stream, such as open(path, 'rb').")
    return stream.read()
