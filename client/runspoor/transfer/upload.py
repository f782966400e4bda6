"""Files of this machine to a datastore."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Callable, TextIO

from runspoor.transfer import blob, share
from runspoor.transfer.grant import Grant
from runspoor.transfer.telling import Telling, telling
from runspoor.transport import Storage

__all__ = ["PARALLEL", "Ask", "upload"]

PARALLEL = 16
BLOCKS_AT_ONCE = 8
PATHS_PER_REQUEST = 1_000
"""The backend's limit."""
LARGE_BYTES = 8 * 1024 * 1024
"""Beyond this a blob is written block by block."""
Ask = Callable[[Sequence[str]], Mapping[str, Any]]
"""Paths of a datastore -> UploadsResponse: ``kind`` and, by path, ``urls``."""
Chunk = Sequence[str]


def upload(files: Mapping[str, Path], ask: Ask, *, overwrite: bool = False, stream: TextIO | None = None,
           storage: Storage | None = None) -> list[str]:
    """Write ``files`` (path on the datastore -> file here); gives the paths that were written, in order.

    Without ``overwrite`` what is there stays, and is said on ``stream``. Small files go side by side, then each large
    one in blocks. An interrupted upload is gone on with by doing it again. Raises one of ``runspoor.errors``, OSError.
    """
    sizes = {path: file.stat().st_size for path, file in files.items()}
    storage = storage or Storage()
    pool = ThreadPoolExecutor(PARALLEL)
    try:
        with telling(stream, "Upload", len(files), sum(sizes.values())) as told:
            return _Uploads(files, sizes, ask, overwrite, storage, pool, told).run()
    finally:
        pool.shutdown(cancel_futures=True)
        storage.close()


class _Uploads:
    def __init__(self, files: Mapping[str, Path], sizes: Mapping[str, int], ask: Ask, overwrite: bool,
                 storage: Storage, pool: ThreadPoolExecutor, told: Telling) -> None:
        self._files, self._sizes, self._ask, self._overwrite = files, sizes, ask, overwrite
        self._storage, self._pool, self._told = storage, pool, told

    def run(self) -> list[str]:
        written = set[str]()
        small = [path for path, size in self._sizes.items() if size <= LARGE_BYTES]
        large = [path for path, size in self._sizes.items() if size > LARGE_BYTES]
        for asked in self._answers(small):
            written.update(path for path, new in self._pool.map(lambda each: self._whole(*each), _each(asked)) if new)
        for asked in self._answers(large):
            written.update(path for path, kind, url in _each(asked) if self._large(path, kind, url))
        return [path for path in self._files if path in written]

    def _answers(self, paths: Chunk) -> Iterator[Mapping[str, Any]]:
        """What the backend says of the paths, the next answer on its way while one is used."""
        chunks = [paths[at:at + PATHS_PER_REQUEST] for at in range(0, len(paths), PATHS_PER_REQUEST)]
        coming: Future[Mapping[str, Any]] | None = None
        for number, chunk in enumerate(chunks):
            asked = coming or self._pool.submit(self._ask, chunk)
            coming = self._pool.submit(self._ask, chunks[number + 1]) if number + 1 < len(chunks) else None
            yield asked.result()

    def _grant(self, path: str, url: str) -> Grant:
        return Grant(url, lambda refused: str(self._ask([path])["urls"][path]))

    def _whole(self, path: str, kind: str, url: str) -> tuple[str, bool]:
        grant, file = self._grant(path, url), self._files[path]
        if kind == "share":
            return path, self._to_share(path, grant)
        new = blob.put(self._storage, grant, file, self._overwrite)
        self._told.advance(self._sizes[path])
        return path, self._tell(path, new)

    def _large(self, path: str, kind: str, url: str) -> bool:
        grant = self._grant(path, url)
        if kind == "share":
            return self._to_share(path, grant)
        return self._tell(path, blob.put_blocks(self._storage, grant, self._files[path], self._overwrite, self._pool,
                                                BLOCKS_AT_ONCE, self._told.advance))

    def _to_share(self, path: str, grant: Grant) -> bool:
        new = self._overwrite or not share.is_there(self._storage, grant)
        if new:
            share.write(self._storage, grant, self._files[path], self._told.advance)
        return self._tell(path, new)

    def _tell(self, path: str, new: bool) -> bool:
        if new:
            self._told.finished(path)
        else:
            self._told.say(f"Target already exists. Skipping upload for {path}")
        return new


def _each(asked: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    return [(path, asked["kind"], url) for path, url in asked["urls"].items()]
