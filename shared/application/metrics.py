"""Metrics: chunks as they arrive, from a node or over HTTP; read back at once; merged when the run ends.

A chunk is one document. Its header says which series it has points of, so a reader finds the points it wants without
reading the others. Merging writes each series as few documents as 2 MB allow; it is the same whatever the order in
which chunks arrived, and may be repeated at any time.
"""

import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from shared.application.backend import Backend
from shared.application.ports import Json, MetricDocument
from shared.contract.requests import MetricKind, MetricsRequest, Row, Scalar, Series
from shared.contract.responses import MetricPoints, MetricSummary
from shared.domain import limits
from shared.domain.errors import Invalid, NotFound

CHUNK, SERIES, MERGED = "chunk", "series", "merged"
OVER_HTTP = 0
"""The attempt number of points that callers wrote: they belong to the run, whichever attempt is the current one."""
DOCUMENT_BYTES = 1_400_000
"""Below the 2 MB of a Cosmos document, with room for what Cosmos adds and for other ways of writing a float."""


class SeriesHeader(BaseModel):
    """What a document says of one series in it. ``first`` is the number of its first point within the document."""

    name: str
    kind: MetricKind
    count: int
    last: Scalar | Row
    last_step: int | None = None


def _text(value: object) -> object:
    """A tag's value as text: scripts set numbers and booleans too."""
    if isinstance(value, dict):
        return str(next(iter(value.values()), ""))
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


class TagEntry(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=limits.TAG_NAME_CHARACTERS)]
    value: Annotated[str, BeforeValidator(_text), Field(max_length=limits.TAG_VALUE_CHARACTERS)]


class Chunk(BaseModel):
    """A chunk as a node ships it."""

    seq: int
    series: list[Series] = []
    tags: list[TagEntry] = []


class _Shipped(BaseModel):
    """A chunk before its parts have been looked at."""

    seq: Annotated[int, Field(ge=0, lt=10**8)]
    series: list[object] = []
    tags: list[object] = []


@dataclass(frozen=True)
class Piece:
    """A run of points of one series inside a document."""

    document: str
    header: SeriesHeader


Key = tuple[str, MetricKind]
Part = TypeVar("Part", bound=BaseModel)
log = logging.getLogger(__name__)


def parse_chunk(body: bytes) -> Chunk | None:
    """A chunk from a node; none when it is damaged. A series or tag no rule allows is left out: the others count."""
    try:
        shipped = _Shipped.model_validate_json(body)
    except ValidationError:
        return None
    return Chunk.model_construct(
        seq=shipped.seq, series=_readable(Series, shipped.series), tags=_readable(TagEntry, shipped.tags)
    )


def _readable(model: type[Part], parts: list[object]) -> list[Part]:
    found: list[Part] = []
    for part in parts:
        try:
            found.append(model.model_validate(part))
        except ValidationError as error:
            log.warning("a %s of a chunk is left out: %s", model.__name__, error.errors()[0]["msg"])
    return found


def add_chunk(backend: Backend, run_id: str, attempt: int, chunk: Chunk) -> bool:
    """Keep a chunk of an attempt; False when it has been kept before."""
    return _add(backend, run_id, attempt, f"{chunk.seq:08d}", f"run-{chunk.seq:08d}", chunk.series)


def write(backend: Backend, run_id: str, request: MetricsRequest, key: str) -> bool:
    """Keep points a caller wrote; False when a request with this key has been kept before."""
    at = backend.clock()
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]
    series = [s if s.at else s.model_copy(update={"at": [at.timestamp()] * len(s.values)}) for s in request.metrics]
    return _add(backend, run_id, OVER_HTTP, at.isoformat(timespec="microseconds"), f"http-{digest}", series)


def _add(backend: Backend, run_id: str, attempt: int, order: str, id: str, series: list[Series]) -> bool:
    content = [_plain(s) for s in series]
    if len(json.dumps(content)) > DOCUMENT_BYTES:
        raise Invalid("The points of one request are too large together: send them in several requests.")
    headers = [_header(s.name, s.kind, c) for s, c in zip(series, content, strict=True)]
    return backend.metrics.add(MetricDocument(
        run=run_id, id=f"{CHUNK}-{attempt:04d}-{id}", kind=CHUNK, order=f"{attempt:04d}-{order}",
        header={"attempt": attempt, "series": headers}, content={"series": content},
    ))


def _plain(series: Series) -> dict[str, list[object]]:
    plain = series.model_dump(mode="json", by_alias=True)
    return {"values": plain["values"], "steps": plain["steps"], "at": plain["at"]}


def _header(name: str, kind: str, columns: dict[str, list[object]]) -> dict[str, object]:
    steps = columns["steps"]
    return {"name": name, "kind": kind, "count": len(columns["values"]), "last": columns["values"][-1],
            "last_step": steps[-1] if steps else None}


def pieces(backend: Backend, run_id: str, attempt: int) -> dict[Key, list[Piece]]:
    """Where the points of each series are, in order: merged documents when they are up to date, else chunks."""
    merged = backend.metrics.get(run_id, _merged_id(attempt))
    if merged and merged.header.get("chunks") == backend.metrics.count(run_id, CHUNK):
        return _collect(backend.metrics.headers(run_id, f"{SERIES}-{attempt:04d}"))
    chunks = backend.metrics.headers(run_id, CHUNK)
    return _collect([(id, header) for id, header in chunks if header.get("attempt") in (OVER_HTTP, attempt)])


def _collect(documents: list[tuple[str, Json]]) -> dict[Key, list[Piece]]:
    found: dict[Key, list[Piece]] = {}
    for id, header in documents:
        for entry in _entries(header):
            found.setdefault((entry.name, entry.kind), []).append(Piece(id, entry))
    return found


