"""A mount of a dataset against a download of it: how soon the first byte is there, and how fast all of them come."""

import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from unittest.mock import patch

from azure.storage.blob import BlobServiceClient
from runspoor.sdk.dataset import Dataset
from runspoor.sdk.datastore import Datastore
from runspoor.sdk.file_dataset import FileDataset
from runspoor.sdk.workspace import Workspace

from bench.measure import Result
from bench.target import Target

MIB = 1024 * 1024
SIZE = 256 * MIB
TIMES = 3


def mounts(target: Target) -> list[Result]:
    """One file of 256 MiB: the first byte, the last byte, and all of it."""
    told = {"RUNSPOOR_URL": target.system.url, "RUNSPOOR_KEY": target.system.state.key}
    with patch.dict(os.environ, told):
        dataset = _dataset(target)
        first, end, everything = (_best(partial(_through_mount, dataset, work)) for work in (
            partial(_read, 0), partial(_read, SIZE - 1), _read_all))
        downloaded = _best(lambda: _downloaded(dataset))
    return [
        Result("first byte through a mount, file of 256 MiB", first, "after a download", downloaded, "s"),
        Result("last byte through a mount", end, "after a download", downloaded, "s"),
        Result("all of it through a mount", SIZE / MIB / everything, "download", SIZE / MIB / downloaded, "MiB/s"),
    ]


def _dataset(target: Target) -> FileDataset:
    with BlobServiceClient.from_connection_string(target.system.storage.connection_string) as service:
        service.get_blob_client("data", "bench/mount.bin").upload_blob(os.urandom(SIZE), overwrite=True)
    workspace = Workspace("subscription", "group", "bench")
    made = Dataset.File.from_files((Datastore.get(workspace, "workspaceblobstore"), "bench/mount.bin"))
    return made.register(workspace, "bench-mount", create_new_version=True)


def _best(work: Callable[[], float]) -> float:
    """The shortest of some times: the machine does other things as well."""
    return min(work() for _ in range(TIMES))


def _through_mount(dataset: FileDataset, work: Callable[[str], None]) -> float:
    """Seconds from asking for the mount until ``work`` is done with the file."""
    start = time.perf_counter()
    with dataset.mount() as mounted:
        work(mounted.data_path)
        return time.perf_counter() - start


def _read(offset: int, path: str) -> None:
    with open(path, "rb", buffering=0) as file:
        file.seek(offset)
        file.read(1)


def _read_all(path: str) -> None:
    with open(path, "rb", buffering=0) as file:
        while file.read(MIB):
            pass


def _downloaded(dataset: FileDataset) -> float:
    """Seconds until the first byte can be read of a download."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        [path] = dataset.download(folder)
        _read(0, path)
        return time.perf_counter() - start
