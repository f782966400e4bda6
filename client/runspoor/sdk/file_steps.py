"""What the steps of a dataset leave of files that are known here. Pure.

The backend leaves the same of a saved dataset; a test compares the two.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Callable, TypeVar

Item = TypeVar("Item")


def remaining(items: Sequence[Item], steps: Sequence[Mapping[str, Any]], path: Callable[[Item], str]) -> list[Item]:
    """The ``items`` left after ``steps``, each a StepRequest of files."""
    left = list(items)
    for number, step in enumerate(steps):
        if step["kind"] == "sample":
            seed, share = f"{step.get('seed') or 0}\0{number}", step["share"]
            left = [item for item in left if _drawn(seed, share, path(item)) is not bool(step.get("complement"))]
        else:
            left = left[:step["count"]] if step["kind"] == "take" else left[step["count"]:]
    return left


def _drawn(seed: str, share: float, path: str) -> bool:
    digest = hashlib.sha256(f"{seed}\0{path}".encode(errors="surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") < int(share * (1 << 64))
