"""Freezing a source folder: files stored once by content, and a manifest whose digest names the whole."""

import hashlib
import json
from datetime import timedelta

from shared.application import content, datastores
from shared.application.backend import Backend
from shared.application.paths import check_tree, confined, manifest_blob, source_blob
from shared.application.stock import DatastoreStock, OwnStock, Stock
from shared.contract.requests import SnapshotFile, SnapshotRequest
from shared.contract.responses import Manifest, Page, SnapshotEntry, SnapshotFileLink, SnapshotResponse
from shared.domain import limits
from shared.domain.errors import Invalid, NotFound

LINK_LIFETIME = timedelta(hours=1)
FOLDER = "snapshots"
"""Of a datastore that keeps snapshots."""


def create(backend: Backend, request: SnapshotRequest) -> SnapshotResponse:
    """Store what came inline, say what is missing; once nothing is, store the manifest. Sending it again is safe."""
    entries = sorted((_entry(file) for file in request.files), key=lambda entry: entry.path)
    _check(entries)
    stock = stock_of(backend, request.datastore)
    _store_inline(stock, request.files)
    manifest = _canonical(entries, request.datastore)
    snapshot_id = hashlib.sha256(manifest).hexdigest()
    known = backend.blobs.read("snapshots", manifest_blob(snapshot_id), 0, 1) is not None
    sizes = {entry.sha256: entry.size for entry in entries}
    missing = [] if known else content.missing(backend, stock, sizes)
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
    manifest = read(backend, snapshot_id)
    stock = stock_of(backend, manifest.datastore)
    behind = [file for file in manifest.files if after is None or file.path > after]
    value = [SnapshotFileLink(**file.model_dump(), url=stock.read_url(source_blob(file.sha256), until))
             for file in behind[:limit]]
    return Page(value=value, next=value[-1].path if len(behind) > limit else None)


def stock_of(backend: Backend, datastore: str | None) -> Stock:
    """Where the files of snapshots are: in ``datastore`` (``Invalid`` if it is no blob container), or in our own."""
    if datastore is None:
        return OwnStock(backend.blobs, "snapshots")
    try:
        kind = datastores.definition(backend, datastore).kind
    except NotFound as error:
        raise Invalid(f"The snapshot cannot be kept there: {error}") from error
    if kind != "blob":
        raise Invalid(f"The snapshot cannot be kept in {datastore!r}: its files are uploaded as blobs, and it is of "
                      f"kind {kind!r}. Name a datastore of kind 'blob', or none.")
    return DatastoreStock(datastores.opened(backend, datastore), FOLDER)


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


def _canonical(entries: list[SnapshotEntry], datastore: str | None) -> bytes:
    manifest: dict[str, object] = {"files": [entry.model_dump() for entry in entries]}
    if datastore is not None:
        manifest["datastore"] = datastore
    return json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode()


def _store_inline(stock: Stock, files: list[SnapshotFile]) -> None:
    for file in files:
        if file.content is not None:
            data = _encoded(file)
            stock.put(source_blob(hashlib.sha256(data).hexdigest()), data)
