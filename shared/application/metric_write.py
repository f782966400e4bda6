"""Metrics are kept as they arrive: from a node as chunks, from callers as requests. Either may come twice."""

import json
import logging
from collections.abc import Iterable
from datetime import datetime
from itertools import repeat
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from shared.application.backend import Backend
from shared.application.metric_documents import (
    CHUNK,
    COLUMNS,
    DOCUMENT_BYTES,
    OVER_HTTP,
    Columns,
    Key,
    chunk_id,
    digest,
    document,
    runs,
    size_of,
)
from shared.contract.requests import MetricsRequest, Series
from shared.domain import limits
from shared.domain.errors import Invalid

Part = TypeVar("Part", bound=BaseModel)
log = logging.getLogger(__name__)


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
    return _add(backend, run_id, attempt, chunk_id(attempt, chunk.seq), f"{chunk.seq:08d}", chunk.series)


def write(backend: Backend, run_id: str, request: MetricsRequest, key: str) -> bool:
    """Keep points a caller wrote; False when a request with this key has been kept before."""
    id = f"{CHUNK}-{OVER_HTTP:04d}-http-{digest(key)}"
    order = backend.clock().isoformat(timespec="microseconds")
    return _add(backend, run_id, OVER_HTTP, id, order, request.metrics)


def _add(backend: Backend, run_id: str, attempt: int, id: str, order: str, series: Iterable[Series]) -> bool:
    content = {key: (columns, size_of(key, columns)) for key, columns in _columns(series, backend.clock()).items()}
    stored = document(run_id, id, CHUNK, f"{attempt:04d}-{order}", attempt, content)
    if sum(size for _, size in content.values()) > DOCUMENT_BYTES:
        raise Invalid("The points of one request are too large together: send them in several requests.")
    return backend.metrics.add(stored)


def _columns(series: Iterable[Series], now: datetime) -> dict[Key, Columns]:
    """The points by series: what a request names twice is one series. Points without a time are of now."""
    found: dict[Key, Columns] = {}
    for each in series:
        plain = each.model_dump(mode="json", by_alias=True)
        columns = found.setdefault((each.name, each.kind), {name: [] for name in COLUMNS})
        columns["values"] += plain["values"]
        columns["steps"] += runs(plain["steps"] or repeat(None, len(each.values)))
        columns["at"] += runs(plain["at"] or repeat(now.timestamp(), len(each.values)))
    return found
