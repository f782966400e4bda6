"""``python -m local`` as a user starts it, and what it leaves running."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.end_to_end.conftest import Api, until

ROOT = Path(__file__).resolve().parents[2]
EXPORT = re.compile(r"export (\w+)=(\S+)")


def start(*arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "local", *arguments], cwd=ROOT, text=True, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **(environment or {})})


def run(*arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Until it ends by itself."""
    with start(*arguments, environment=environment) as process:
        try:
            stdout, stderr = process.communicate(timeout=100)
        finally:
            process.kill()
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def left(state: Path) -> list[str]:
    """The command lines of processes that belong to a state directory: by their arguments or their current folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if str(state) in words or (process / "cwd").resolve().is_relative_to(state):
                found.append(words)
        except OSError:
            continue  # It ended meanwhile, or is another user's.
    return found


class Up:
    """A ``python -m local up`` that says it is up."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.environment = self._listen()
        self.api = Api(self.environment["RUNSPOOR_URL"], self.environment["RUNSPOOR_KEY"])

    def _listen(self) -> dict[str, str]:
        assert self.process.stdout
        said: dict[str, str] = {}
        for line in self.process.stdout:
            if found := EXPORT.search(line):
                said[found[1]] = found[2]
            if "Ctrl-C" in line:
                break
        return said

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(20)


@contextmanager
def up(port: int, state: Path) -> Iterator[Up]:
    """A system on ``port``; killed at the end unless it has ended before."""
    with start("up", "--port", str(port), "--state", str(state)) as process:
        running = Up(process)
        try:
            yield running
        finally:
            running.api.http.close()
            process.kill()
            until(lambda: not left(state), what=lambda: f"all of {left(state)} have ended")
