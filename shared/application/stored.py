"""Which of many content-addressed blobs are there."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from shared.application.backend import Backend
from shared.application.ports import Container

LOOKS_PER_PAGE = 100
"""Reading a page of a list (5,000 names) costs about as much as looking for so many blobs one by one."""
PARALLEL_LOOKS = 16
BEYOND = "g"
"""Behind every hexadecimal digest."""


def absent(backend: Backend, container: Container, prefix: str, sizes: Mapping[str, int]) -> list[str]:
    """The digests whose blob below ``prefix`` is not there with its size in bytes, in the order of ``sizes``.

    A list of the container is read as far as that is cheaper than to look for each blob; what it did not come to is
    looked for.
    """
    found, behind = _listed(backend, container, prefix, len(sizes) // LOOKS_PER_PAGE)
    unknown = [digest for digest in sizes if behind is None or digest > behind]
    with ThreadPoolExecutor(PARALLEL_LOOKS) as pool:
        looked = pool.map(lambda digest: backend.blobs.size(container, prefix + digest), unknown)
        known = found | {digest: size for digest, size in zip(unknown, looked, strict=True) if size is not None}
    return [digest for digest, size in sizes.items() if known.get(digest) != size]


def _listed(backend: Backend, container: Container, prefix: str, pages: int) -> tuple[dict[str, int], str | None]:
    """Sizes by digest, and the digest up to which all are known: none of them, or beyond all."""
    found: dict[str, int] = {}
    behind: str | None = None
    cursor = None
    for _ in range(pages):
        blobs, cursor = backend.blobs.list(container, prefix, cursor)
        found |= {blob.name.removeprefix(prefix): blob.size for blob in blobs}
        behind = max(found, default="") if cursor else BEYOND
        if cursor is None:
            break
    return found, behind
