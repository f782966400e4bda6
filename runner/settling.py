"""Which files of a folder that a script writes into are worth uploading while it goes on."""

from __future__ import annotations

from collections.abc import Mapping

from runner.settings import OUTPUT_SETTLED_SECONDS

RESTLESS_LOOKS = 30
"""One that never rests, such as a log, is uploaded once in so many looks all the same, as long as it is small."""
RESTLESS_BYTES = 16 * 1024 * 1024
Stamp = tuple[int, int]
"""Size and time of the last change (ns) of a file: when they are the same, so is its content."""


class Settling:
    """Is shown the files of a folder again and again."""

    def __init__(self) -> None:
        self._seen: Mapping[str, Stamp] = {}
        self._looks: dict[str, int] = {}

    def due(self, files: Mapping[str, Stamp], stored: Mapping[str, Stamp], now: int) -> set[str]:
        """The paths to upload now (ns since 1970). ``stored``: what is in the datastore, as it was then."""
        moved = {stamp for path, stamp in stored.items() if path not in files}
        fresh = {path: stamp for path, stamp in files.items() if stored.get(path) != stamp}
        looks = {path: self._looks.get(path, 0) + 1 for path in fresh}
        due = {path for path, stamp in fresh.items() if stamp in moved or self._rests(path, stamp, now)
               or (looks[path] >= RESTLESS_LOOKS and stamp[0] <= RESTLESS_BYTES)}
        self._seen, self._looks = dict(files), {path: count for path, count in looks.items() if path not in due}
        return due

    def _rests(self, path: str, stamp: Stamp, now: int) -> bool:
        """Looked at twice: a time of change can be set, as unpacking does."""
        return self._seen.get(path) == stamp and now - stamp[1] >= OUTPUT_SETTLED_SECONDS * 1e9
