"""The whole system on loopback: Azurite, the emulators of Azure Files, Cosmos and Batch, and the Functions host."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from azure.cosmos import CosmosClient

from local.azurite import ACCOUNT_NAME, Azurite
from local.cosmos.auth import EMULATOR_KEY
from local.provision import storage_containers
from local.server_process import ServerProcess
from local.state import State
from shared.adapters import cosmos_schema

APP = Path(__file__).resolve().parents[1]
IDENTITY = "/subscriptions/local/resourceGroups/local/providers/Microsoft.ManagedIdentity/userAssignedIdentities/nodes"
BATCH_KEY = "bG9jYWwgZW11bGF0b3Iga2V5LCBub3QgYSBzZWNyZXQ="
ALLOCATION_SECONDS = 1.0
POLLING = {"RUNSPOOR_FEED_POLLING": "1", "RUNSPOOR_MAX_POLLING": "0.5"}
"""Seconds between two looks of an idle host. Its functions ring for what they write: only delayed messages wait."""
BATCH_OPTIONS = ("--allocation-seconds", str(ALLOCATION_SECONDS), "--enable-autoscale-gap-seconds", "0")


class System:
    """A running system, from construction until ``stop``. ``settings`` are added to (or replace) those of the host."""

    def __init__(
        self,
        state: State,
        *,
        settings: Mapping[str, str] | None = None,
        batch_options: tuple[str, ...] = BATCH_OPTIONS,
    ) -> None:
        self.state = state
        self._extra = dict(settings or {})
        self._stopping: list[ServerProcess] = []
        self._batch_options = batch_options
        self.storage = Azurite(state.root / "azurite", blob_port=state.ports["blob"], queue_port=state.ports["queue"],
                               table_port=state.ports["table"])
        try:
            self.cosmos, self.batch, self.files = self._cosmos_server(), self._batch_server(), self._files_server()
            self.cosmos_url, self.batch_url = self.cosmos.wait_until_ready(), self.batch.wait_until_ready()
            self.files_url = self.files.wait_until_ready()
            self._provision()
            self.host = self.start_host()
        except BaseException:
            self.stop()
            raise

    @property
    def url(self) -> str:
        """Base URL of the API."""
        return f"http://127.0.0.1:{self.state.ports['api']}/api"

    @property
    def client_environment(self) -> dict[str, str]:
        """The environment that points clients here."""
        return {"RUNSPOOR_URL": self.url, "RUNSPOOR_KEY": self.state.key}

    @property
    def storage_connection(self) -> str:
        """The connection string of the storage account, whose file service is an emulator of its own."""
        return f"{self.storage.connection_string}FileEndpoint={self.files_url}/{ACCOUNT_NAME};"

    def start_cosmos(self) -> None:
        """Start the Cosmos emulator again, on the same state."""
        self.cosmos = self._cosmos_server()
        self.cosmos.wait_until_ready()

    def start_batch(self) -> None:
        """Start the Batch emulator again, on the same state."""
        self.batch = self._batch_server()
        self.batch.wait_until_ready()

    def start_files(self) -> None:
        """Start the emulator of Azure Files again, on the same state."""
        self.files = self._files_server()
        self.files.wait_until_ready()

    def start_host(self) -> ServerProcess:
        """Start the Functions host (again), and wait until it answers."""
        host = self._server("local.host", "--app", str(APP), "--state", str(self.state.root / "host"), "--port",
                            str(self.state.ports["api"]), environment=self.host_environment)
        host.wait_until_ready()
        self.host = host
        return host

    def stop(self) -> None:
        """Stop everything, the last started first."""
        for server in reversed(self._stopping):
            server.stop()
        if hasattr(self, "storage"):
            self.storage.stop()
        self.state.lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _server(self, module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> ServerProcess:
        log = self.state.logs / f"{module.rpartition('.')[2]}.log"
        server = ServerProcess(module, arguments, environment or _inherited(), log)
        self._stopping.append(server)
        return server

    def _cosmos_server(self) -> ServerProcess:
        state = str(self.state.root / "cosmos")
        return self._server("local.cosmos", "--state", state, "--port", str(self.state.ports["cosmos"]))

    def _files_server(self) -> ServerProcess:
        state = str(self.state.root / "files")
        return self._server("local.files", "--state", state, "--port", str(self.state.ports["files"]))

    def _batch_server(self) -> ServerProcess:
        return self._server("local.batch", "--state", str(self.state.root / "batch"), "--port",
                            str(self.state.ports["batch"]), "--account", "local", *self._batch_options,
                            environment=self._batch_environment())

    def _batch_environment(self) -> dict[str, str]:
        identities = json.dumps({IDENTITY: self.storage.connection_string})
        # Nodes have this system's own Python: the one of the caller's PATH may be missing, too old, or slow to start.
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
        return {**_inherited(), "PATH": path, "RUNSPOOR_BATCH_KEY": BATCH_KEY, "RUNSPOOR_BATCH_IDENTITIES": identities}

    @property
    def host_environment(self) -> dict[str, str]:
        """The environment of the Functions host: the app's settings."""
        return {
            **_inherited(),
            "AzureWebJobsStorage": self.storage.connection_string,
            "RunspoorStorage": self.storage_connection,
            "RunspoorCosmos": f"AccountEndpoint={self.cosmos_url}/;AccountKey={EMULATOR_KEY}",
            "RUNSPOOR_BATCH_ENDPOINT": self.batch_url,
            "RUNSPOOR_BATCH_ACCOUNT": "local",
            "RUNSPOOR_BATCH_KEY": BATCH_KEY,
            "RUNSPOOR_BATCH_IDENTITY": IDENTITY,
            "RUNSPOOR_PUBLIC_URL": self.url,
            "RUNSPOOR_TOKEN_KEY": self.state.token_key,
            "RUNSPOOR_SECRETS_FILE": str(self.state.root / "secrets.json"),
            "RUNSPOOR_KEY": self.state.key,
            **POLLING,
            **self._extra,
        }

    def _provision(self) -> None:
        """What infrastructure code makes in Azure: containers and queues."""
        storage_containers(self.storage.connection_string)
        cosmos_schema.ensure(CosmosClient(self.cosmos_url, EMULATOR_KEY))


def _inherited() -> dict[str, str]:
    """The caller's environment without settings of another system."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("RUNSPOOR")}
    return {**kept, "PYTHONPATH": str(APP)}
