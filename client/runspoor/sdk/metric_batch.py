"""Logged entries as requests of ``POST runs/{run_id}/metrics``. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import cast

from runspoor.points import Entry, Json

POINTS = 10_000
NAMES = 1_000
BYTES = 1_200_000
"""What one request takes: the backend keeps it in one document, of 1,400,000 bytes of JSON at most."""
POINT_OVERHEAD, SERIES_OVERHEAD = 50, 200
"""Bytes around a point: its time (17 digits), its step (up to 17), brackets. And of a series, beside its name and its
last value, which the backend keeps once more."""


def batch_length(entries: Sequence[Entry]) -> int:
    """How many of the entries, from the first, one request takes; at least one."""
    points, size = 0, 0
    headers: dict[tuple[Json, Json], int] = {}
    for number, entry in enumerate(entries):
        series, values = (entry["name"], entry["kind"]), cast("list[Json]", entry["values"])
        header = SERIES_OVERHEAD + len(json.dumps([entry["name"], *values[-1:]]))
        points += len(values)
        size += len(json.dumps(values)) + POINT_OVERHEAD * len(values) + header - headers.get(series, 0)
        headers[series] = header
        if number and (points > POINTS or size > BYTES or len(headers) > NAMES):
            return number
    return len(entries)


def request(entries: Sequence[Entry]) -> dict[str, Json]:
    """The body: one series per name and kind, its points in the order of the entries."""
    series: dict[tuple[Json, Json], dict[str, list[Json]]] = {}
    for entry in entries:
        columns = series.setdefault((entry["name"], entry["kind"]), {"values": [], "steps": [], "at": []})
        values = cast("list[Json]", entry["values"])
        columns["values"] += values
        columns["steps"] += [entry["step"]] * len(values)
        columns["at"] += [entry["at"]] * len(values)
    return {"metrics": [_series(name, kind, columns) for (name, kind), columns in series.items()]}


def _series(name: Json, kind: Json, columns: dict[str, list[Json]]) -> Json:
    stepped = any(step is not None for step in columns["steps"])
    return {"name": name, "kind": kind, "values": columns["values"], "at": columns["at"],
            **({"steps": columns["steps"]} if stepped else {})}