def _entries(header: Json) -> list[SeriesHeader]:
    series = header["series"]
    assert isinstance(series, list)
    return [SeriesHeader.model_validate(entry) for entry in series]


def summaries(backend: Backend, run_id: str, attempt: int) -> list[MetricSummary]:
    """Every metric of the run, by name, with its number of points and its last one."""
    found = pieces(backend, run_id, attempt)
    return [
        MetricSummary(name=name, kind=kind, count=sum(piece.header.count for piece in found[name, kind]),
                      last=found[name, kind][-1].header.last, last_step=found[name, kind][-1].header.last_step)
        for name, kind in sorted(found)
    ]


def points(backend: Backend, run_id: str, attempt: int, name: str, first: int, limit: int) -> MetricPoints:
    """At most ``limit`` points of a metric from number ``first``; ``NotFound`` when the run has no such metric."""
    found = pieces(backend, run_id, attempt)
    kinds = [kind for known, kind in found if known == name]
    if not kinds:
        raise NotFound(f"The run has no metric {name!r}: list its metrics to see the names.")
    parts = found[name, kinds[0]]
    count = sum(piece.header.count for piece in parts)
    columns = _read(backend, run_id, parts, name, kinds[0], first, limit)
    end = first + len(columns["values"])
    return MetricPoints.model_validate({
        "name": name, "kind": kinds[0], "count": count, "first": first, "next": end if end < count else None, **columns
    })


def _read(
    backend: Backend, run_id: str, parts: list[Piece], name: str, kind: MetricKind, first: int, limit: int
) -> dict[str, list[object]]:
    columns: dict[str, list[object]] = {"values": [], "steps": [], "at": []}
    behind = 0
    seen: dict[str, int] = {}
    for piece in parts:
        begin, behind = first - behind, behind + piece.header.count
        nth = seen[piece.document] = seen.get(piece.document, -1) + 1
        if begin < piece.header.count and len(columns["values"]) < limit:
            points = _columns(backend, run_id, piece.document, name, kind, nth)
            start = max(begin, 0)
            stop = start + limit - len(columns["values"])
            for column, entries in columns.items():
                entries.extend(points[column][start:stop])
    steps = columns["steps"] if any(step is not None for step in columns["steps"]) else None
    return {**columns, "steps": steps or []} if steps else {"values": columns["values"], "at": columns["at"]}


def _columns(
    backend: Backend, run_id: str, document: str, name: str, kind: MetricKind, nth: int
) -> dict[str, list[object]]:
    """The columns of the ``nth`` series of this name and kind in a document, each of full length."""
    stored = backend.metrics.get(run_id, document)
    if stored is None:
        raise NotFound("The metric is being merged: read it again.")
    positions = [i for i, e in enumerate(_entries(stored.header)) if (e.name, e.kind) == (name, kind)]
    content = stored.content["series"]
    assert isinstance(content, list)
    columns = content[positions[nth]]
    blank = [None] * len(columns["values"])
    return {"values": columns["values"], "steps": columns["steps"] or blank, "at": columns["at"] or [0.0] * len(blank)}


def merge(backend: Backend, run_id: str, attempt: int) -> None:
    """Write every series of an attempt as one contiguous list over as few documents as their size allows."""
    chunks = backend.metrics.count(run_id, CHUNK)
    headers = [(i, h) for i, h in backend.metrics.headers(run_id, CHUNK) if h.get("attempt") in (OVER_HTTP, attempt)]
    if not headers:
        return
    columns = _gather(backend, run_id, [id for id, _ in headers])
    for name, kind in sorted(columns):
        for part, piece in enumerate(_split(columns[name, kind])):
            digest = hashlib.sha256(f"{kind}\0{name}".encode()).hexdigest()[:24]
            backend.metrics.put(MetricDocument(
                run=run_id, id=f"{SERIES}-{attempt:04d}-{digest}-{part:05d}", kind=f"{SERIES}-{attempt:04d}",
                order=f"{digest}-{part:05d}", header={"series": [_header(name, kind, piece)]},
                content={"series": [piece]},
            ))
    backend.metrics.put(MetricDocument(
        run=run_id, id=_merged_id(attempt), kind=MERGED, order=f"{attempt:04d}", header={"chunks": chunks}, content={}
    ))


def _merged_id(attempt: int) -> str:
    return f"{MERGED}-{attempt:04d}"


def _gather(backend: Backend, run_id: str, chunks: list[str]) -> dict[Key, dict[str, list[object]]]:
    columns: dict[Key, dict[str, list[object]]] = {}
    for id in chunks:
        stored = backend.metrics.get(run_id, id)
        assert stored
        content = stored.content["series"]
        assert isinstance(content, list)
        for entry, part in zip(_entries(stored.header), content, strict=True):
            series = columns.setdefault((entry.name, entry.kind), {"values": [], "steps": [], "at": []})
            blank = [None] * entry.count
            series["values"] += part["values"]
            series["steps"] += part["steps"] or blank
            series["at"] += part["at"] or [0.0] * entry.count
    for series in columns.values():
        if all(step is None for step in series["steps"]):
            series["steps"] = []
    return columns


def _split(columns: dict[str, list[object]]) -> Iterator[dict[str, list[object]]]:
    """Parts whose JSON stays below ``DOCUMENT_BYTES``: halved until they do."""
    size = sum(len(json.dumps(column)) for column in columns.values())
    length = len(columns["values"])
    if size <= DOCUMENT_BYTES or length == 1:
        yield columns
        return
    half = length // 2
    yield from _split({name: column[:half] for name, column in columns.items()})
    yield from _split({name: column[half:] for name, column in columns.items()})
