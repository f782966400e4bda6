"""The files of a version of a model: found among those of a run or taken from a request, listed in a manifest."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from pydantic import BaseModel

from shared.application import runs
from shared.application.backend import Backend
from shared.application.paths import FILES, attempt_prefix, check_tree, confined, manifest_blob
from shared.application.ports import Blob
from shared.contract.models import ModelRequest
from shared.domain import limits
from shared.domain.errors import Invalid, NotFound
from shared.domain.model import Files, RunFiles
from shared.domain.run_state import Run

SHOWN = 10
"""Files that a refusal names."""


class Entry(BaseModel):
    """A file as the manifest has it; ``sha256`` is none when the run stored none, as of a log."""

    path: str
    sha256: str | None
    size: int


class Manifest(BaseModel):
    """All files of a version, by path."""

    files: list[Entry]


@dataclass(frozen=True)
class Listing:
    """The files of a version; those of a ``run`` are blobs of that run."""

    path: str
    files: list[Entry]
    run: RunFiles | None = None

    @property
    def prefix(self) -> str:
        """What stands before the path of a file in the name of its blob, if it is one of a run."""
        return attempt_prefix(self.run.run_id, self.run.attempt) + self.run.folder if self.run else ""


def uploaded(request: ModelRequest) -> Listing:
    """The files a caller wants to keep. ``path`` is what they have in common, '.' when that is nothing."""
    entries = [Entry(path=confined(file.path), sha256=file.sha256, size=file.size) for file in request.files or ()]
    check_tree([entry.path for entry in entries])
    for entry in entries:
        if entry.size > limits.UPLOAD_BYTES:
            raise Invalid(f"{entry.path!r} has {entry.size:,} bytes and an uploaded file may have "
                          f"{limits.UPLOAD_BYTES:,}: split it, or register it from the outputs of a run.")
    roots = {entry.path.split("/")[0] for entry in entries}
    return Listing(roots.pop() if len(roots) == 1 else ".", sorted(entries, key=lambda entry: entry.path))


def of_run(backend: Backend, run_id: str, path: str) -> Listing:
    """What lies at ``path`` among the files of a run now; ``NotFound`` names those it has instead."""
    run = runs.find(backend, run_id)
    folder = confined(path).rpartition("/")[0]
    assert run.definition
    source = RunFiles(run_id=run.id, attempt=run.attempt, experiment=run.definition.experiment,
                      folder=f"{folder}/" if folder else "")
    listing = Listing(path, [], source)
    entries = [Entry(path=blob.name.removeprefix(listing.prefix), sha256=blob.sha256, size=blob.size)
               for blob in islice(_blobs(backend, run, path), limits.MODEL_FILES + 1)]
    if not entries:
        raise NotFound(_nothing(backend, run, path))
    if len(entries) > limits.MODEL_FILES:
        raise Invalid(f"{path!r} of run {run.id!r} has more than the {limits.MODEL_FILES:,} files that a model may "
                      "have: pack them into an archive.")
    return Listing(path, entries, source)


def _blobs(backend: Backend, run: Run, path: str) -> Iterator[Blob]:
    """The file ``path``, or all below the folder ``path``."""
    if path.split("/")[0] not in FILES:
        return
    name = attempt_prefix(run.id, run.attempt) + path
    first, _ = backend.blobs.list("runs", name, limit=1)
    yield from (blob for blob in first if blob.name == name)
    cursor: str | None = None
    while True:
        blobs, cursor = backend.blobs.list("runs", f"{name}/", cursor)
        yield from blobs
        if cursor is None:
            return


def _nothing(backend: Backend, run: Run, path: str) -> str:
    root = attempt_prefix(run.id, run.attempt)
    found = [blob.name.removeprefix(root) for folder in FILES
             for blob in backend.blobs.list("runs", f"{root}{folder}/", limit=SHOWN)[0]][:SHOWN]
    there = f"it has: {', '.join(found)}" if found else "it has no files"
    later = "" if run.ended else f" It is {run.status}: what its script leaves in outputs is there once it has ended."
    return f"Run {run.id!r} has no file or folder {path!r}; {there}.{later}"


def stored(backend: Backend, listing: Listing) -> Files:
    """Store the manifest. Doing it again changes nothing."""
    manifest = Manifest(files=listing.files).model_dump_json().encode()
    digest = hashlib.sha256(manifest).hexdigest()
    backend.blobs.put("models", manifest_blob(digest), manifest)
    return Files(manifest=digest, path=listing.path, count=len(listing.files),
                 bytes=sum(file.size for file in listing.files), run=listing.run)


def listed(backend: Backend, files: Files) -> Listing:
    """The files of a version, from its manifest."""
    manifest = backend.blobs.read("models", manifest_blob(files.manifest))
    assert manifest is not None
    return Listing(files.path, Manifest.model_validate_json(manifest).files, files.run)
