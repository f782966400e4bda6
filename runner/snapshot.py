"""Putting the frozen source folder onto the node's disk."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from runner.blobs import Blobs
from runner.errors import RunFailed
from runner.names import trouble_with

log = logging.getLogger(__name__)
THREADS = 8
TRIES = 2  # A file that came damaged is fetched again once.


@dataclass(frozen=True)
class File:
    path: str
    sha256: str
    size: int
    executable: bool


def download(blobs: Blobs, snapshot_id: str, root: Path) -> None:
    """Fill the new folder ``root``. Raises RunFailed (SnapshotCorrupt), naming the file at fault."""
    files = read_manifest(blobs.manifest(), snapshot_id)
    by_content: dict[str, list[File]] = defaultdict(list)
    for file in files:
        by_content[file.sha256].append(file)
        (root / file.path).parent.mkdir(parents=True, exist_ok=True)
    root.mkdir(exist_ok=True)
    blobs.grants.ask({"files": list(by_content)})
    with ThreadPoolExecutor(min(THREADS, len(by_content) or 1)) as pool:
        list(pool.map(lambda same: _place(blobs, root, same), by_content.values()))
    log.info("snapshot %s: %d files, %d bytes", snapshot_id[:12], len(files), sum(file.size for file in files))


def read_manifest(content: bytes, snapshot_id: str) -> list[File]:
    """The files of a manifest. Raises RunFailed when it is not the one asked for or names a path outside its folder."""
    if hashlib.sha256(content).hexdigest() != snapshot_id:
        raise _corrupt("its manifest is not the one that was submitted")
    files = [File(entry["path"], entry["sha256"], entry["size"], bool(entry.get("executable")))
             for entry in json.loads(content)["files"]]
    for file in files:
        trouble = trouble_with(file.path)
        if trouble:
            raise _corrupt(f"{file.path!r} is not allowed: {trouble}")
    return files


def _place(blobs: Blobs, root: Path, same: list[File]) -> None:
    first, *others = same
    _fetch(blobs, first, root / first.path)
    for file in others:
        shutil.copyfile(root / first.path, root / file.path)
    for file in same:
        (root / file.path).chmod(0o755 if file.executable else 0o644)


def _fetch(blobs: Blobs, file: File, target: Path) -> None:
    for _ in range(TRIES):
        found = blobs.download(file.sha256, target)
        if found is None:
            raise _corrupt(f"{file.path} is not in storage")
        if found == file.sha256 and target.stat().st_size == file.size:
            return
    raise _corrupt(f"{file.path} has other content than was submitted (sha256 {found}, expected {file.sha256})")


def _corrupt(what: str) -> RunFailed:
    return RunFailed("SnapshotCorrupt", f"The source snapshot cannot be used: {what}. Submit the run again.")
