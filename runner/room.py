"""Whether what is to be downloaded has room on the node's disks."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

from runner.errors import RunFailed


class Room:
    """What is free on each disk, less what has been promised. Safe to use from many threads."""

    def __init__(self) -> None:
        self._free: dict[int, int] = {}
        self._lock = threading.Lock()

    def take(self, name: str, place: Path, size: int, advice: str) -> None:
        """Promise ``size`` bytes at ``place`` to input ``name``. Raises RunFailed (InputTooLarge)."""
        with self._lock:
            disk = os.stat(place).st_dev
            free = self._free.setdefault(disk, shutil.disk_usage(place).free)
            if size > free:
                raise RunFailed("InputTooLarge", f"Input {name!r} is too large for the node's disk: it has {size:,} "
                                f"bytes, and at {place} there are {free:,} left. {advice}")
            self._free[disk] = free - size
