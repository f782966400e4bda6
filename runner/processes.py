"""What an attempt runs on a node: one process, or its part of those of a distributed run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from runner import launch
from runner.blobs import Blobs
from runner.completion import Ending, NodeReport, last_lines, now
from runner.follow import LogFile
from runner.names import OUTPUTS, RUNNING, STD_LOG
from runner.script import Script
from runner.shipping import Signal, Steps
from runner.stop import Stop
from runner.task import Task

# How often a file is looked at; how often it is appended is up to ``append.pace``.
LOOK_SECONDS = 0.1
LOOK_AT_FOLDER_SECONDS = 0.5


@dataclass(frozen=True)
class Exit:
    """A return code (negative: minus a signal; None: it never ran), of ``who`` when it is one of many, and the last
    lines it printed.
    """

    code: int | None
    who: str = ""
    lines: Sequence[str] = field(default=())


class Processes(Protocol):
    """Called in this order, from ``start`` on only if all went well; ``leave`` always. All may raise Fenced.

    ``outputs``: what the names of this node's output files begin with. ``chunks_from``: number of its first metric
    chunk. ``decides``: when the attempt ends; further nodes are told, so that all processes are stopped at once.
    """

    outputs: str
    chunks_from: int
    decides: bool

    def call(self) -> None:
        """Begin on the other nodes. Raises RunFailed."""

    def clear(self) -> None:
        """Away with what a runner that was killed has left of them."""

    def start(self, argv: Sequence[str], root: Path, environment: Mapping[str, str]) -> None:
        """Raises RunFailed, Stopped, Lost."""

    def shipped(self, blobs: Blobs) -> list[tuple[Steps, float]]:
        """What goes to storage while they run, and how often it is looked at."""

    def wait(self) -> Exit:
        """Until they have ended by themselves or were stopped. Raises Lost."""

    def end(self) -> None:
        """Kill what is left of them on this node."""

    def agree(self, end: Ending) -> Ending:
        """How the attempt has ended on all nodes, from how it has on this one. Raises Lost."""

    def reports(self) -> list[NodeReport]:
        """What other nodes have left. Raises Lost."""

    def leave(self) -> None:
        """Nothing is wanted of other nodes any more."""

    def last_lines(self) -> list[str]:
        """The last lines of what the script has printed."""


def running(task: Task, blobs: Blobs, pid: int) -> Signal:
    return Signal(blobs, RUNNING, {"attempt": task.attempt, "at": now(), "pid": pid})


class Alone:
    """The script is one process on one node."""

    outputs, chunks_from, decides = OUTPUTS, 0, True

    def __init__(self, task: Task, stop: Stop, home: Path) -> None:
        self._task, self._stop, self._log = task, stop, home / "std_log.txt"
        self._script: Script | None = None

    def call(self) -> None:
        """There are no others."""

    def clear(self) -> None:
        self._log.unlink(missing_ok=True)

    def start(self, argv: Sequence[str], root: Path, environment: Mapping[str, str]) -> None:
        self._script = Script(argv, root, environment, self._log)

    def shipped(self, blobs: Blobs) -> list[tuple[Steps, float]]:
        return [(running(self._task, blobs, self._started.pid), LOOK_AT_FOLDER_SECONDS),
                (LogFile(blobs, self._log, STD_LOG), LOOK_SECONDS)]

    def wait(self) -> Exit:
        code = self._started.wait(self._task, self._stop)
        return Exit(code, "", self.last_lines())

    @property
    def _started(self) -> Script:
        assert self._script
        return self._script

    def end(self) -> None:
        self._started.end_all(launch.marker(self._task))

    def agree(self, end: Ending) -> Ending:
        return end

    def reports(self) -> list[NodeReport]:
        return []

    def leave(self) -> None:
        """There are no others."""

    def last_lines(self) -> list[str]:
        return last_lines(self._log)
