"""A frozen source folder as a zip file."""

from __future__ import annotations

import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runspoor.sdk.exceptions import UserErrorException, translated

if TYPE_CHECKING:
    from runspoor.sdk.workspace import Workspace
    from runspoor.transport import Transport

PARALLEL = 8
EXECUTABLE, PLAIN = 0o100755, 0o100644


@translated()
def download(workspace: Workspace, snapshot_id: str | None, folder: str | None) -> str:
    """Write ``<snapshot id>.zip`` into ``folder`` (none: here); returns its path."""
    if snapshot_id is None:
        raise UserErrorException("The run has no snapshot: it was logged without a source folder.")
    target = Path(folder or ".") / f"{snapshot_id}.zip"
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive, ThreadPoolExecutor(PARALLEL) as pool:
            files = workspace.api.pages(f"snapshots/{snapshot_id}/files")
            for file, content in pool.map(lambda file: (file, _content(workspace.api, file["url"])), files):
                archive.writestr(_entry(file), content)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return str(target)


def _content(api: Transport, url: str) -> bytes:
    with api.download(url) as pieces:
        return b"".join(pieces)


def _entry(file: Any) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(file["path"])
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (EXECUTABLE if file["executable"] else PLAIN) << 16
    return entry
