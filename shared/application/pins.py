"""The lists of files that datasets are pinned to: blobs of lines, named by the digest of all of them.

They are written before the event that names them: a process that dies in between leaves lists that nobody reads.
"""

import hashlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain, islice
from tempfile import SpooledTemporaryFile
from typing import IO

from shared.application.backend import Backend
from shared.application.stored import PARALLEL_LOOKS
from shared.domain import limits
from shared.domain.dataset import Pin
from shared.domain.errors import Invalid
from shared.domain.value import Value

FILES_PER_LIST = limits.INPUT_FILES_PAGE
SPOOL_BYTES = 8 * 1024 * 1024
"""Lines beyond that wait on disk: their digest is known after the last of them only."""


class PinnedFile(Value):
    """A file below a dataset's folder: one of the web (``url``), or that ``at`` a path of a ``datastore``.

    ``size`` and ``etag`` (as HTTP has it, with its quotes) are those of then; nothing is known of a file of the web.
    """

    path: str
    url: str | None = None
    datastore: str | None = None
    at: str | None = None
    size: int | None = None
    etag: str | None = None


def write(backend: Backend, files: Iterable[PinnedFile]) -> Pin:
    """Store the lists of ``files``, in this order. Doing it again changes nothing."""
    count, size, digest = 0, 0, hashlib.sha256()
    with SpooledTemporaryFile(SPOOL_BYTES) as spool:
        for count, file in enumerate(files, 1):
            if count > limits.PINNED_FILES:
                raise Invalid(f"The dataset has more than the {limits.PINNED_FILES:,} files that can be pinned: name a "
                              "narrower folder, or pack the files into archives.")
            line = file.model_dump_json(exclude_none=True).encode() + b"\n"
            size += file.size or 0
            digest.update(line)
            spool.write(line)
        spool.seek(0)
        _upload(backend, digest.hexdigest(), spool)
    return Pin(digest=digest.hexdigest(), files=count, bytes=size)


def _upload(backend: Backend, digest: str, spool: IO[bytes]) -> None:
    lists = enumerate(iter(lambda: b"".join(islice(spool, FILES_PER_LIST)), b""))
    with ThreadPoolExecutor(PARALLEL_LOOKS) as pool:
        while some := list(islice(lists, PARALLEL_LOOKS)):
            list(pool.map(lambda each: backend.blobs.put("datasets", _blob(digest, each[0]), each[1]), some))


def read(backend: Backend, pin: Pin, number: int) -> list[PinnedFile]:
    """The files of one list."""
    lines = backend.blobs.read("datasets", _blob(pin.digest, number))
    assert lines is not None, f"list {number} of {pin.digest} is gone"
    return [PinnedFile.model_validate_json(line) for line in lines.splitlines()]


def every(backend: Backend, pin: Pin) -> Iterator[PinnedFile]:
    """All files, list by list; some lists are read at once."""
    numbers = iter(range(-(-pin.files // FILES_PER_LIST)))
    with ThreadPoolExecutor(PARALLEL_LOOKS) as pool:
        while some := list(islice(numbers, PARALLEL_LOOKS)):
            yield from chain.from_iterable(pool.map(partial(read, backend, pin), some))


def page(backend: Backend, pin: Pin, begin: int, limit: int) -> tuple[list[PinnedFile], int | None]:
    """At most ``limit`` files from number ``begin`` on, all of one list; and where to go on."""
    if begin >= pin.files:
        return [], None
    number, offset = divmod(begin, FILES_PER_LIST)
    files = read(backend, pin, number)[offset:offset + limit]
    following = begin + len(files)
    return files, following if following < pin.files else None


def _blob(digest: str, number: int) -> str:
    return f"{digest}/{number:08d}.jsonl"
