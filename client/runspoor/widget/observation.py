"""What a widget reads of a run: each time only what is new."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from runspoor.client import STD_LOG
from runspoor.errors import NotFound, RunspoorError
from runspoor.numbers import plain
from runspoor.sdk.sweep_trials import Trial, by_metric, parameters
from runspoor.shapes import Run
from runspoor.transport import Transport
from runspoor.widget.picture import ENDED, LOG_LINES, MOST_CHILDREN, Child, Picture
from runspoor.widget.plot import number

MOST_SERIES = 50
TAIL_BYTES = 16 * 1024
"""How much of a log that is there already is read for its last lines."""


class Observation:
    """A run as it was last seen."""

    def __init__(self, api: Transport, run_id: str) -> None:
        self._api = api
        self._path = f"runs/{quote(run_id, safe='')}"
        self._metrics: dict[str, list[object]] = {}
        self._lines: deque[str] = deque([""], maxlen=LOG_LINES + 1)
        self._log_bytes, self._log_attempt = 0, ""
        self._last: Picture | None = None

    def look(self) -> Picture:
        """The run now; when the backend does not answer, as it was, which the picture says.

        Raises the errors of ``runspoor.errors`` when the run has never been seen.
        """
        try:
            run = self._api.get(self._path).json()
            why = None if run["status"] in ENDED else self._api.get(f"{self._path}/why").json()
            self._read_metrics()
            self._read_log()
            self._last = Picture(run, why, dict(self._metrics), [line for line in self._lines if line],
                                 children=self._children(run))
        except RunspoorError as error:
            if self._last is None:
                raise
            return replace(self._last, trouble=str(error))
        return self._last

    def _children(self, run: Run) -> Sequence[Child]:
        """The trials of a sweep by their metric, or the newest of other children."""
        if run.get("sweep"):
            sweep = self._api.get(f"{self._path}/sweep").json()
            return [Child(each["run_id"], each["status"], parameters(each), _said(sweep, each))
                    for each in by_metric(sweep["trials"], sweep["goal"])]
        page = self._api.get(f"{self._path}/children", {"limit": MOST_CHILDREN}).json()
        return [Child(each["run_id"], each["status"], each["display_name"] or "") for each in page["value"]]

    def _read_metrics(self) -> None:
        for summary in self._api.pages(f"{self._path}/metrics"):
            name, known = summary["name"], self._metrics.get(summary["name"], [])
            if summary["count"] == len(known) or (not known and len(self._metrics) >= MOST_SERIES):
                continue
            if summary["count"] < len(known):  # A new attempt begins its own series.
                known = []
            self._metrics[name] = [*known, *self._points(name, len(known))]

    def _points(self, name: str, after: int) -> list[object]:
        values: list[object] = []
        going_on: int | None = after
        while going_on is not None:
            page = self._api.get(f"{self._path}/metrics/{quote(name)}", {"after": going_on}).json()
            values += [plain(value) for value in page["values"]]
            going_on = page["next"]
        return values

    def _read_log(self) -> None:
        self._log_bytes = self._log_bytes or max(0, self._log_size() - TAIL_BYTES)
        try:
            answer = self._api.get(f"{self._path}/logs/{quote(STD_LOG)}", {"offset": self._log_bytes})
        except NotFound:
            return  # A run that ended before its script began has none.
        attempt = answer.headers["x-runspoor-attempt"]
        if attempt != self._log_attempt and self._log_bytes:
            self._lines.clear()
            self._lines.append("")
            self._log_bytes, self._log_attempt = 0, attempt
            return
        self._log_attempt, self._log_bytes = attempt, int(answer.headers["x-runspoor-next-offset"])
        first, *others = answer.content.decode("utf-8", "replace").split("\n")
        self._lines[-1] += first
        self._lines.extend(others)

    def _log_size(self) -> int:
        first = self._api.get(f"{self._path}/logs", {"limit": 1}).json()["value"]
        return int(first[0]["size"]) if first and first[0]["name"] == STD_LOG else 0


def _said(sweep: Mapping[str, Any], trial: Trial) -> str:
    return "" if trial["metric"] is None else f"{sweep['primary_metric']} {number(trial['metric'])}"
