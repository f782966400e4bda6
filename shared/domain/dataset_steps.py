"""What the steps of a dataset leave of its files."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import TypeVar

from shared.domain.dataset import Step

Item = TypeVar("Item")
HASH_BITS = 64


def remaining(items: Iterator[Item], steps: Sequence[Step], path: Callable[[Item], str]) -> Iterator[Item]:
    """The ``items`` that are left after ``steps``, in their order. Those behind the last that is taken are not read."""
    for number, step in enumerate(steps):
        items = _after(items, step, partial(_drawn, f"{step.seed or 0}\0{number}", step.share or 0.0), path)
    return items


def _after(
    items: Iterator[Item], step: Step, drawn: Callable[[str], bool], path: Callable[[Item], str]
) -> Iterator[Item]:
    match step.kind:
        case "take":
            return islice(items, step.count)
        case "skip":
            return islice(items, step.count, None)
        case "sample":
            return (item for item in items if drawn(path(item)) is not step.complement)
        case _:
            raise ValueError(f"{step.kind} is no step of files")


def _drawn(seed: str, share: float, path: str) -> bool:
    """By the hash of a path alone, so that the same seed draws the same files, and another step draws anew."""
    digest = hashlib.sha256(f"{seed}\0{path}".encode(errors="surrogatepass")).digest()
    return int.from_bytes(digest[:HASH_BITS // 8], "big") < int(share * (1 << HASH_BITS))
