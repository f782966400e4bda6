"""What the steps of a dataset leave of its rows and columns."""

from __future__ import annotations

from array import array as words
from collections.abc import Mapping, Sequence
from typing import Any

from runspoor.sdk.dataset_errors import DatasetExecutionError
from runspoor.tables.conditions import columns_of, true_of
from runspoor.tables.libraries import Array, Batch, arrow

Step = Mapping[str, Any]
"""``kind``: take, skip (``count``), sample (``share``, ``seed``, ``complement``), filter (``where``), keep_columns,
drop_columns (``columns``)."""
WEYL, FIRST, SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
"""The constants of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014)."""
BITS = 53
WORD = 2**64


def columns_left(names: Sequence[str], steps: Sequence[Step]) -> list[str]:
    """The columns of those ``names`` that are kept. DatasetExecutionError when a step names one that is not there."""
    left = list(names)
    for step in steps:
        if step["kind"] == "filter":
            _check(sorted(columns_of(step["where"])), left)
        if step["kind"] in ("keep_columns", "drop_columns"):
            named = step["columns"]
            _check(named, left)
            left = [each for each in left if (each in named) == (step["kind"] == "keep_columns")]
    return left


def columns_looked_at(steps: Sequence[Step]) -> set[str]:
    """Those that conditions are about, kept or not."""
    return set().union(*(columns_of(step["where"]) for step in steps if step["kind"] == "filter"))


def _check(named: Sequence[str], there: Sequence[str]) -> None:
    if unknown := next((each for each in named if each not in there), None):
        raise DatasetExecutionError(f"There is no column {unknown!r}; the columns are "
                                    f"{', '.join(map(repr, there[:50]))}.", None)


class Rows:
    """The rows that are left, batch by batch, in order. ``finished``: no further row can be."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = [step for step in steps if step["kind"] in ("take", "skip", "sample", "filter")]
        self._seen = [0] * len(self._steps)

    @property
    def most(self) -> int | None:
        """How many rows may be read, if a step limits them before any is dropped by chance."""
        counts, skipped = [], 0
        for step in self._steps:
            if step["kind"] in ("sample", "filter"):
                break
            if step["kind"] == "take":
                counts.append(skipped + step["count"])
            else:
                skipped += step["count"]
        return min(counts, default=None)

    @property
    def finished(self) -> bool:
        return any(step["kind"] == "take" and seen >= step["count"] for step, seen in zip(self._steps, self._seen))

    def left(self, batch: Batch) -> Batch:
        """What is left of the next batch."""
        for number, step in enumerate(self._steps):
            seen, self._seen[number] = self._seen[number], self._seen[number] + batch.num_rows
            batch = _left(batch, step, seen)
        return batch


def _left(batch: Batch, step: Step, seen: int) -> Batch:
    """``seen``: the rows that came to this step before."""
    if step["kind"] == "take":
        return batch.slice(0, max(0, min(batch.num_rows, step["count"] - seen)))
    if step["kind"] == "skip":
        return batch.slice(max(0, min(batch.num_rows, step["count"] - seen)))
    if step["kind"] == "filter":
        return batch.filter(true_of(batch, step["where"]))
    chosen = _chance(seen, batch.num_rows, step["share"], step.get("seed") or 0)
    return batch.filter(arrow("compute").invert(chosen) if step.get("complement") else chosen)


def _chance(first: int, count: int, share: float, seed: int) -> Array:
    """Whether each of the rows from ``first`` on is in the sample: by SplitMix64 of the seed, at the row's number."""
    pa, pc = arrow(), arrow("compute")
    start = ((seed * FIRST) ^ (seed >> 32)) % WORD

    def number(value: int) -> Any:
        return pa.scalar(value % WORD, pa.uint64())

    def shifted(value: Array, bits: int) -> Array:
        return pc.bit_wise_xor(value, pc.shift_right(value, number(bits)))

    # Not pa.array(range(...)), which takes a hundred times as long.
    numbers = words("Q", range(first + 1, first + count + 1))
    rows = pa.Array.from_buffers(pa.uint64(), count, [None, pa.py_buffer(numbers)])
    mixed = pc.add(pc.multiply(rows, number(WEYL)), number(start))
    mixed = pc.multiply(shifted(mixed, 30), number(FIRST))
    mixed = shifted(pc.multiply(shifted(mixed, 27), number(SECOND)), 31)
    return pc.less(pc.shift_right(mixed, number(64 - BITS)), number(int(share * 2**BITS)))
