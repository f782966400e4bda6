"""Files of storage to this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Literal, TextIO

from runspoor.errors import Corrupt, NoRoom, NotFound, RunspoorError, ServiceError, Unreachable
from runspoor.progress import size as shown_size
from runspoor.sdk.file_layout import shown
from runspoor.transfer.fetch import Fetch
from runspoor.transfer.grant import Grant
from runspoor.transfer.telling import Telling, telling
from runspoor.transport import Storage

__all__ = ["Existing", "Remote", "Renew", "UnusableName", "download"]

PARALLEL = 16
FILES_AT_ONCE = 10_000
"""In the pool's queue: what waits there takes memory."""
LARGE_BYTES = 16 * 1024 * 1024
"""Beyond this a file is fetched in parts."""
Existing = Literal["keep", "replace", "refuse"]
"""What becomes of a file that is here already; ``refuse``: nothing at all is done."""
Renew = Callable[[str, str], str]
"""A path and the URL for it that storage no longer takes -> another one."""


@dataclass(frozen=True)
class Remote:
    """A file to fetch: its ``path`` below the folder, where it is, and what is known of it."""

    path: str
    url: str
    size: int | None = None
    etag: str | None = None
    sha256: str | None = None


class UnusableName(RunspoorError):
    """A file's path would lead out of the folder, or cannot be one here."""


def download(files: Sequence[Remote], folder: Path, *, existing: Existing = "keep", renew: Renew | None = None,
             missing_ok: bool = False, stream: TextIO | None = None, storage: Storage | None = None) -> list[Path]:
    """Bring ``files`` here; gives where those are that were fetched, in order.

    Each appears once it is whole and checked: its size, its ETag, its SHA-256, and its MD5 where storage has one.
    Raises NoRoom and FileExistsError before anything is fetched, UnusableName, and others of ``runspoor.errors``.
    """
    targets = [(each, _inside(folder, each.path)) for each in files]
    there = {target for _, target in targets if existing != "replace" and os.path.lexists(target)}
    if there and existing == "refuse":
        raise FileExistsError(f"{min(there)} exists already")
    wanted = [each for each in targets if each[1] not in there]
    _enough_room(folder, sum(each.size or 0 for each, _ in wanted))
    if there and stream is not None:
        print(f"Here already, and left as it is: {len(there)} of {len(targets)} files", file=stream, flush=True)
    return _Downloads(wanted, renew, missing_ok, storage or Storage()).run(stream)


class _Downloads:
    def __init__(self, wanted: Sequence[tuple[Remote, Path]], renew: Renew | None, missing_ok: bool,
                 storage: Storage) -> None:
        self._wanted, self._renew, self._missing_ok, self._storage = wanted, renew, missing_ok, storage

    def run(self, stream: TextIO | None) -> list[Path]:
        for folder in {target.parent for _, target in self._wanted}:
            folder.mkdir(parents=True, exist_ok=True)
        pool = ThreadPoolExecutor(PARALLEL)
        try:
            size = sum(each.size or 0 for each, _ in self._wanted)
            with telling(stream, "Download", len(self._wanted), size) as told:
                return self._all(pool, told)
        finally:
            pool.shutdown(cancel_futures=True)
            self._storage.close()

    def _all(self, pool: ThreadPoolExecutor, told: Telling) -> list[Path]:
        fetch, fetched = Fetch(self._storage, told.advance), set[Path]()

        def one(each: Remote, target: Path, parts: ThreadPoolExecutor | None = None) -> None:
            try:
                fetch.file(each, self._grant(each), target, parts)
            except NotFound as error:
                if not self._missing_ok:
                    raise NotFound(error.status, f"There is no file at {shown(each.url)}.") from error
            except ServiceError as error:
                raise type(error)(error.status, f"{shown(each.url)} cannot be had: {error.detail}") from error
            except (Corrupt, Unreachable) as error:
                raise type(error)(f"{shown(each.url)} cannot be had: {error}") from error
            else:
                fetched.add(target)
                told.finished(each.path)

        small = [each for each in self._wanted if not _is_large(each[0])]
        for at in range(0, len(small), FILES_AT_ONCE):
            list(pool.map(lambda each: one(*each), small[at:at + FILES_AT_ONCE]))
        for each, target in self._wanted:
            if _is_large(each):
                one(each, target, pool)
        return [target for _, target in self._wanted if target in fetched]

    def _grant(self, each: Remote) -> Grant:
        renew = self._renew
        return Grant(each.url, None if renew is None else lambda refused: renew(each.path, refused))


def _is_large(each: Remote) -> bool:
    return (each.size or 0) > LARGE_BYTES


def _inside(folder: Path, path: str) -> Path:
    if any(part in ("", ".", "..") for part in path.split("/")) or "\\" in path or "\0" in path:
        raise UnusableName(f"The file {path[:200]!r} cannot have this name here.")
    return folder / path


def _enough_room(folder: Path, needed: int) -> None:
    here = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    free = shutil.disk_usage(here).free
    if needed > free:
        raise NoRoom(f"The files need {shown_size(needed)}, and {here} has {shown_size(free)} left: make room, choose "
                     "another folder, or mount the dataset, which fetches only what is read.")
