"""What both kinds of node do about the processes of theirs, which mpirun starts: prepare, watch and end them."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from runner import launch, script
from runner.blobs import Blobs
from runner.completion import last_lines
from runner.distribution.records import End, Launch, Records
from runner.distribution.specification import MPI, Distribution
from runner.follow import LogFolder
from runner.names import LOGS
from runner.shipping import Steps
from runner.stop import Stop
from runner.task import Task

LOOK_SECONDS = 0.05
AFTER_GRACE_SECONDS = 2.0


class Part:
    """The processes on this node."""

    def __init__(self, task: Task, home: Path) -> None:
        assert task.distribution
        self.task, self.home = task, home
        self.distribution: Distribution = task.distribution
        self.records = Records(home)

    def clear(self) -> None:
        """Folders anew; the log of rank 0 is there from the beginning, so that nobody misses it."""
        self.records.clear()
        for node in range(self.distribution.nodes):
            (self.records.logs / str(node)).mkdir()
        if self.task.node == 0:
            self.std_log.touch()

    @property
    def std_log(self) -> Path:
        """Of rank 0."""
        return self.records.log(0, "0")

    def prepare(self, argv: Sequence[str], root: Path, environment: Mapping[str, str]) -> Path:
        """Write down what each process is to run; gives the file."""
        return Launch(_aborting(argv, environment, root, self.distribution), environment, str(root),
                      asdict(self.distribution), self.task.grace_seconds).write(self.home)

    def logs(self, blobs: Blobs) -> Steps:
        """What the processes print: the first node may stand for all, a further one has its own folder only."""
        node = self.task.node
        return LogFolder(blobs, self.records.logs / str(node) if node else self.records.logs, LOGS)

    def stop(self, stop: Stop) -> None:
        """Ask the processes to end; returns when they have, or when their grace is over."""
        self.records.stop(stop.grace_seconds)
        since = time.monotonic()
        while self.is_running and time.monotonic() - since < stop.grace_seconds + AFTER_GRACE_SECONDS:
            time.sleep(LOOK_SECONDS)

    @property
    def is_running(self) -> bool:
        return script.is_left(launch.marker(self.task))

    def end(self) -> None:
        script.end_all(launch.marker(self.task))

    def said(self, end: End) -> list[str]:
        return last_lines(self.records.log(end.node, end.name))


def _aborting(argv: Sequence[str], environment: Mapping[str, str], root: Path,
              distribution: Distribution) -> list[str]:
    """``python -m mpi4py script.py``: an error in one process then ends all, which would wait for it for ever."""
    python, *rest = argv
    is_script = bool(rest) and rest[0].endswith(".py") and Path(python).name.startswith("python")
    if distribution.kind != MPI or not is_script:
        return list(argv)
    look = "import importlib.util, sys; sys.exit(importlib.util.find_spec('mpi4py') is None)"
    has_it = subprocess.run([python, "-c", look], cwd=root, env=dict(environment), stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0
    return [python, "-m", "mpi4py", *rest] if has_it else list(argv)
