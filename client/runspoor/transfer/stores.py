"""Files to and from the datastores of a backend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from runspoor.transfer.download import download
from runspoor.transfer.listing import Listing
from runspoor.transfer.upload import upload
from runspoor.transport import Transport

__all__ = ["fetch", "listed", "send"]

FILES_PER_PAGE = 1_000


def listed(api: Transport, address: str, prefix: str = "") -> Iterator[Mapping[str, Any]]:
    """The files of a datastore (``datastores/<name>``) whose paths begin with ``prefix``: DatastoreFile."""
    return api.pages(f"{address}/files", {"prefix": prefix or None, "limit": FILES_PER_PAGE})


def fetch(api: Transport, address: str, folder: Path, prefix: str, overwrite: bool,
          stream: TextIO | None = None) -> list[Path]:
    """Copy those files below ``folder``, with their whole paths. Raises what ``download`` raises."""
    listing = Listing(lambda: listed(api, address, prefix))
    return download(listing.files(), folder, existing="replace" if overwrite else "keep", renew=listing.renewed,
                    stream=stream)


def send(api: Transport, address: str, files: Mapping[str, Path], overwrite: bool,
         stream: TextIO | None = None) -> list[str]:
    """Write ``files`` (path on the datastore -> file here); gives the paths written. Raises what ``upload`` raises."""
    def ask(paths: Sequence[str]) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = api.write("POST", f"{address}/uploads", {"paths": list(paths)}).json()
        return answer

    return upload(files, ask, overwrite=overwrite, stream=stream)
