"""What a run has logged, as v1 shows it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

from runspoor.numbers import plain
from runspoor.sdk.metric_shapes import Value, shape, shown
from runspoor.sdk.run_record import RunRecord
from runspoor.sdk.surface import Surface
from runspoor.shapes import Row, Scalar

PARALLEL = 8
METRICS_PER_PAGE = 10_000
POINTS_PER_PAGE = 100_000


class RunMetrics(Surface):
    """Reading is always right: what a flush has returned for is there."""

    _record: RunRecord

    def get_metrics(self, name: str | None = None, recursive: bool = False, run_type: str | None = None,
                    populate: bool = False) -> dict[str, Any]:
        """The metrics by name: one value is itself, more are a list, rows are columns, files are addresses.

        ``name``: only this one; empty when there is none. ``recursive``: by run id, of this run and its children.
        """
        found = shown(dict(self._one(name) if name is not None else self._all()))
        return {self._record.id: found, **self._of_descendants(name)} if recursive else found

    def _of_descendants(self, name: str | None) -> dict[str, Any]:
        from runspoor.sdk.run_list import descendants

        records = [RunRecord(self._record.workspace, child["run_id"]) for child in descendants(self._record)]
        return {record.id: metrics_of(record, name) for record in records}

    def _one(self, name: str) -> Iterator[tuple[str, Value]]:
        answer = self._record.found(f"/metrics/{quote(name)}", {"limit": POINTS_PER_PAGE})
        if answer is not None:
            page = answer.json()
            yield name, shape(page["kind"], list(self._values(page)), self._record.id)

    def _all(self) -> Iterator[tuple[str, Value]]:
        """A metric with one value is whole in the list; the others are asked for, several at a time."""
        listed: dict[str, Any] = {}
        for metric in self._record.pages("/metrics", {"limit": METRICS_PER_PAGE}):
            listed.setdefault(metric["name"], metric)
        with ThreadPoolExecutor(PARALLEL) as pool:
            for name, value in pool.map(self._whole, listed.values()):
                if value is not ...:
                    yield name, value

    def _whole(self, metric: Any) -> tuple[str, Any]:
        if metric["count"] == 1:
            return metric["name"], shape(metric["kind"], [plain(metric["last"])], self._record.id)
        return next(self._one(metric["name"]), (metric["name"], ...))

    def _values(self, page: Any) -> Iterator[Scalar | Row]:
        name = page["name"]
        while True:
            yield from map(plain, page["values"])
            after: int | None = page["next"]
            if after is None:
                return
            query = {"after": after, "limit": POINTS_PER_PAGE}
            page = self._record.get(f"/metrics/{quote(name)}", query).json()


def metrics_of(record: RunRecord, name: str | None = None) -> dict[str, Any]:
    """The metrics of any run, as ``get_metrics`` gives them."""
    reader = RunMetrics()
    reader._record = record
    return reader.get_metrics(name)
