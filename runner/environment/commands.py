"""Running the tools that make environments: without a shell, stopped when the run is, and heard."""

from __future__ import annotations

import logging
import shlex
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from runner.environment.build_log import BuildLog
from runner.errors import RunFailed, Stopped
from runner.launch import marker
from runner.script import Script
from runner.stop import Cause, Stop
from runner.task import Task

log = logging.getLogger(__name__)
LINES_SHOWN = 15
CHARACTERS_SHOWN = 2000


class Commands:
    """Commands of one build. All of them together may take as long as the run's script may."""

    def __init__(self, task: Task, stop: Stop, build_log: BuildLog, folder: Path, variables: Mapping[str, str]) -> None:
        self.log, self.folder, self.variables = build_log, folder, dict(variables)
        self.held: tuple[int, ...] = ()  # Files that must stay open, for their lock, while a command runs.
        self._task, self._stop = task, stop
        self._deadline = time.monotonic() + (task.duration_seconds or float("inf"))

    def run(self, argv: Sequence[str], variables: Mapping[str, str] | None = None) -> None:
        """Raises RunFailed (EnvironmentFailed) with the tool's last words, Stopped."""
        began = self.log.position()
        code = self.code(argv, variables)
        if code:
            raise self.failed(f"{Path(argv[0]).name} ended with exit code {code}", self.log.since(began))

    def code(self, argv: Sequence[str], variables: Mapping[str, str] | None = None) -> int:
        """The command's return code. Raises RunFailed when it cannot be started, Stopped."""
        self.check()
        self.log.say(shlex.join(argv))
        script = Script(argv, self.folder, {**self.variables, **(variables or {})}, self.log.raw, self.held)
        try:
            code = script.wait_until(self._deadline, _too_long(self._task), self._stop)
        finally:
            script.end_all(marker(self._task))
        self.check()
        return code

    def check(self) -> None:
        """Raises Stopped when the run is not wanted any more, or has taken too long."""
        if time.monotonic() > self._deadline:
            self._stop.request(_too_long(self._task))
        if self._stop.cause:
            self.log.say(f"stopped: {self._stop.cause.message}")
            raise Stopped

    def failed(self, what: str, said: str = "") -> RunFailed:
        """The failure of the run, with the last lines a tool has said."""
        lines = [line.rstrip() for line in said.splitlines() if line.strip()][1:][-LINES_SHOWN:]
        words = "\n".join(lines)[-CHARACTERS_SHOWN:]
        message = f"The environment could not be made: {what}" + (f":\n{words}" if words else ".")
        self.log.say(f"failed: {what}")
        return RunFailed("EnvironmentFailed", self.log.clean(message))


def _too_long(task: Task) -> Cause:
    message = (f"Making the environment took longer than the run's limit of {task.duration_seconds} s; "
               "give it more time.")
    return Cause("time_limit", "TimeLimit", message, task.grace_seconds)
