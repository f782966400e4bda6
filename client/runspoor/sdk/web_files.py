"""Files of the web, and of storage by a granted address, brought to this machine."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from runspoor.errors import NotFound, RunspoorError, ServiceError
from runspoor.sdk.exceptions import UserErrorException
from runspoor.sdk.file_layout import shown
from runspoor.transport import PATIENCE_SECONDS
from runspoor.transport.api import ApiTransport
from runspoor.transport.over_stdlib import StandardExchange
from runspoor.transport.redirects import Following

THREADS = 8


def web(patience: float = PATIENCE_SECONDS) -> ApiTransport:
    """A transport for downloads alone. Over the standard library, which hands over bytes as they are stored."""
    return ApiTransport("", None, Following(StandardExchange()), patience)


def download(files: Mapping[str, str], folder: Path, overwrite: bool, ignore_not_found: bool,
             patience: float = PATIENCE_SECONDS) -> list[Path]:
    """Bring ``files`` (path below ``folder`` -> address) here; gives where they are, in this order.

    Each appears once it is whole. UserErrorException when one exists already (without ``overwrite``; nothing is done
    then), or cannot be had; a missing one is left out with ``ignore_not_found``.
    """
    targets = {_inside(folder, path): url for path, url in files.items()}
    if not overwrite and (there := next(filter(os.path.lexists, targets), None)):
        raise UserErrorException(f"{there} exists already: download with overwrite=True, or into another folder.")
    transport = web(patience)
    with ThreadPoolExecutor(THREADS) as pool:
        sizes = list(pool.map(lambda each: _one(transport, each[0], each[1], ignore_not_found), targets.items()))
    transport.close()
    _tell(folder, [size for size in sizes if size is not None])
    return [target for target, size in zip(targets, sizes) if size is not None]


def _tell(folder: Path, sizes: list[int]) -> None:
    from runspoor.snapshot.progress import size

    print(f"Downloaded {len(sizes)} files, {size(sum(sizes))}, to {folder}", file=sys.stderr)


def _inside(folder: Path, path: str) -> Path:
    if any(part in ("", ".", "..") for part in path.split("/")) or "\\" in path or "\0" in path:
        raise UserErrorException(f"The file {path[:200]!r} of the dataset cannot have this name here.")
    return folder / path


def _one(transport: ApiTransport, target: Path, url: str, ignore_not_found: bool) -> int | None:
    """Its size; None when there is no such file and that is no matter."""
    try:
        return _save(transport, target, url)
    except NotFound as error:
        if ignore_not_found:
            return None
        raise UserErrorException(f"There is no file at {shown(url)}.", inner_exception=error) from error
    except ServiceError as error:
        raise UserErrorException(f"{shown(url)} cannot be had: the server answered HTTP {error.status}.",
                                 inner_exception=error) from error
    except RunspoorError as error:
        raise UserErrorException(f"{shown(url)} cannot be had: {error}", inner_exception=error) from error


def _save(transport: ApiTransport, target: Path, url: str) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{secrets.token_hex(8)}.part")
    size = 0
    try:
        with transport.download(url) as pieces, part.open("wb") as file:
            for piece in pieces:
                size += file.write(piece)
        os.replace(part, target)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()
    return size
