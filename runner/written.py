"""Outputs: folders of the node whose files go to a datastore, while the script runs and after it.

A mounted one is mirrored: what the script renames or removes is so in the datastore too, some seconds later.
"""

from __future__ import annotations

import json
import logging
import os
import stat
import time
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from runner.blobs import JSON, Blobs
from runner.destination import AlreadyThere, Destination
from runner.errors import Outage, Refused
from runner.files import Found, regular_files
from runner.grants import NAMES_PER_CALL
from runner.outputs import NotUploaded
from runner.patterns import matches
from runner.settings import OUTPUT_SETTLED_SECONDS
from runner.settling import Settling, Stamp
from runner.task import Output

log = logging.getLogger(__name__)
THREADS = 8
LOOK_SECONDS = OUTPUT_SETTLED_SECONDS * 0.4
LIST_SECONDS = OUTPUT_SETTLED_SECONDS * 2
LIST_BYTES_PER_SECOND = 200_000
"""The list of a growing output is written again at most so often, the larger the more seldom."""


@dataclass(frozen=True)
class Sent:
    """A file that is in the datastore: its ``stamp`` then, and the etag, where storage said one."""

    stamp: Stamp
    etag: str | None


@dataclass
class Result:
    """What has become of an output, as in ``completed.json``."""

    name: str
    files: int = 0
    bytes: int = 0
    failed: list[NotUploaded] = field(default_factory=list)
    complete: bool = False
    is_taken: bool = False
    """A file of somebody else is there already, and may not be overwritten."""

    def document(self) -> dict[str, object]:
        return {"name": self.name, "files": self.files, "bytes": self.bytes, "complete": self.complete,
                "failed": [{"path": each.path, "message": each.message} for each in self.failed]}


