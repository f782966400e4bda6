"""An emulator of Azure Files that tests start, kill and start again on the same state."""

import subprocess
import sys
from pathlib import Path

import httpx
from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.fileshare import LinearRetry, ShareServiceClient

from local.azurite import ACCOUNT_KEY, ACCOUNT_NAME

REPOSITORY = Path(__file__).parents[3]


def put(http: httpx.Client, url: str, data: bytes) -> httpx.Response:
    """Write a small file to its URL; the first answer that is a refusal, or the last one."""
    made = http.put(url, headers={"x-ms-type": "file", "x-ms-content-length": str(len(data))})
    if made.status_code != 201:
        return made
    headers = {"x-ms-write": "update", "x-ms-range": f"bytes=0-{len(data) - 1}"}
    return http.put(f"{url}&comp=range", content=data, headers=headers)


class Emulator:
    """``python -m local.files`` over a state directory; a context manager. With a ``certificate`` it speaks https."""

    def __init__(self, state: Path, port: int = 0, certificate: Path | None = None) -> None:
        self.state = state
        command = [sys.executable, "-m", "local.files", "--port", str(port), "--state", str(state), "--watch-stdin",
                   *(("--certificate", str(certificate)) if certificate else ())]
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

    @property
    def endpoint(self) -> str:
        """The address of the account."""
        return f"{self.url}/{ACCOUNT_NAME}"

    def client(self, key: str = ACCOUNT_KEY) -> ShareServiceClient:
        """One that tries once."""
        return ShareServiceClient(self.endpoint, credential=AzureNamedKeyCredential(ACCOUNT_NAME, key),
                                  retry_policy=LinearRetry(retry_total=0))

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
