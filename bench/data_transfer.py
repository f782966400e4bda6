"""Datastores: upload and download against the bare azure-storage-blob on the same Azurite."""

import io
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stdout
from functools import partial
from pathlib import Path
from unittest.mock import patch

from azure.storage.blob import BlobServiceClient, ContainerClient
from runspoor.sdk.datastore import Datastore
from runspoor.sdk.workspace import Workspace
from runspoor.transfer.upload import PARALLEL

from bench.measure import Result
from bench.target import Target

LARGE_BYTES = 1024**3
SMALL_FILES, SMALL_BYTES = 5_000, 20 * 1024
CONTAINER = "data"
MEGABYTE = 1_000_000
OURS, THEIRS = "ours", "theirs"
TURNS = 2


def large_file(target: Target) -> list[Result]:
    """One file of 1 GiB, there and back; the reference sends eight blocks at once as well."""
    with _room() as room:
        with (room / "large").open("wb") as file:
            for _ in range(LARGE_BYTES // MEGABYTE + 1):
                file.write(os.urandom(MEGABYTE))
        return _compared(target, room, ["large"], "1 GiB", at_once=8, files_at_once=1)


def small_files(target: Target) -> list[Result]:
    """5,000 files of 20 KiB, there and back; the reference has as many threads."""
    with _room() as room:
        names = [f"small/{number % 50}/{number}" for number in range(SMALL_FILES)]
        for name in names:
            (room / name).parent.mkdir(parents=True, exist_ok=True)
            (room / name).write_bytes(os.urandom(SMALL_BYTES))
        return _compared(target, room, names, "5,000 x 20 KiB", at_once=1, files_at_once=PARALLEL)


def _compared(target: Target, room: Path, names: list[str], what: str, at_once: int, files_at_once: int
              ) -> list[Result]:
    size = sum((room / name).stat().st_size for name in names)
    told = {"RUNSPOOR_URL": target.system.url, "RUNSPOOR_KEY": target.system.state.key}
    service = BlobServiceClient.from_connection_string(target.system.storage.connection_string)
    with patch.dict(os.environ, told), service, redirect_stdout(io.StringIO()):
        store = Datastore.get_default(Workspace("subscription", "group", "bench"))
        bare = _Bare(service.get_container_client(CONTAINER), room, names, at_once, files_at_once)
        paths = [str(room / name) for name in names]
        up = _turns(partial(store.upload_files, paths, str(room), OURS, overwrite=True), bare.upload)
        down = _turns(partial(store.download, str(room / "back"), f"{OURS}/", overwrite=True), bare.download)
        _check(room, names)
    return [Result(f"{way} of {what}", size / ours / MEGABYTE, "azure-storage-blob alone", size / theirs / MEGABYTE,
                   "MB/s") for way, (ours, theirs) in (("upload", up), ("download", down))]


class _Bare:
    """The same by the SDK of storage, with ``files_at_once`` threads."""

    def __init__(self, container: ContainerClient, room: Path, names: list[str], at_once: int, files_at_once: int
                 ) -> None:
        self._container, self._room, self._names = container, room, names
        self._at_once, self._files_at_once = at_once, files_at_once

    def upload(self) -> None:
        self._each(self._up)

    def download(self) -> None:
        self._each(self._down)

    def _each(self, work: Callable[[str], None]) -> None:
        with ThreadPoolExecutor(self._files_at_once) as pool:
            list(pool.map(work, self._names))

    def _up(self, name: str) -> None:
        with (self._room / name).open("rb") as file:
            self._container.upload_blob(f"{THEIRS}/{name}", file, overwrite=True, max_concurrency=self._at_once)

    def _down(self, name: str) -> None:
        target = self._room / "bare" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            self._container.download_blob(f"{THEIRS}/{name}", max_concurrency=self._at_once).readinto(file)


def _turns(ours: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, float]:
    """The best of some turns each, so that what else the machine does counts least."""
    best = [float("inf"), float("inf")]
    for _ in range(TURNS):
        for number, work in enumerate((ours, theirs)):
            start = time.perf_counter()
            work()
            best[number] = min(best[number], time.perf_counter() - start)
    return best[0], best[1]


def _check(room: Path, names: list[str]) -> None:
    """A speed counts only for what arrived."""
    for name in names[:100]:
        if (room / "back" / OURS / name).read_bytes() != (room / name).read_bytes():
            raise RuntimeError(f"{name} did not come back as it went")


@contextmanager
def _room() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="runspoor-bench-data-") as folder:
        yield Path(folder)
