"""What the trials of a sweep have reported of its primary metric: one view per trial, so that early termination reads a
page instead of every trial's metrics. A view that is lost is made again by the reconciler.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from shared.application import lists, metric_read
from shared.application.backend import Backend
from shared.application.ports import View
from shared.domain import limits
from shared.domain.ids import trial_id
from shared.domain.sweep import Sweep
from shared.domain.sweep_policy import Goal

KIND = "trial"
PAGE = 100


@dataclass(frozen=True)
class Reports:
    """The first reports of a trial; none is what was no finite number."""

    number: int
    values: tuple[float | None, ...]


def note(backend: Backend, sweep: Sweep, number: int, attempt: int) -> None:
    """Bring the view of a trial's reports up to date. Of a later attempt there is more to say than of an earlier."""
    run_id = trial_id(sweep.id, number)
    said = metric_read.scalars(backend, run_id, attempt, sweep.definition.primary_metric, limits.REPORTS)
    body = {"parent": sweep.id, "number": number, "values": [_finite(value) for value in said],
            "revision": attempt * (limits.REPORTS + 1) + len(said)}
    if said:
        lists.keep(backend, View(KIND, run_id, run_id, body))


def every(backend: Backend, sweep_id: str) -> list[Reports]:
    """The reports of all trials that have any."""
    return [_reports(view) for view in _views(backend, sweep_id)]


def best(backend: Backend, run_id: str, attempt: int, metric: str, goal: Goal) -> float | None:
    """The best value of a run's metric, of all that it has reported; none when it has reported no number."""
    said = metric_read.scalars(backend, run_id, attempt, metric, limits.LARGEST_POINTS_PAGE)
    return best_of(goal, [_finite(value) for value in said])


def best_of(goal: Goal, values: tuple[float | None, ...] | list[float | None]) -> float | None:
    numbers = [value for value in values if value is not None]
    return (max if goal == "maximize" else min)(numbers, default=None)


def _views(backend: Backend, sweep_id: str) -> Iterator[View]:
    before: str | None = None
    while True:
        views = backend.views.page(KIND, {"parent": sweep_id}, PAGE, before)
        yield from views
        if len(views) < PAGE:
            return
        before = views[-1].sort


def _reports(view: View) -> Reports:
    number, values = view.body["number"], view.body["values"]
    assert isinstance(number, int)
    assert isinstance(values, list)
    return Reports(number, tuple(values))


def _finite(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None
