"""Files and logs of a run: listed, linked, and read while they are written."""

from collections.abc import Iterator
from datetime import timedelta

from shared.application.backend import Backend
from shared.application.paths import FILES, LOGS, attempt_prefix, confined, plain
from shared.application.ports import Blob
from shared.contract.responses import FileLink, FileModel, Page
from shared.domain.errors import Invalid, NotFound
from shared.domain.run_state import Run

LINK_LIFETIME = timedelta(minutes=15)
LOG_BYTES = 1024 * 1024
LONGEST = 2_000
"""Of a prefix or a cursor: both stand in the address of a request to Storage."""


def page(backend: Backend, run: Run, attempt: int, prefix: str, limit: int, cursor: str | None) -> Page[FileModel]:
    """A page of the run's files by name. ``cursor`` is opaque."""
    for what, text in (("prefix", prefix), ("cursor", cursor or "")):
        if not plain(text) or len(text) > LONGEST:
            raise Invalid(f"The parameter '{what}' is too long or has characters that no file of a run has: "
                          "leave it out, or take it from a list.")
    root = attempt_prefix(run.id, attempt)
    blobs, following = backend.blobs.list("runs", root + prefix, cursor, limit)
    value = [_model(blob, root) for blob in blobs if blob.name.removeprefix(root).split("/")[0] in FILES]
    return Page(value=value, next=following)


def below(backend: Backend, prefix: str) -> Iterator[Blob]:
    """All blobs of runs whose names begin with ``prefix``, by name."""
    cursor: str | None = None
    while True:
        blobs, cursor = backend.blobs.list("runs", prefix, cursor)
        yield from blobs
        if cursor is None:
            return


def logs(backend: Backend, run: Run, attempt: int, limit: int, cursor: str | None) -> Page[FileModel]:
    """A page of the log files of an attempt, the script's output first. ``cursor``: a folder, and Storage's own."""
    root = attempt_prefix(run.id, attempt)
    folder, _, inner = (cursor or LOGS[0]).partition("|")
    if folder not in LOGS or not plain(inner) or len(inner) > LONGEST:
        raise Invalid("The parameter 'cursor' is not the 'next' of a page of logs: begin without one.")
    found: list[Blob] = []
    for name in LOGS[LOGS.index(folder) :]:
        if len(found) == limit:
            return Page(value=[_model(blob, root) for blob in found], next=name)
        blobs, following = backend.blobs.list("runs", f"{root}{name}/", inner or None, limit - len(found))
        found, inner = [*found, *blobs], ""
        if following:
            return Page(value=[_model(blob, root) for blob in found], next=f"{name}|{following}")
    return Page(value=[_model(blob, root) for blob in found])


def link(backend: Backend, run: Run, attempt: int, name: str) -> FileLink:
    """Where to download a file from; ``NotFound`` when the run has no such file."""
    root = attempt_prefix(run.id, attempt)
    blobs, _ = backend.blobs.list("runs", root + _known(name, FILES), limit=1)
    if not blobs or blobs[0].name != root + name:
        raise NotFound(f"Run {run.id!r} has no file {name!r}: list its files to see what there is.")
    until = backend.clock() + LINK_LIFETIME
    url = backend.blobs.grant("runs", root + name, "read", until)
    return FileLink(**_model(blobs[0], root).model_dump(), url=url, expires_at=until)


def log(backend: Backend, run: Run, attempt: int, name: str, offset: int) -> tuple[bytes, bool]:
    """Up to 1 MiB of a log from byte ``offset``, and whether that is all there will ever be.

    A log that does not exist yet is empty while the run may still write it; afterwards it is ``NotFound``.
    """
    blob = attempt_prefix(run.id, attempt) + _known(name, LOGS)
    data = backend.blobs.read("runs", blob, offset, LOG_BYTES)
    over = run.ended or attempt < run.attempt
    if data is None and over:
        raise NotFound(f"Run {run.id!r} has no log {name!r}: list its logs to see what there is.")
    return data or b"", over and len(data or b"") < LOG_BYTES


def _known(name: str, folders: tuple[str, ...]) -> str:
    if confined(name).split("/")[0] not in folders:
        raise NotFound(f"A run keeps its files in {', '.join(folders)}: {name[:80]!r} is in none of them.")
    return name


def _model(blob: Blob, root: str) -> FileModel:
    return FileModel(name=blob.name.removeprefix(root), size=blob.size, modified=blob.modified, sha256=blob.sha256,
                     content_type=blob.content_type)
