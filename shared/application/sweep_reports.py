"""What the trials of a sweep have reported of its primary metric, and when early termination looks at it.

One view per trial has its first reports, so that a look reads what is new and not every trial's metrics. Chunks arrive
many times a second; all that arrive within a few seconds are looked at together.
"""

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from shared.application import lists, metric_read
from shared.application.backend import Backend
from shared.application.ports import VersionConflict, View
from shared.domain import limits
from shared.domain.ids import split_trial_id, sweep_stream, trial_id
from shared.domain.sweep import Sweep
from shared.domain.sweep_policy import Goal

KIND, WATCH = "trial", "watch"
PAGE = 100
PARALLEL = 8
LEAST_PAUSE, PAUSE_PER_TRIAL = timedelta(seconds=2), timedelta(seconds=0.1)
"""Between two looks at a sweep; one look takes some requests per trial that runs."""


@dataclass(frozen=True)
class Reports:
    """The first reports of a trial; none is what was no finite number."""

    number: int
    values: tuple[float | None, ...]


def watch(backend: Backend, sweep: Sweep) -> None:
    """From now on what trials report is looked at."""
    pause = max(LEAST_PAUSE, PAUSE_PER_TRIAL * sweep.definition.max_concurrent_runs)
    never = datetime.fromtimestamp(0, UTC).isoformat()
    lists.keep(backend, View(WATCH, sweep.id, sweep.id, {"pause": pause.total_seconds(), "look": never, "revision": 0}))


def heard(backend: Backend, run_id: str) -> None:
    """More metrics of a run have arrived: if it is a trial that is watched, its sweep is looked at soon."""
    sweep_id, _ = split_trial_id(run_id)
    known = backend.views.get(WATCH, sweep_id) if sweep_id else None
    now = backend.clock()
    if sweep_id is None or known is None or datetime.fromisoformat(str(known.body["look"])) > now:
        return
    pause = timedelta(seconds=float(str(known.body["pause"])))
    try:
        backend.views.put(replace(known, body={**known.body, "look": (now + pause).isoformat()}))
    except VersionConflict:
        return  # Another chunk has asked for the look.
    backend.reactions.send(sweep_stream(sweep_id), pause)


def note_running(backend: Backend, sweep: Sweep, numbers: Sequence[int]) -> None:
    """Bring the views of trials that run up to date."""
    ids = {trial_id(sweep.id, number): number for number in numbers}
    found = backend.views.page("run", {"run_id": frozenset(ids)}, len(ids), None)
    with ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(lambda view: note(backend, sweep, ids[view.id], int(str(view.body["attempt"]))), found))


def note(backend: Backend, sweep: Sweep, number: int, attempt: int) -> None:
    """Bring the view of a trial's reports up to date. A later attempt begins anew."""
    run_id = trial_id(sweep.id, number)
    stored = backend.views.get(KIND, run_id)
    known = list(_reports(stored).values) if stored and stored.body["attempt"] == attempt else []
    room = limits.REPORTS - len(known)
    name = sweep.definition.primary_metric
    news = metric_read.scalars(backend, run_id, attempt, name, len(known), room, unbroken=True) if room else []
    values = [*known, *map(_finite, news)]
    if news:
        body = {"parent": sweep.id, "number": number, "attempt": attempt, "values": values,
                "revision": attempt * (limits.REPORTS + 1) + len(values)}
        lists.keep(backend, View(KIND, run_id, run_id, body))


def every(backend: Backend, sweep_id: str) -> list[Reports]:
    """The reports of all trials that have any."""
    return [_reports(view) for view in _views(backend, sweep_id)]


def best(backend: Backend, run_id: str, attempt: int, metric: str, goal: Goal) -> float | None:
    """The best value of a run's metric, of all that it has reported; none when it has reported no number."""
    said = metric_read.scalars(backend, run_id, attempt, metric, 0, limits.LARGEST_POINTS_PAGE)
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
