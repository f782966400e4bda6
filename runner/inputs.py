"""What a run reads: mounted or fetched before its script starts, and named in arguments and variables."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from runner.connections import Connections
from runner.errors import Refused, RunFailed, Stopped
from runner.fetch import CHANGED, Fetch, NotThere, Wanted
from runner.grants import Grants
from runner.mounting import CannotMount, Mounts
from runner.names import ACCESS, PACKAGES
from runner.placing import checked, folder, target, unavailable
from runner.record import scrub
from runner.room import Room
from runner.stop import Stop
from runner.task import Input, InputArgument, Task

log = logging.getLogger(__name__)
THREADS = 8
INPUTS_AT_ONCE = 4
FILES_PER_PAGE = 1000
CHECK_SECONDS = 240.0
"""Comparing a million files with storage takes the service minutes; Azure gives it 230 s to answer."""
CONFLICT, NOT_FOUND = 409, 404
LOOK_SECONDS = 0.2
RENEWALS = 3
REFERENCE = re.compile(r"\$AZUREML_DATAREFERENCE_([A-Za-z0-9_]+)")
MOUNT_IT = "Mount it instead of downloading it (as_mount()), or use nodes with a larger disk."
LARGER_DISK = "It was to be mounted, which this node cannot ({why}): use nodes that can, or that have a larger disk."
V1_MODES = {"direct": "Direct", "mount": "Mount", "download": "Download"}


@dataclass(frozen=True)
class Ready:
    """Inputs by name: the path on the node, or the dataset's id in mode ``direct``."""

    inputs: Mapping[str, Input]
    values: Mapping[str, str]

    def filled(self, task: Task) -> Task:
        """``task`` with values in its arguments, also where a text has ``$AZUREML_DATAREFERENCE_<name>``."""
        return replace(task, arguments=self._all(task.arguments), command=self._all(task.command))

    def _all(self, arguments: Iterable[str]) -> tuple[str, ...]:
        return tuple(self.values[each] if isinstance(each, InputArgument) else self._text(each) for each in arguments)

    def _text(self, text: str) -> str:
        return REFERENCE.sub(lambda found: self.values.get(found[1], found[0]), text)

    def variables(self, v1: bool, taken: Mapping[str, str]) -> dict[str, str]:
        """The variables that name the inputs; ``v1``: those of Azure ML too, but for bare names that are ``taken``."""
        result = {f"RUNSPOOR_INPUT_{name}": value for name, value in self.values.items()}
        if not v1 or not self.values:
            return result
        result.update({f"AZUREML_DATAREFERENCE_{name}": value for name, value in self.values.items()})
        for name, value in self.values.items():
            result.update({bare: value for bare in (name, name.upper()) if bare not in taken})
        of_datasets = [f"{name}:{V1_MODES[each.mode]}" for name, each in self.inputs.items() if each.dataset]
        return {**result, "AZUREML_DATASET_ENVIRONMENT_VARS": ",".join(of_datasets)} if of_datasets else result


