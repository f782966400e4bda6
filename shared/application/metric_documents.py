"""How metrics lie in their store.

A *chunk* is one document with the points of one request or of one chunk of a node, as they arrived. Its header says
which series it has points of, so that a reader fetches only what it needs. When a run ends, its chunks are *merged*:
the points of each series, contiguous, in as few documents as their size allows. Both are written once and never
changed: merged documents carry the number of chunks there were, and count for nothing once there are more.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import groupby, repeat
from typing import cast

from pydantic import TypeAdapter

from shared.application.ports import Json, MetricDocument
from shared.contract.requests import MetricKind

CHUNK, SERIES, MERGED = "chunk", "series", "merged"
OVER_HTTP = 0
"""The attempt number of points that callers wrote: they belong to the run, whichever attempt is the current one."""
DOCUMENT_BYTES = 1_400_000
"""Below the 2 MB of a Cosmos document, with room for what Cosmos adds and for other ways of writing a float."""
HEADER_BYTES = 120
"""The field names and numbers of a series' header."""

Key = tuple[str, MetricKind]
Columns = dict[str, list[object]]
"""``values`` as they are; ``steps`` and ``at`` as runs ``[value, times]``, because most repeat: a list logged at once
has one time and no step. Columns of consecutive points are joined by joining the lists."""
COLUMNS = ("values", "steps", "at")


@dataclass(frozen=True)
class SeriesHeader:
    """What a document's header says of one series in it. ``size``: bytes of JSON it adds to a document."""

    name: str
    kind: MetricKind
    count: int
    size: int
    last: object
    last_step: int | None

    @property
    def key(self) -> Key:
        return self.name, self.kind


HEADERS = TypeAdapter(list[SeriesHeader])


def chunk_id(attempt: int, seq: int) -> str:
    """The id of a node's chunk."""
    return f"{CHUNK}-{attempt:04d}-run-{seq:08d}"


def series_kind(attempt: int, chunks: int) -> str:
    """The kind of the documents merged for an attempt when the run had so many chunks."""
    return f"{SERIES}-{attempt:04d}-{chunks:08d}"


def merged_id(attempt: int, chunks: int) -> str:
    """The id of the document that says that all of them are written."""
    return f"{MERGED}-{attempt:04d}-{chunks:08d}"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def runs(column: Iterable[object]) -> list[object]:
    """A column as runs."""
    return [[value, sum(1 for _ in group)] for value, group in groupby(column)]


def spread(column: list[object]) -> list[object]:
    """The column of which these are the runs."""
    return [each for value, times in cast("list[tuple[object, int]]", column) for each in repeat(value, times)]


def size_of(key: Key, columns: Columns) -> int:
    """Bytes of JSON that a series adds to a document: its points, and its header with the last one."""
    return len(json.dumps(columns)) + len(json.dumps(columns["values"][-1])) + len(json.dumps(key)) + HEADER_BYTES


def document(run_id: str, id: str, kind: str, order: str, attempt: int, series: Mapping[Key, tuple[Columns, int]]
             ) -> MetricDocument:
    """A document with these series, given with their sizes."""
    headers = [asdict(_header(key, columns, size)) for key, (columns, size) in series.items()]
    content = [columns for columns, _ in series.values()]
    return MetricDocument(run_id, id, kind, order, {"attempt": attempt, "series": headers}, {"series": content})


def _header(key: Key, columns: Columns, size: int) -> SeriesHeader:
    values = columns["values"]
    ((step, _),) = cast("list[tuple[int | None, int]]", columns["steps"][-1:])
    return SeriesHeader(*key, len(values), size, values[-1], step)


def headers_of(header: Json) -> list[SeriesHeader]:
    """The series of a document, from its header."""
    return HEADERS.validate_python(header["series"])


def series_of(document: MetricDocument) -> Iterator[tuple[SeriesHeader, Columns]]:
    """The series of a document, each with its points."""
    yield from zip(headers_of(document.header), cast("list[Columns]", document.content["series"]), strict=True)
