"""An emulator as a process of its own, which tests start, kill and start again on the same state."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Self

REPOSITORY = Path(__file__).parents[2]


class EmulatorProcess:
    """``python -m MODULE`` over a state directory; a context manager. ``port`` 0: a free one."""

    module: str

    def __init__(self, state: Path, port: int = 0, options: Sequence[str] = ()) -> None:
        self.state = state
        command = [sys.executable, "-m", self.module, "--port", str(port), "--state", str(state), "--watch-stdin",
                   *options]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=REPOSITORY, stdin=pipe, stdout=pipe, text=True)
        assert self.process.stdout
        word, _, self.url = self.process.stdout.readline().strip().partition(" ")
        if word != "ready":
            self._reap()
            raise RuntimeError("the emulator did not start")

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self.process.kill()
        self._reap()

    def restart(self) -> Self:
        """Kill, and start anew on the same state and port."""
        self.kill()
        return type(self)(self.state, self.port)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self._reap()

    def _reap(self) -> None:
        self.process.wait(10)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe
            pipe.close()
