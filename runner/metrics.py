"""From tracking lines to metric chunks. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Union

Json = Union[None, bool, int, float, str, list["Json"], dict[str, "Json"]]

# The contract's limit is 512 KB; the rest is room for names and brackets.
CHUNK_BYTES = 500_000
# A value takes its own JSON, a comma, its time (17 digits) and its step (up to 20).
POINT_OVERHEAD = 40
SERIES_OVERHEAD = 80
FAILED = "RunFailed", "The script itself said that the run has failed."
# What the backend keeps of a reason.
CODE_CHARACTERS, MESSAGE_CHARACTERS = 100, 3_000
KINDS = frozenset({"scalar", "row", "image"})


class Point(NamedTuple):
    """One value of one series."""

    name: str
    kind: str
    value: Json
    step: int | None
    at: float


class Tag(NamedTuple):
    name: str
    value: Json


class Failure(NamedTuple):
    """The script's own word that the run has failed."""

    code: str
    message: str
    at: float


Record = Union[Point, Tag]
Entry = Union[Point, Tag, Failure]


@dataclass
class Chunk:
    """What is shipped in one blob: series by (name, kind), each in the order logged, and tags."""

    series: dict[tuple[str, str], list[Point]] = field(default_factory=dict)
    tags: list[Tag] = field(default_factory=list)
    size: int = 0

    def document(self, run_id: str, attempt: int, seq: int) -> dict[str, Json]:
        return {
            "run": run_id, "attempt": attempt, "seq": seq,
            "series": [_series(name, kind, points) for (name, kind), points in self.series.items()],
            "tags": [{"name": tag.name, "value": tag.value} for tag in self.tags],
        }


def _series(name: str, kind: str, points: list[Point]) -> Json:
    steps: list[Json] = [point.step for point in points]
    return {
        "name": name, "kind": kind,
        "values": [point.value for point in points],
        "steps": steps if any(step is not None for step in steps) else None,
        "at": [point.at for point in points],
    }


def parse(line: bytes) -> list[Entry]:
    """The records of one tracking line, or the failure it tells. Raises ValueError when it is not one."""
    try:
        entry = json.loads(line)
        kind = entry["kind"]
        if kind == "fail":
            return [_failure(entry)]
        name = entry["name"]
        if not isinstance(name, str):
            raise ValueError("the name is not a text")
        if kind == "tag":
            return [Tag(name, entry["value"])]
        if kind not in KINDS or not isinstance(entry["values"], list):
            raise ValueError(f"kind {kind!r} is not known")
        step, at = entry.get("step"), float(entry["at"])
        return [Point(name, kind, value, step, at) for value in entry["values"]]
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"not a tracking entry ({type(error).__name__}: {error})") from None


def _failure(entry: dict[str, Json]) -> Failure:
    code, message = entry.get("code") or FAILED[0], entry.get("message") or FAILED[1]
    at = entry["at"]
    if not isinstance(at, (int, float)):
        raise ValueError("the time is not a number")
    return Failure(str(code)[:CODE_CHARACTERS], str(message)[:MESSAGE_CHARACTERS], at)


def pack(records: Iterable[Record], limit: int = CHUNK_BYTES) -> Iterator[Chunk]:
    """Chunks of at most about ``limit`` bytes, in order; only a single record that is larger makes a larger chunk."""
    chunk = Chunk()
    for record in records:
        size = _size(record, chunk)
        if chunk.size and chunk.size + size > limit:
            yield chunk
            chunk = Chunk()
            size = _size(record, chunk)
        chunk.size += size
        if isinstance(record, Tag):
            chunk.tags.append(record)
        else:
            chunk.series.setdefault((record.name, record.kind), []).append(record)
    if chunk.size:
        yield chunk


def _size(record: Record, chunk: Chunk) -> int:
    size = encoded_length(record.value) + POINT_OVERHEAD
    if isinstance(record, Tag) or (record.name, record.kind) not in chunk.series:
        size += SERIES_OVERHEAD + encoded_length(record.name)
    return size


def encoded_length(value: Json) -> int:
    """Bytes of the compact ASCII JSON of a value."""
    return len(json.dumps(value, separators=(",", ":")))
