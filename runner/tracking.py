"""Shipping what the script tracks: tracking files to metric chunks."""

from __future__ import annotations

import json
import logging
from collections import deque
from pathlib import Path

from runner.blobs import JSON, Blobs
from runner.metrics import CHUNK_BYTES, Chunk, Failure, Point, Record, encoded_length, pack, parse
from runner.names import OUTPUTS
from runner.task import Task

log = logging.getLogger(__name__)
# Lines read before what they hold is shipped: bounds memory however fast the script writes.
READ_BYTES = 512 * 1024
NAMES_AHEAD = 32


class TrackingFolder:
    """Follows all tracking files of one run. A chunk that could not be shipped stays the next one to ship."""

    def __init__(self, blobs: Blobs, task: Task, root: Path, first: int = 0, outputs: str = OUTPUTS) -> None:
        """``first``: the number of the first chunk. ``outputs``: what the names of this node's output files begin with.
        """
        self._blobs, self._task, self._root, self._first, self._outputs = blobs, task, root, first, outputs
        self._offsets: dict[Path, int] = {}
        self._pending: deque[Chunk] = deque()
        self._failure: Failure | None = None
        self.chunks = 0

    def step(self) -> None:
        """Ship all complete lines there are. Raises Refused, Outage, Fenced."""
        while self._pending or self._read():
            while self._pending:
                self._ship(self._pending[0])
                self._pending.popleft()

    finish = step

    @property
    def failure(self) -> tuple[str, str] | None:
        """Code and message by which the script last said that the run has failed."""
        return self._failure and (self._failure.code, self._failure.message)

    def _read(self) -> bool:
        records: list[Record] = []
        left = READ_BYTES
        for path in sorted(self._root.glob("*.jsonl")):
            lines = self._lines(path, max(left, 1))
            left -= sum(map(len, lines))
            for line in lines:
                records.extend(self._parsed(line))
        self._pending.extend(pack(records))
        return left < READ_BYTES

    def _lines(self, path: Path, size: int) -> list[bytes]:
        with path.open("rb") as file:
            file.seek(self._offsets.get(path, 0))
            lines = file.readlines(size)
        if lines and not lines[-1].endswith(b"\n"):
            lines.pop()  # Still being written, or the last words of a killed process.
        self._offsets[path] = self._offsets.get(path, 0) + sum(map(len, lines))
        return lines

    def _parsed(self, line: bytes) -> list[Record]:
        records: list[Record] = []
        try:
            for entry in parse(line):
                if isinstance(entry, Failure):
                    self._failure = max(self._failure or entry, entry, key=lambda each: each.at)
                elif _fits(entry):
                    records.append(self._named(entry))
        except ValueError as error:
            log.warning("a tracking line is left out: %s", error)
        return records

    def _named(self, record: Record) -> Record:
        """An image is a file of ``outputs``, which has its node in its name."""
        if not isinstance(record, Point) or record.kind != "image" or not isinstance(record.value, dict):
            return record
        inner = str(record.value.get("path")).partition(f"{OUTPUTS}/")[2]
        return record._replace(value={**record.value, "path": f"{self._outputs}/{inner}"}) if inner else record

    def _ship(self, chunk: Chunk) -> None:
        number = self._first + self.chunks
        if self.chunks % NAMES_AHEAD == 0:
            self._blobs.grants.ask({"write": [_name(seq) for seq in range(number, number + NAMES_AHEAD)]})
        document = chunk.document(self._task.run_id, self._task.attempt, number)
        self._blobs.put(_name(number), json.dumps(document, separators=(",", ":")).encode(), JSON)
        self.chunks += 1


def _name(seq: int) -> str:
    return f"metrics/{seq:08d}.json"


def _fits(record: Record) -> bool:
    fits = encoded_length(record.value) + len(record.name) * 6 < CHUNK_BYTES
    if not fits:
        log.warning("a value of %s is left out: it is larger than %d bytes", record.name[:100], CHUNK_BYTES)
    return fits
