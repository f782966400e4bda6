"""Which of many content-addressed files are there."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from shared.application.stock import Stock

LOOKS_PER_PAGE = 100
"""Reading a page of a list (5,000 names) costs about as much as looking for so many blobs one by one."""
PARALLEL_LOOKS = 16
BEYOND = "g"
"""Behind every hexadecimal digest."""


def absent(stock: Stock, prefix: str, sizes: Mapping[str, int]) -> list[str]:
    """The digests whose file below ``prefix`` is not there with its size in bytes, in the order of ``sizes``.

    A list is read as far as that is cheaper than to look for each file; what it did not come to is looked for.
    """
    found, behind = _listed(stock, prefix, len(sizes) // LOOKS_PER_PAGE)
    unknown = [digest for digest in sizes if behind is None or digest > behind]
    with ThreadPoolExecutor(PARALLEL_LOOKS) as pool:
        looked = pool.map(lambda digest: stock.size(prefix + digest), unknown)
        known = found | {digest: size for digest, size in zip(unknown, looked, strict=True) if size is not None}
    return [digest for digest, size in sizes.items() if known.get(digest) != size]


def _listed(stock: Stock, prefix: str, pages: int) -> tuple[dict[str, int], str | None]:
    """Sizes by digest, and the digest up to which all are known: none of them, or beyond all."""
    found: dict[str, int] = {}
    behind: str | None = None
    cursor = None
    for _ in range(pages):
        files, cursor = stock.list(prefix, cursor)
        found |= {name.removeprefix(prefix): size for name, size in files}
        behind = max(found, default="") if cursor else BEYOND
        if cursor is None:
            break
    return found, behind
