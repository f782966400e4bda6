"""Files of models: from this machine to the backend, and back."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TextIO

from runspoor.errors import Corrupt
from runspoor.progress import bar
from runspoor.sdk.exceptions import ModelPathNotFoundException
from runspoor.snapshot.files import file_digest
from runspoor.transfer.download import Existing, download
from runspoor.transfer.listing import Listing
from runspoor.transport import Transport

PARALLEL = 8


def files_at(path: str | os.PathLike[str], child_paths: Iterable[str] | None = None) -> dict[str, Path]:
    """The files of a model: path below the place of a download -> file here. ``path``: a file or a folder.

    ``child_paths``: the files and folders of the folder that are wanted (none: all).
    ModelPathNotFoundException when there is nothing.
    """
    root = Path(os.path.abspath(path))
    tops = [root] if child_paths is None else [Path(os.path.abspath(root / child)) for child in child_paths]
    missing = [top for top in tops if not top.exists() or root not in (top, *top.parents)]
    if missing:
        raise ModelPathNotFoundException(f"There is no file or folder {missing[0]} to make a model of.")
    found = sorted({file for top in tops for file in ([top] if top.is_file() else top.rglob("*")) if file.is_file()})
    if not found:
        raise ModelPathNotFoundException(f"The folder {root} has no files to make a model of.")
    return {file.relative_to(root.parent).as_posix(): file for file in found}


def register(api: Transport, said: Mapping[str, Any], files: Mapping[str, Path]) -> dict[str, Any]:
    """Upload what the backend has not, and register; returns the version. All tries make one."""
    with ThreadPoolExecutor(PARALLEL) as pool:
        digests = dict(zip(files, pool.map(file_digest, files.values())))
    entries = [{"path": path, "sha256": sha256, "size": size} for path, (sha256, size) in digests.items()]
    by_digest = {digests[path][0]: file for path, file in files.items()}
    key, body = uuid.uuid4().hex, {**said, "files": entries}
    answer: dict[str, Any] = api.write("POST", "models", body, key).json()
    if "missing" in answer:
        _upload(api, {each["url"]: by_digest[each["sha256"]] for each in answer["missing"]})
        answer = api.write("POST", "models", body, key).json()
    if "missing" in answer:
        raise Corrupt(f"{len(answer['missing'])} uploaded files did not arrive whole: register the model again.")
    return answer


def _upload(api: Transport, files: Mapping[str, Path]) -> None:
    """URL -> file. The backend checks the sizes, a download the content."""
    def send(url: str, file: Path) -> int:
        api.upload(url, file)
        return file.stat().st_size

    total = sum(file.stat().st_size for file in files.values())
    pool = ThreadPoolExecutor(PARALLEL)
    try:
        with bar(sys.stdout, "uploading", total) as advance:
            for size in pool.map(send, files, files.values()):
                advance(size)
    finally:
        pool.shutdown(cancel_futures=True)


def fetch(api: Transport, path: str, version: int, folder: Path, existing: Existing,
          stream: TextIO | None = None) -> None:
    """Download all files of a version of the model at ``path`` of the API into ``folder``, each checked.

    Raises what ``runspoor.transfer.download`` raises.
    """
    listing = Listing(lambda: api.pages(f"{path}/files", {"version": version}))
    download(listing.files(), folder, existing=existing, renew=listing.renewed, stream=stream)
