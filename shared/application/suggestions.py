"""The port by which a sweep learns what to try next from what it has tried."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.domain.sweep_policy import Goal
from shared.domain.sweep_space import Parameter, Space


@dataclass(frozen=True)
class Tried:
    """A trial so far: ``metric`` is none while it runs, and of one that ``ended`` without any."""

    parameters: Mapping[str, Parameter]
    ended: bool
    metric: float | None = None


class Suggestions(Protocol):
    """Bayesian optimization."""

    def suggest(self, space: Space, goal: Goal, seed: int, tried: Sequence[Tried]) -> dict[str, Parameter]:
        """The parameters of the next trial; the same arguments have the same answer."""
