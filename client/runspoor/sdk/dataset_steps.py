"""Parts of datasets: the first ones, the others, samples."""

from __future__ import annotations

import secrets
from numbers import Integral, Real
from typing import SupportsFloat, SupportsIndex, TypeVar

from runspoor.sdk.abstract_dataset import AbstractDataset
from runspoor.sdk.exceptions import UserErrorException

Self = TypeVar("Self", bound="DatasetOfParts")


class DatasetOfParts(AbstractDataset):
    """Files in the order of their paths, or rows in theirs, of which a part is a dataset again."""

    def take(self: Self, count: SupportsIndex) -> Self:
        """The first ``count``."""
        return self._after("take", count=_counted(count))

    def skip(self: Self, count: SupportsIndex) -> Self:
        """Those behind the first ``count``."""
        return self._after("skip", count=_counted(count))

    def take_sample(self: Self, probability: SupportsFloat, seed: SupportsIndex | None = None) -> Self:
        """Each with this probability; the same ``seed`` draws the same ones."""
        return self._after("sample", share=_share(probability), seed=_seed(seed))

    def random_split(self: Self, percentage: SupportsFloat, seed: SupportsIndex | None = None) -> tuple[Self, Self]:
        """A sample, of about ``percentage`` (0 to 1), and the others."""
        share, same = _share(percentage), _seed(seed)
        return (self._after("sample", share=share, seed=same),
                self._after("sample", share=share, seed=same, complement=True))

    def _after(self: Self, kind: str, **step: object) -> Self:
        steps = [*(self._definition.get("steps") or ()), {"kind": kind, **step}]
        return self._changed(steps=steps)

    def _changed(self: Self, **definition: object) -> Self:
        return type(self)._of({**self._definition, **definition}, self._workspace)


def _counted(count: object) -> int:
    if isinstance(count, bool) or not isinstance(count, Integral) or count < 0:
        raise UserErrorException(f"count is a number of files or rows, 0 or more, and not {count!r}.")
    return int(count)


def _share(probability: object) -> float:
    if isinstance(probability, bool) or not isinstance(probability, Real) or not 0 <= float(probability) <= 1:
        raise UserErrorException(f"A share of files or rows is a number from 0 to 1, and not {probability!r}.")
    return float(probability)


def _seed(seed: object) -> int:
    """``seed``, or any one: the sample of a dataset is always the same."""
    if seed is None:
        return secrets.randbelow(2**31)
    if not isinstance(seed, Integral):
        raise UserErrorException(f"seed is a whole number, and not {seed!r}.")
    return int(seed)
