"""Metrics are read at once, while the run runs: from merged documents when they are up to date, else from chunks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count

from shared.application.backend import Backend
from shared.application.metric_documents import (
    CHUNK,
    COLUMNS,
    OVER_HTTP,
    Columns,
    Key,
    SeriesHeader,
    chunk_id,
    headers_of,
    merged_id,
    series_kind,
    series_of,
    spread,
)
from shared.application.ports import Json
from shared.contract.metrics import MetricPoints, MetricSummary
from shared.domain.errors import NotFound


@dataclass(frozen=True)
class Piece:
    """Consecutive points of a series: all that one document has of it."""

    document: str
    header: SeriesHeader


def summaries(backend: Backend, run_id: str, attempt: int) -> list[MetricSummary]:
    """Every metric of the run, by name, with its number of points and its last one."""
    return [
        MetricSummary.model_validate({
            "name": key[0], "kind": key[1], "count": sum(piece.header.count for piece in pieces),
            "last": pieces[-1].header.last, "last_step": pieces[-1].header.last_step,
        })
        for key, pieces in sorted(_pieces(backend, run_id, attempt).items())
    ]


def points(backend: Backend, run_id: str, attempt: int, name: str, first: int, limit: int) -> MetricPoints:
    """At most ``limit`` points of a metric from number ``first``; ``NotFound`` when the run has no such metric."""
    found = _pieces(backend, run_id, attempt)
    key = next((key for key in found if key[0] == name), None)
    if key is None:
        raise NotFound(f"The run has no metric {name[:80]!r}: list its metrics to see the names.")
    count = sum(piece.header.count for piece in found[key])
    columns = _slice(backend, run_id, found[key], first, limit)
    end = first + len(columns["values"])
    steps = columns["steps"] if any(step is not None for step in columns["steps"]) else None
    return MetricPoints.model_validate({
        **columns, "steps": steps, "name": name, "kind": key[1], "count": count, "first": first,
        "next": end if end < count else None,
    })


def scalars(
    backend: Backend, run_id: str, attempt: int, name: str, first: int, limit: int, *, unbroken: bool = False
) -> list[object]:
    """At most ``limit`` values of a metric of plain values from number ``first``, as they are in JSON.

    ``unbroken``: only up to a chunk that has yet to arrive, so that the values have the same numbers ever after.
    """
    pieces = _pieces(backend, run_id, attempt, unbroken=unbroken).get((name, "scalar"), [])
    return _slice(backend, run_id, pieces, first, limit)["values"]


def _pieces(backend: Backend, run_id: str, attempt: int, *, unbroken: bool = False) -> dict[Key, list[Piece]]:
    """Where the points of each series are, in order."""
    chunks = backend.metrics.count(run_id, CHUNK)
    if backend.metrics.get(run_id, merged_id(attempt, chunks)):
        return _by_series(backend.metrics.headers(run_id, series_kind(attempt, chunks)))
    headers = backend.metrics.headers(run_id, CHUNK)
    known = [(id, header) for id, header in headers if header["attempt"] in (OVER_HTTP, attempt)]
    return _by_series(_up_to_a_gap(known, attempt) if unbroken else known)


def _up_to_a_gap(documents: list[tuple[str, Json]], attempt: int) -> Iterator[tuple[str, Json]]:
    of_node = count()
    for id, header in documents:
        if header["attempt"] == attempt and id != chunk_id(attempt, next(of_node)):
            return
        yield id, header


def _by_series(documents: Iterable[tuple[str, Json]]) -> dict[Key, list[Piece]]:
    found: dict[Key, list[Piece]] = {}
    for id, header in documents:
        for entry in headers_of(header):
            found.setdefault(entry.key, []).append(Piece(id, entry))
    return found


def _slice(backend: Backend, run_id: str, pieces: list[Piece], first: int, limit: int) -> Columns:
    """The points from ``first`` on, out of those documents that have them."""
    columns: Columns = {name: [] for name in COLUMNS}
    begin = 0
    for piece in pieces:
        end = begin + piece.header.count
        wanted = first + limit
        if begin < wanted and end > first:
            stored = _columns(backend, run_id, piece)
            for name in COLUMNS:
                columns[name] += stored[name][max(first - begin, 0):wanted - begin]
        begin = end
    return columns


def _columns(backend: Backend, run_id: str, piece: Piece) -> Columns:
    stored = backend.metrics.get(run_id, piece.document)
    assert stored, "documents of metrics are never deleted"
    columns = next(columns for header, columns in series_of(stored) if header.key == piece.header.key)
    return {"values": columns["values"], "steps": spread(columns["steps"]), "at": spread(columns["at"])}
