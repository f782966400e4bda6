"""Uploading what the script left in ``./outputs``."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from runner.blobs import Blobs
from runner.errors import Outage, Refused
from runner.files import Found, regular_files
from runner.grants import NAMES_PER_CALL
from runner.names import LISTING, OUTPUTS
from runner.upload import Upload

log = logging.getLogger(__name__)
THREADS = 8
LINES = {"Content-Type": "application/jsonl"}


@dataclass(frozen=True)
class Uploaded:
    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class NotUploaded:
    path: str
    message: str


@dataclass(frozen=True)
class Outputs:
    """What became of the outputs."""

    uploaded: tuple[Uploaded, ...] = ()
    failed: tuple[NotUploaded, ...] = ()

    def document(self) -> dict[str, object]:
        """As in ``completed.json``."""
        return {"files": len(self.uploaded), "bytes": sum(file.size for file in self.uploaded),
                "failed": [asdict(file) for file in self.failed]}


def ship(blobs: Blobs, root: Path, prefix: str = OUTPUTS) -> Outputs:
    """Upload all of ``root`` as ``prefix/...``, then the manifest ``outputs.jsonl``. Raises Fenced.

    A file that cannot be uploaded is in ``failed``; the others are uploaded all the same.
    """
    with ThreadPoolExecutor(THREADS) as files, ThreadPoolExecutor(THREADS) as blocks:
        upload = Upload(blobs, blocks)
        done: list[Uploaded | NotUploaded] = []
        for batch in _batches(regular_files(root, prefix, log.info)):
            _ask_ahead(blobs, batch)
            done.extend(files.map(lambda file: _one(upload, file), batch))
        uploaded = tuple(one for one in done if isinstance(one, Uploaded))
        done += _listed(blobs, uploaded)
        result = Outputs(uploaded, tuple(one for one in done if isinstance(one, NotUploaded)))
    log.info("outputs: %d uploaded, %d failed", len(result.uploaded), len(result.failed))
    return result


def _listed(blobs: Blobs, uploaded: Iterable[Uploaded]) -> list[NotUploaded]:
    """Upload the manifest. It never was a file: the script may have left no room for one."""
    try:
        blobs.put(LISTING, b"".join(map(_line, uploaded)), LINES)
    except (Refused, Outage) as error:
        return [_failed(LISTING, str(error))]
    return []


def _batches(found: list[Found]) -> Iterable[list[Found]]:
    return (found[start:start + NAMES_PER_CALL] for start in range(0, len(found), NAMES_PER_CALL))


def _ask_ahead(blobs: Blobs, batch: list[Found]) -> None:
    try:
        blobs.grants.ask({"write": [file.name for file in batch if not file.trouble]})
    except Refused as error:
        log.warning("grants ahead: %s", error)  # Each file then asks for itself, so that one name fails one file.


def _one(upload: Upload, file: Found) -> Uploaded | NotUploaded:
    if file.trouble:
        return _failed(file.name, file.trouble)
    try:
        sent = upload(file.path, file.name)
        return Uploaded(file.name, sent.size, sent.sha256)
    except (OSError, Refused, Outage) as error:
        return _failed(file.name, str(error))


def _failed(name: str, message: str) -> NotUploaded:
    log.warning("%r was not uploaded: %s", name, message)
    return NotUploaded(name.encode("utf-8", "replace").decode(), message)


def _line(file: Uploaded) -> bytes:
    return json.dumps(asdict(file), ensure_ascii=False).encode() + b"\n"