class Inputs:
    """The inputs of one attempt on their way to the node."""

    def __init__(self, task: Task, grants: Grants, stop: Stop) -> None:
        self._task, self._grants, self._stop = task, grants, stop
        self._connections = Connections()
        self._failed = False
        self._files = ThreadPoolExecutor(THREADS, "input")
        self._mounts, self._room = Mounts(), Room()

    def fetch(self, root: Path, home: Path) -> Ready:
        """All of them; ``root`` is the script's folder, ``home`` the task's. What is mounted is so until ``leave``.

        Raises RunFailed (InputNotAvailable, InputChanged, InputTooLarge, MountNotReady), Stopped, Fenced, Outage.
        """
        pool = ThreadPoolExecutor(INPUTS_AT_ONCE, "inputs")
        try:
            futures = {name: pool.submit(self._one, name, each, root, home) for name, each in self._task.inputs.items()}
            self._finished(futures.values())
            return Ready(self._task.inputs, {name: future.result() for name, future in futures.items()})
        finally:
            self._failed = True
            for each in (pool, self._files):
                # A thread that waits for a server that says nothing is left behind: the runner leaves without it.
                each.shutdown(wait=False, cancel_futures=True)
            self._connections.close()

    def leave(self) -> None:
        """The script has ended, or never began: unmount."""
        self._mounts.leave()

    def _finished(self, futures: Iterable[Future[Any]]) -> None:
        """Wait until all have ended or one has failed. Raises what that one raised, or Stopped."""
        left = set(futures)
        while left:
            done, left = wait(left, LOOK_SECONDS, FIRST_EXCEPTION)
            for future in done:
                future.result()
            if self._unwanted():
                raise Stopped

    def _unwanted(self) -> bool:
        return self._failed or self._stop.cause is not None

    def _one(self, name: str, wanted: Input, root: Path, home: Path) -> str:
        """Mount or fetch one input; gives its value."""
        if wanted.mode == "direct":
            return wanted.dataset or ""
        first = self._page(name, None, check=wanted.mode == "mount")
        place, advice = folder(name, wanted.path_on_compute, root, home), MOUNT_IT
        if wanted.mode == "mount":
            try:
                return self._mounted(name, place, home, first)
            except CannotMount as error:
                advice = LARGER_DISK.format(why=error)
                log.info("input %s: asked for as a mount; this node delivers it as a download: %s", name, error)
        self._room.take(name, place, self._size(name, first), advice)
        return self._downloaded(name, place, first)

    def _mounted(self, name: str, place: Path, home: Path, first: dict[str, Any]) -> str:
        started = time.monotonic()
        if next(place.iterdir(), None) is not None:
            raise CannotMount(f"{place} has other files already")
        pages = {"url": self._grants.address(f"inputs/{name}"), "access_file": str(home / ACCESS)}
        value = self._value(name, place, first)
        self._mounts.add(name, place.resolve(), {"first": first, "pages": pages}, home / PACKAGES, self._unwanted)
        log.info("input %s: mounted read-only at %s after %.1f s", name, value, time.monotonic() - started)
        return value

    def _downloaded(self, name: str, place: Path, page: dict[str, Any]) -> str:
        started, value = time.monotonic(), self._value(name, place, page)
        count = size = 0
        cursor = None
        while True:
            sizes = self._fetched(name, place, cursor, page)
            count, size = count + len(sizes), size + sum(sizes)
            cursor = page["next"]
            if cursor is None:
                break
            page = self._page(name, cursor)
        log.info("input %s: %d files, %d bytes, at %s after %.1f s", name, count, size, value,
                 time.monotonic() - started)
        return value

    def _value(self, name: str, place: Path, page: dict[str, Any]) -> str:
        """The path of an input at ``place``: the only file of one that is a file, else the folder."""
        paths = [checked(name, file["path"]) for file in page["value"]]
        if page["is_file"] and not paths and page["next"] is not None:
            return self._value(name, place, self._page(name, page["next"]))
        return str(place / paths[0] if page["is_file"] and paths else place)

    def _size(self, name: str, page: dict[str, Any]) -> int:
        """Bytes of all files, as far as they are known before they are fetched."""
        if page.get("bytes") is not None:
            return int(page["bytes"])
        size = 0
        while True:
            size += sum(file.get("size") or 0 for file in page["value"])
            if page["next"] is None:
                return size
            page = self._page(name, page["next"])

    def _page(self, name: str, cursor: str | None, check: bool = False) -> dict[str, Any]:
        query = f"limit={FILES_PER_PAGE}" + (f"&cursor={quote(cursor, safe='')}" if cursor else "")
        try:
            if check:
                return self._grants.look_up(f"inputs/{name}?{query}&check=true", CHECK_SECONDS)
            return self._grants.look_up(f"inputs/{name}?{query}")
        except Refused as error:
            if error.status == CONFLICT:
                raise RunFailed("InputChanged", f"Input {name!r} is not what it was: {error}") from error
            raise unavailable(name, str(error)) from error

    def _fetched(self, name: str, place: Path, cursor: str | None, page: dict[str, Any]) -> list[int]:
        """The sizes of the files of a page, which are now on disk."""
        urls = _Urls(page, lambda: self._page(name, cursor))
        futures = [self._files.submit(self._file, name, target(name, place, file["path"]), file, urls)
                   for file in page["value"]]
        self._finished(futures)
        return [future.result() for future in futures]

    def _file(self, name: str, place: Path, file: dict[str, Any], urls: _Urls) -> int:
        try:
            return self._read(place, file, urls)
        except NotThere as error:
            if error.status == CHANGED:
                raise changed(name, file["path"]) from error
            raise unavailable(name, f"{shown(file['url'])}: {scrub(str(error))}.") from error
        except OSError as error:
            raise unavailable(name, f"its file {file['path']!r} cannot be written: {error.strerror}.") from error

    def _read(self, place: Path, file: dict[str, Any], urls: _Urls, renewal: int = 0) -> int:
        url = urls.of(file["path"], renewal)
        if not url:
            raise NotThere("it is not listed any more", NOT_FOUND)
        wanted = Wanted(url, file.get("size"), file.get("sha256"), file.get("etag"))
        try:
            return Fetch(self._connections, wanted, place, self._unwanted).run()
        except NotThere as error:
            if error.status != 403 or renewal == RENEWALS or urls.of(file["path"], renewal + 1) == url:
                raise
        return self._read(place, file, urls, renewal + 1)


class _Urls:
    """The URLs of a page's files. They are good for minutes: a page that takes longer is asked for again."""

    def __init__(self, page: dict[str, Any], again: Callable[[], dict[str, Any]]) -> None:
        self._urls = [_by_path(page)]
        self._again = again
        self._lock = threading.Lock()

    def of(self, path: str, renewal: int) -> str:
        with self._lock:
            if len(self._urls) <= renewal:
                self._urls.append(_by_path(self._again()))
        return self._urls[renewal].get(path, "")


def _by_path(page: dict[str, Any]) -> dict[str, str]:
    return {file["path"]: file["url"] for file in page["value"]}


def changed(name: str, path: str) -> RunFailed:
    return RunFailed("InputChanged", f"Input {name!r} has changed: its file {path!r} is not the one its dataset was "
                     "registered with. Put it back, or register the dataset as it is now, as a new version.")


def shown(url: str) -> str:
    """The URL without its query, which may be a signature."""
    return re.sub(r"[?#].*", "", url, flags=re.DOTALL)
