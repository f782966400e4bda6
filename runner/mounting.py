"""Inputs that are mounted: each by a process of its own, which fetches what the script reads."""

from __future__ import annotations

import json
import logging
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Callable

from runner.errors import RunFailed, Stopped
from runner.launch import ATTEMPT, RUN_ID
from runner.settings import MOUNT_READY_SECONDS, STORAGE_PATIENCE_SECONDS

log = logging.getLogger(__name__)
LOOK_SECONDS = 0.2
PIPE_BYTES = 4096
"""As many can be written without waiting when a pipe is said to be ready (pipe(7))."""
KIND = b" fuse.runspoor "
"""Of our mounts, in the kernel's list."""
END_SECONDS = 10.0


class CannotMount(Exception):
    """This node cannot mount; the text says why, a clause without a full stop."""


class Mount:
    """The files of input ``name`` at a folder of this node, once ``wait`` has returned and until ``leave``."""

    def __init__(self, name: str, place: Path, listed: Mapping[str, Any], packages: Path) -> None:
        """``listed``: the first page and where others come from; ``packages``: where the package ``runspoor`` is."""
        self._name, self._place = name, place
        # Without the marks of the attempt: what ends the script's processes must not end this one.
        inherited = {key: value for key, value in os.environ.items() if key not in (RUN_ID, ATTEMPT)}
        self._environment = {**inherited, "PYTHONPATH": str(packages)}
        self._process = subprocess.Popen([sys.executable, "-m", "runspoor.mount"], env=self._environment,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                         cwd="/", start_new_session=True)
        self._reader = threading.Thread(target=self._hand_on, daemon=True)
        self._reader.start()
        described = {"mount_point": str(place), "patience_seconds": STORAGE_PATIENCE_SECONDS, "report": True,
                     **listed}
        self._untold = memoryview(json.dumps(described).encode() + b"\n")
        os.set_blocking(self._stdin.fileno(), False)  # A page is more than a pipe holds.

    @property
    def _stdin(self) -> Any:
        return self._process.stdin

    def _hand_on(self) -> None:
        """What it says goes into the runner's log."""
        assert self._process.stderr is not None
        for line in self._process.stderr:
            log.info("input %s: %s", self._name, line.decode("utf-8", "replace").rstrip())

    def wait(self, unwanted: Callable[[], bool]) -> None:
        """Until it is ready. Raises CannotMount, RunFailed (MountNotReady), Stopped."""
        give_up = time.monotonic() + MOUNT_READY_SECONDS
        while not self._looked():
            if unwanted():
                raise Stopped
            if time.monotonic() > give_up:
                raise RunFailed("MountNotReady", (
                    f"Waiting for the mount point of input {self._name!r} to be ready has timed out after "
                    f"{MOUNT_READY_SECONDS:g} s: submit the run again, see that the outbound rules of the nodes' "
                    "network allow the storage account and this backend, or use as_download()."))
        said = json.loads(self._process.stdout.readline() or b"{}") if self._process.stdout else {}
        if not said.get("ready"):
            raise CannotMount(said.get("why", "the process that mounts ended, as said above"))

    def _looked(self) -> bool:
        """Tell it a bit more, or wait a moment; whether it has answered."""
        assert self._process.stdout is not None
        told = [self._stdin] if self._untold else []
        answered, ready, _ = select.select([self._process.stdout], told, [], min(LOOK_SECONDS, MOUNT_READY_SECONDS))
        if ready:
            try:
                self._untold = self._untold[os.write(self._stdin.fileno(), self._untold[:PIPE_BYTES]):]
            except BrokenPipeError:
                self._untold = self._untold[:0]  # It has ended: what it says is to be read.
        return bool(answered)

    def leave(self) -> None:
        """Unmount, whoever still reads, and clean up after a process that was killed."""
        with suppress(BrokenPipeError):
            self._stdin.close()
        try:
            code = self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        if code < 0:
            log.warning("input %s: the process of its mount was killed (%d)", self._name, code)
            _clean("--clean", self._place, self._environment)
        self._reader.join(END_SECONDS)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None and not self._reader.is_alive():
                stream.close()


def _clean(how: str, folder: Path, environment: Mapping[str, str]) -> None:
    try:
        subprocess.run([sys.executable, "-m", "runspoor.mount", how, str(folder)], check=False, env=environment,
                       cwd="/", stdin=subprocess.DEVNULL, timeout=END_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("%s may still be mounted: %s", folder, error)


def clean_below(home: Path, archive: Path) -> None:
    """Take away what a runner that was killed left mounted in ``home``, the folder of this task.

    Nothing is looked at below it before: who asks a mount that nobody serves gets an error, or no answer ever.
    """
    with suppress(OSError):
        if KIND in Path("/proc/self/mountinfo").read_bytes():
            _clean("--clean-below", home.resolve(), {**os.environ, "PYTHONPATH": str(archive)})


class Mounts:
    """The mounts of one attempt. Safe to use from many threads."""

    def __init__(self) -> None:
        self._mounts: list[Mount] = []
        self._lock = threading.Lock()
        self._left = False

    def add(self, name: str, place: Path, listed: Mapping[str, Any], packages: Path,
            unwanted: Callable[[], bool]) -> None:
        """Mount and wait until it is there. Raises CannotMount, RunFailed (MountNotReady), Stopped."""
        with self._lock:
            if self._left:
                raise Stopped
            try:
                mount = Mount(name, place, listed, packages)
            except OSError as error:
                raise CannotMount(f"the process that mounts cannot be started ({error.strerror})") from error
            self._mounts.append(mount)
        mount.wait(unwanted)

    def leave(self) -> None:
        """Unmount all; none comes after."""
        with self._lock:
            self._left = True
            mounts, self._mounts = self._mounts, []
        for mount in mounts:
            mount.leave()
