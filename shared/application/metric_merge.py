"""Merging: the points of each series of an attempt, contiguous, in as few documents as their size allows.

The result depends on the chunks alone, not on the order in which they arrived; doing it again writes the same again.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from shared.application.backend import Backend
from shared.application.metric_documents import (
    CHUNK,
    COLUMNS,
    DOCUMENT_BYTES,
    MERGED,
    OVER_HTTP,
    Columns,
    Key,
    digest,
    document,
    merged_id,
    series_kind,
    series_of,
)
from shared.application.ports import MetricDocument

FETCHES = 8
"""How many chunks are fetched at once: a long run has thousands, each a few milliseconds away."""


@dataclass
class _Open:
    """The document of a series that is being filled."""

    part: int = 0
    size: int = 0
    columns: Columns = field(default_factory=lambda: {name: [] for name in COLUMNS})


def merge(backend: Backend, run_id: str, attempt: int) -> None:
    """Merge all chunks that there are of an attempt and of callers."""
    headers = backend.metrics.headers(run_id, CHUNK)
    merged = merged_id(attempt, len(headers))
    ids = [id for id, header in headers if header["attempt"] in (OVER_HTTP, attempt)]
    if not ids or backend.metrics.get(run_id, merged):
        return
    filling: dict[Key, _Open] = {}
    for chunk in _fetch(backend, run_id, ids):
        for header, columns in series_of(chunk):
            current = filling.setdefault(header.key, _Open())
            if current.size and current.size + header.size > DOCUMENT_BYTES:
                _write(backend, run_id, attempt, len(headers), header.key, current)
                current = filling[header.key] = _Open(current.part + 1)
            current.size += header.size
            for name in COLUMNS:
                current.columns[name] += columns[name]
    for key, current in filling.items():
        _write(backend, run_id, attempt, len(headers), key, current)
    backend.metrics.put(MetricDocument(run_id, merged, MERGED, f"{attempt:04d}", {}, {}))


def _fetch(backend: Backend, run_id: str, ids: list[str]) -> Iterator[MetricDocument]:
    """The chunks in order, a few ahead."""
    with ThreadPoolExecutor(FETCHES) as pool:
        for start in range(0, len(ids), FETCHES):
            for chunk in pool.map(lambda id: backend.metrics.get(run_id, id), ids[start:start + FETCHES]):
                assert chunk, "chunks are never deleted"
                yield chunk


def _write(backend: Backend, run_id: str, attempt: int, chunks: int, key: Key, filled: _Open) -> None:
    name, metric_kind = key
    kind = series_kind(attempt, chunks)
    order = f"{digest(f'{metric_kind}/{name}')}-{filled.part:05d}"
    series = {key: (filled.columns, filled.size)}
    backend.metrics.put(document(run_id, f"{kind}-{order}", kind, order, attempt, series))
