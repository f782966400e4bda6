"""The script's processes: start, stop, and the end of all of them."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from runner.errors import RunFailed
from runner.stop import Cause, Stop, time_limit
from runner.task import Task

log = logging.getLogger(__name__)
POLL_SECONDS = 0.02
# Rounds of looking for survivors: one that forks while it is killed is found in the next.
ROUNDS = 50


_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_prctl = getattr(ctypes.CDLL(None), "prctl", None)


def die_with_parent() -> None:
    """In the new process: be killed when the runner is, so that no script goes on that nobody watches."""
    if _prctl:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL.value)


class Script:
    """A process in a session of its own, whose output goes into a file.

    A file, not a pipe: a child that outlives the script would keep a pipe open, and a slow reader would block it.
    """

    def __init__(self, argv: Sequence[str], root: Path, environment: Mapping[str, str], output: Path,
                 keep: Sequence[int] = ()) -> None:
        """``keep``: open files that the process inherits."""
        with output.open("ab") as log_file:
            try:
                self._process = subprocess.Popen(argv, cwd=root, env=dict(environment), stdin=subprocess.DEVNULL,
                                                 stdout=log_file, stderr=subprocess.STDOUT, start_new_session=True,
                                                 pass_fds=tuple(keep), preexec_fn=die_with_parent)
            except OSError as error:
                raise RunFailed("InterpreterNotFound", f"{argv[0]} could not be started: {error}.") from error
        self.pid = self._process.pid

    @property
    def code(self) -> int | None:
        """The return code, once it has ended."""
        return self._process.poll()

    def kill(self) -> None:
        """End its process group at once."""
        self._signal(signal.SIGKILL)
        self._process.wait()

    def wait(self, task: Task, stop: Stop) -> int:
        """Until it has ended by itself or was stopped; gives its return code (negative: minus the signal)."""
        return self.wait_until(time.monotonic() + (task.duration_seconds or float("inf")), time_limit(task), stop)

    def wait_until(self, deadline: float, late: Cause, stop: Stop) -> int:
        """The same, stopped for the cause ``late`` at a time of the monotonic clock."""
        while True:
            code = self._process.poll()
            if code is not None:
                return code
            if time.monotonic() > deadline:
                stop.request(late)
            if stop.cause:
                return self.stop(stop)
            time.sleep(POLL_SECONDS)

    def stop(self, stop: Stop) -> int:
        """SIGTERM, after the grace SIGKILL; gives the return code."""
        since = time.monotonic()
        log.info("stopping the script: %s", stop.cause and stop.cause.message)
        self._signal(signal.SIGTERM)
        while self._group_lives() and time.monotonic() - since < stop.grace_seconds:
            time.sleep(POLL_SECONDS)
        self._signal(signal.SIGKILL)
        return self._process.wait()

    def _group_lives(self) -> bool:
        self._process.poll()
        return self._signal(0)

    def _signal(self, number: int) -> bool:
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    def end_all(self, marker: Mapping[str, str]) -> None:
        """Kill what the script left behind: its process group, its session, and whatever carries ``marker``."""
        self.kill()
        end_all(marker, self.pid)


def end_all(marker: Mapping[str, str], session: int = 0) -> None:
    """Kill every process of a session (0: of none) or with the variables ``marker``, except this one."""
    survivors: list[int] = []
    for _ in range(ROUNDS):
        survivors = list(_survivors(session, marker))
        if not survivors:
            return
        for pid in survivors:
            _kill(pid)
        time.sleep(POLL_SECONDS)
    log.warning("processes of the script could not be ended: %s", survivors)


def is_left(marker: Mapping[str, str]) -> bool:
    """Whether there is a process with the variables ``marker`` besides this one."""
    return next(_survivors(0, marker), None) is not None


def _survivors(session: int, marker: Mapping[str, str]) -> Iterator[int]:
    wanted = {f"{name}={value}".encode() for name, value in marker.items()}
    proc = Path("/proc")
    for entry in proc.iterdir() if proc.is_dir() else ():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        state = _state_and_session(entry)
        if state is None or state[0] in ("Z", "X"):
            continue
        if (session and state[1] == session) or wanted <= _environment(entry):
            yield int(entry.name)


def _state_and_session(entry: Path) -> tuple[str, int] | None:
    """Fields 3 and 6 of /proc/PID/stat; the command before them may hold blanks and brackets."""
    try:
        fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
        return fields[0], int(fields[3])
    except (OSError, IndexError, ValueError):
        return None


def _environment(entry: Path) -> set[bytes]:
    try:
        return set((entry / "environ").read_bytes().split(b"\0"))
    except OSError:
        return set()


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)
