"""An emulator process that tests start, kill and start again on the same state."""

import subprocess
import sys
from pathlib import Path
from typing import Protocol

import httpx
from azure.cosmos import CosmosClient

from local.cosmos.auth import EMULATOR_KEY

REPOSITORY = Path(__file__).parents[3]


class Send(Protocol):
    """A signed raw request; ``path`` without the leading slash."""

    def __call__(self, method: str, path: str, content: str | None = None,
                 headers: dict[str, str] | None = None) -> httpx.Response: ...


class Emulator:
    """``python -m local.cosmos`` over a state directory; a context manager."""

    def __init__(self, state: Path, port: int = 0) -> None:
        self.state = state
        command = [sys.executable, "-m", "local.cosmos", "--port", str(port), "--state", str(state), "--watch-stdin"]
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

    def client(self) -> CosmosClient:
        return CosmosClient(self.url, EMULATOR_KEY)

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self.process.kill()
        self._reap()

    def restart(self) -> "Emulator":
        """Kill, and start anew on the same state and port."""
        self.kill()
        return Emulator(self.state, self.port)

    def __enter__(self) -> "Emulator":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self._reap()

    def _reap(self) -> None:
        self.process.wait(10)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe
            pipe.close()
