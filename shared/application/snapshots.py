"""Freezing a source folder: files stored once by content, and a manifest whose digest names the whole."""

import hashlib
import json
from datetime import timedelta

from shared.application import content
from shared.application.backend import Backend
from shared.application.paths import check_tree, confined, manifest_blob, source_blob
from shared.contract.requests import SnapshotFile, SnapshotRequest
from shared.contract.responses import Manifest, Page, SnapshotEntry, SnapshotFileLink, SnapshotResponse
from shared.domain import limits
from shared.domain.errors import Invalid, NotFound

LINK_LIFETIME = timedelta(hours=1)


def create(backend: Backend, request: SnapshotRequest) -> SnapshotResponse:
    """Store what came inline, say what is missing; once nothing is, store the manifest. Sending it again is safe."""
    entries = sorted((_entry(file) for file in request.files), key=lambda entry: entry.path)
    _check(entries)
    _store_inline(backend, request.files)
    manifest = _canonical(entries)
    snapshot_id = hashlib.sha256(manifest).hexdigest()
    known = backend.blobs.read("snapshots", manifest_blob(snapshot_id), 0, 1) is not None
    sizes = {entry.sha256: entry.size for entry in entries}
    missing = [] if known else content.missing(backend, "snapshots", sizes)
    if not known and not missing:
        backend.blobs.put("snapshots", manifest_blob(snapshot_id), manifest)
    size = sum(entry.size for entry in entries)
    return SnapshotResponse(
        snapshot_id=snapshot_id, files=len(entries), bytes=size, complete=not missing, missing=missing
    )


def read(backend: Backend, snapshot_id: str) -> Manifest:
    """The manifest of a complete snapshot; ``NotFound`` otherwise."""
    stored = backend.blobs.read("snapshots", manifest_blob(snapshot_id))
    if stored is None:
        raise NotFound(f"There is no complete snapshot {snapshot_id!r}: create it and upload its missing files first.")
    return Manifest.model_validate_json(stored)


def links(backend: Backend, snapshot_id: str, limit: int, after: str | None) -> Page[SnapshotFileLink]:
    """A page of the snapshot's files by path, behind the path ``after``, with a URL good for an hour for each."""
    until = backend.clock() + LINK_LIFETIME
    behind = [file for file in read(backend, snapshot_id).files if after is None or file.path > after]
    value = [SnapshotFileLink(**file.model_dump(),
                              url=backend.blobs.grant("snapshots", source_blob(file.sha256), "read", until))
             for file in behind[:limit]]
    return Page(value=value, next=value[-1].path if len(behind) > limit else None)


def _entry(file: SnapshotFile) -> SnapshotEntry:
    path = confined(file.path)
    if file.content is None:
        return SnapshotEntry(path=path, sha256=file.sha256 or "", size=file.size or 0, executable=file.executable)
    data = _encoded(file)
    digest = hashlib.sha256(data).hexdigest()
    return SnapshotEntry(path=path, sha256=digest, size=len(data), executable=file.executable)


def _encoded(file: SnapshotFile) -> bytes:
    try:
        return (file.content or "").encode()
    except UnicodeEncodeError as error:
        raise Invalid(f"{file.path!r} is not text: upload it, and send its 'sha256' and 'size'.") from error


def _check(entries: list[SnapshotEntry]) -> None:
    size = sum(entry.size for entry in entries)
    if size > limits.SNAPSHOT_BYTES:
        raise Invalid(f"The snapshot has {size:,} bytes and may have {limits.SNAPSHOT_BYTES:,}: leave data out of the "
                      "source folder, and read it from a datastore.")
    check_tree([entry.path for entry in entries])


def _canonical(entries: list[SnapshotEntry]) -> bytes:
    files = [entry.model_dump() for entry in entries]
    return json.dumps({"files": files}, sort_keys=True, separators=(",", ":")).encode()


def _store_inline(backend: Backend, files: list[SnapshotFile]) -> None:
    for file in files:
        if file.content is not None:
            data = _encoded(file)
            backend.blobs.put("snapshots", source_blob(hashlib.sha256(data).hexdigest()), data)
