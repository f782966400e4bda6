"""What the script keeps in ``./outputs``, stored while it runs: when the node is lost, the next attempt gets it."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from runner.blobs import Blobs
from runner.errors import Outage, Refused
from runner.files import regular_files
from runner.names import CHECKPOINTS, KEPT, OUTPUTS
from runner.outputs import LINES
from runner.settings import OUTPUT_SETTLED_SECONDS
from runner.settling import Settling, Stamp
from runner.upload import Upload

log = logging.getLogger(__name__)
THREADS = 4
LOOK_SECONDS = OUTPUT_SETTLED_SECONDS * 0.4


class Checkpoints:
    """The files that have come to rest. They are not the run's outputs: those are uploaded when the script has ended.

    ``outputs``: what the names of this node's output files begin with.
    """

    def __init__(self, blobs: Blobs, root: Path, outputs: str) -> None:
        self._blobs, self._root = blobs, root
        self._prefix = CHECKPOINTS + outputs[len(OUTPUTS):]
        self._settling = Settling()
        self._stored: dict[str, Stamp] = {}

    def step(self) -> None:
        """Upload what rests, then list what is stored and has not been removed since. Raises Fenced, Refused, Outage.
        """
        found = self._found()
        stamps = {name: stamp for name, (_, stamp) in found.items()}
        due = self._settling.due(stamps, self._stored, time.time_ns())
        before = dict(self._stored)
        with ThreadPoolExecutor(THREADS) as blocks:
            upload = Upload(self._blobs, blocks)
            for name in sorted(due):
                self._one(upload, name, *found[name])
        self._stored = {name: stamp for name, stamp in self._stored.items() if name in found}
        if self._stored != before:
            self._list(self._stored)

    def finish(self) -> None:
        """The script has ended: what it left is uploaded as the run's outputs."""

    def _found(self) -> dict[str, tuple[Path, Stamp]]:
        found: dict[str, tuple[Path, Stamp]] = {}
        for file in regular_files(self._root, self._prefix):
            try:
                status = file.path.stat()
            except OSError:
                continue
            if file.trouble is None:
                found[file.name] = file.path, (status.st_size, status.st_mtime_ns)
        return found

    def _one(self, upload: Upload, name: str, path: Path, stamp: Stamp) -> None:
        try:
            upload(path, name)
        except (OSError, Refused, Outage) as error:
            log.info("%r was not stored yet: %s", name, error)
            return
        self._stored[name] = stamp

    def _list(self, stored: Mapping[str, Stamp]) -> None:
        lines = (json.dumps({"path": name, "size": size}, ensure_ascii=False).encode() + b"\n"
                 for name, (size, _) in sorted(stored.items()))
        self._blobs.put(KEPT, b"".join(lines), LINES)
