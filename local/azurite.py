"""Azurite, the emulator of Azure Storage: installed once from npm, started on loopback, ended with its parent.

    with Azurite(Path(".runspoor/azurite")) as storage:
        BlobServiceClient.from_connection_string(storage.connection_string)
"""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from local import npm
from local.npm import TOOLS

LOOPBACK = "127.0.0.1"
ACCOUNT_NAME = "devstoreaccount1"
# The well-known key of every storage emulator: https://learn.microsoft.com/azure/storage/common/storage-connect-azurite
ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
_PACKAGE = Path(__file__).resolve().parent / "azurite_package"
_OLDEST_NODE = 22  # "engines" of azurite 3.37
_READY = re.compile(rb"Azurite (\w+) service is successfully listening at (https?://\S+)")
_SERVICES = ("blob", "queue", "table")


class AzuriteError(RuntimeError):
    """Azurite could not be installed or started; the text says why and what to do."""


class Azurite:
    """A running Azurite.

    ``state`` is the directory that keeps blobs and queues; None keeps them in memory. Ports 0 take free ones. With a
    ``certificate`` (PEM, with its key) it speaks https, and knows identities: it believes every token that looks right.
    Raises AzuriteError when it cannot be installed or does not start within ``patience`` seconds.
    """

    def __init__(self, state: Path | None = None, *, blob_port: int = 0, queue_port: int = 0, table_port: int = 0,
                 tools: Path = TOOLS, patience: float = 30, certificate: Path | None = None) -> None:
        ports = dict(zip(_SERVICES, (blob_port, queue_port, table_port), strict=True))
        script = install(tools)
        self._process = subprocess.Popen(
            _command(script, state, ports, certificate), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True, env=_environment(script))
        self._endpoints: dict[str, str] = {}
        self._said: list[bytes] = []
        self._settled = threading.Event()
        threading.Thread(target=self._listen, name="azurite-output", daemon=True).start()
        if not self._settled.wait(patience) or len(self._endpoints) < len(_SERVICES):
            self.stop()
            said = b"".join(self._said).decode(errors="replace").strip()
            raise AzuriteError(f"Azurite did not start: {said or f'no answer within {patience:g} s'}")

    @property
    def blob_endpoint(self) -> str:
        """Such as ``http://127.0.0.1:10000/devstoreaccount1``."""
        return f"{self._endpoints['blob']}/{ACCOUNT_NAME}"

    @property
    def queue_endpoint(self) -> str:
        """Such as ``http://127.0.0.1:10001/devstoreaccount1``."""
        return f"{self._endpoints['queue']}/{ACCOUNT_NAME}"

    @property
    def connection_string(self) -> str:
        """For ``from_connection_string`` of the storage SDKs, with the account and key that every emulator has."""
        return (f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT_NAME};AccountKey={ACCOUNT_KEY};"
                f"BlobEndpoint={self.blob_endpoint};QueueEndpoint={self.queue_endpoint};")

    def stop(self) -> None:
        """End Azurite, letting it save its state."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.stop()

    def _listen(self) -> None:
        """Read the output for as long as there is any, so that the pipe never fills."""
        assert self._process.stdout is not None
        with self._process.stdout as output:
            for line in output:
                if found := _READY.search(line):
                    self._endpoints[found[1].decode().lower()] = found[2].decode()
                self._said = [*self._said[-20:], line]
                if len(self._endpoints) == len(_SERVICES):
                    self._settled.set()
        self._settled.set()


def _command(script: Path, state: Path | None, ports: dict[str, int], certificate: Path | None) -> list[str]:
    places = ["--inMemoryPersistence"] if state is None else ["--location", str(state)]
    listen = [word for name, port in ports.items() for word in (f"--{name}Host", LOOPBACK, f"--{name}Port", str(port))]
    secure = ["--cert", str(certificate), "--key", str(certificate), "--oauth", "basic"] if certificate else []
    # The storage SDKs speak versions of the protocol that are newer than the newest one Azurite knows.
    return [str(npm.node(_OLDEST_NODE)), "--require", str(_PACKAGE / "exit_with_parent.cjs"), str(script),
            "--silent", "--disableTelemetry", "--skipApiVersionCheck", *places, *listen, *secure]


def _environment(script: Path) -> Mapping[str, str]:
    """With a place for compiled code: a third of what a start costs is compiling the same files again."""
    return {**os.environ, "NODE_COMPILE_CACHE": str(script.parents[4] / "compiled")}


def install(tools: Path = TOOLS) -> Path:
    """The script that starts Azurite, installed below ``tools`` unless it is there already (20 to 40 s, once)."""
    try:
        return npm.installed(_PACKAGE, tools, "azurite") / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"
    except npm.NpmError as error:
        raise AzuriteError(str(error)) from error


if __name__ == "__main__":
    try:
        install()
    except AzuriteError as failure:
        sys.exit(str(failure))