class Writing:
    """One output on its way to its datastore. ``place`` is its folder, or the folder or file that the script makes.

    What lay there before the script began is none of its files, unless the script changes it.
    """

    def __init__(self, name: str, output: Output, place: Path, destination: Destination, blobs: Blobs) -> None:
        self._name, self._output, self._place = name, output, place
        self._destination, self._blobs = destination, blobs
        self._before = {path: stamp for path, (_, stamp) in self._found({}).items()}
        self._settling = Settling()
        self._sent: dict[str, Sent] = {}
        self._failed: dict[str, tuple[Stamp, NotUploaded]] = {}
        self._is_taken, self._outage = False, ""
        self._listed_at, self._listed_bytes, self._is_listed = 0.0, 0, True

    def step(self) -> None:
        """Upload what has settled, if it is to be in the datastore as early as can be."""
        if self._output.mode != "mount":
            return
        found = self._found(self._before)
        due = self._settling.due({path: stamp for path, (_, stamp) in found.items()},
                                 {path: sent.stamp for path, sent in self._sent.items()}, time.time_ns())
        self._upload({path: found[path] for path in due if not self._has_failed(path, found[path][1])})
        if time.monotonic() - self._listed_at >= max(LIST_SECONDS, self._listed_bytes / LIST_BYTES_PER_SECOND):
            self._mirror(found)

    def _has_failed(self, path: str, stamp: Stamp) -> bool:
        return path in self._failed and self._failed[path][0] == stamp

    def finish(self) -> None:
        """The script has ended; how, ``end`` is told."""

    def end(self, succeeded: bool) -> Result | None:
        """Upload what is left, and list everything. None: mode ``upload`` has nothing to do after a failure."""
        if self._output.mode == "upload" and not succeeded:
            return None
        found = self._found(self._before)
        self._upload(found)
        self._is_listed = False
        self._mirror(found)
        files = [found[path][1][0] for path in found if path in self._sent]
        failed = [each for path, (_, each) in sorted(self._failed.items()) if path in found]
        if not self._output.prepared and not os.path.lexists(self._place):
            failed.append(NotUploaded(self._output.path_on_compute or "", "the script has made nothing there"))
        log.info("output %s: %d files, %d bytes in %s, %d failed", self._name, len(files), sum(files),
                 f"{self._output.datastore}:/{self._output.folder}", len(failed))
        return Result(self._name, len(files), sum(files), failed, succeeded and not failed, self._is_taken)

    def _found(self, before: Mapping[str, Stamp]) -> dict[str, tuple[Found, Stamp]]:
        """The files that are meant, by their paths below the output's own, but for those that were there ``before``."""
        found: dict[str, tuple[Found, Stamp]] = {}
        for file in self._all():
            path = file.name.partition("/")[2]
            try:
                status = file.path.stat()
            except OSError:
                continue
            stamp = status.st_size, status.st_mtime_ns
            meant = not self._output.globs or any(matches(glob, path) for glob in self._output.globs)
            if meant and before.get(path) != stamp:
                found[path] = file, stamp
        return found

    def _all(self) -> list[Found]:
        if self._output.prepared or not self._place.is_file():
            # At the root of a datastore a folder of the script's has its own name.
            at_root = not self._output.prepared and not self._output.folder
            return regular_files(self._place, f"{self._name}/{self._place.name}" if at_root else self._name)
        return [Found(self._place, f"{self._name}/{self._place.name}", None)]

    def _upload(self, files: Mapping[str, tuple[Found, Stamp]]) -> None:
        """Those that have changed since they were uploaded, if they were. Raises Fenced."""
        self._outage = ""
        due = [path for path, (_, stamp) in files.items() if path not in self._sent or self._sent[path].stamp != stamp]
        with ThreadPoolExecutor(THREADS) as pool, ThreadPoolExecutor(THREADS) as blocks:
            for start in range(0, len(due), NAMES_PER_CALL):
                batch = due[start:start + NAMES_PER_CALL]
                self._ask_ahead(path for path in batch if not files[path][0].trouble)
                list(pool.map(lambda path: self._one(path, *files[path], blocks), batch))

    def _ask_ahead(self, paths: Iterable[str]) -> None:
        try:
            self._destination.urls.ask({"write": list(paths)})
        except (Refused, Outage) as error:
            log.warning("output %s: %s", self._name, error)  # Each then asks for itself: one name fails one file.

    def _one(self, path: str, file: Found, stamp: Stamp, blocks: ThreadPoolExecutor) -> None:
        try:
            if file.trouble:
                raise Refused(file.trouble)
            if self._outage:
                raise Refused(self._outage)
            size, etag = self._destination.put(file.path, path, blocks)
        except (OSError, Refused, Outage) as error:
            shown = path.encode("utf-8", "replace").decode()
            log.warning("output %s: %r was not uploaded: %s", self._name, shown, error)
            self._sent.pop(path, None)
            self._failed[path] = stamp, NotUploaded(shown, str(error))
            self._is_taken |= isinstance(error, AlreadyThere)
            self._outage = str(error) if isinstance(error, Outage) else self._outage
            return
        self._failed.pop(path, None)
        self._sent[path] = Sent((size, stamp[1]), etag)
        self._is_listed = False

    def _mirror(self, found: Collection[str]) -> None:
        """List what is there, then delete what the script has removed: so nothing that is listed is ever missing."""
        gone = self._gone(found)
        self._is_listed = self._is_listed and not gone
        self._list(found)
        if gone:
            self._ask_ahead(gone)
            with ThreadPoolExecutor(THREADS) as pool:
                list(pool.map(self._remove, gone))

    def _gone(self, found: Collection[str]) -> list[str]:
        """None while a file cannot be uploaded: it may be one of them under its new name."""
        if self._output.mode != "mount" or not self._output.prepared or any(path in found for path in self._failed):
            return []
        return [path for path in self._sent if path not in found and _has_gone(self._place / path)]

    def _remove(self, path: str) -> None:
        if self._outage:
            return
        try:
            self._destination.remove(path, self._sent[path].etag)
        except Outage as error:
            self._outage = str(error)  # It is tried again with the next list.
            return
        except Refused as error:
            log.warning("output %s: %r was removed, and stays in the datastore: %s", self._name, path, error)
        del self._sent[path]

    def _list(self, found: Collection[str]) -> None:
        """Write the list of what is in the datastore; what the script has removed again is not in it."""
        if self._is_listed:
            return
        lines = [json.dumps({"path": path, "size": sent.stamp[0], "etag": sent.etag}, ensure_ascii=False).encode()
                 for path, sent in sorted(self._sent.items()) if path in found]
        body = b"".join(line + b"\n" for line in lines)
        self._blobs.put(f"written/{self._name}.jsonl", body, JSON)
        self._listed_at, self._listed_bytes, self._is_listed = time.monotonic(), len(body), True


def _has_gone(path: Path) -> bool:
    """Not because it cannot be looked at: by mistake nothing is deleted."""
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
