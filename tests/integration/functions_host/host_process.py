"""A local Functions host as a process, running the sample app in a space of its own (queues, containers, database)."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import httpx
from azure.core.exceptions import ResourceExistsError
from azure.cosmos import ContainerProxy, CosmosClient
from azure.storage.blob import BlobServiceClient, ContainerClient
from azure.storage.queue import QueueClient, QueueServiceClient, TextBase64DecodePolicy, TextBase64EncodePolicy

SAMPLE_APP = Path(__file__).parent / "sample_app"
KEY, MASTER_KEY = "function-key", "master-key"
Value = TypeVar("Value")
Line = dict[str, object]


def eventually(look: Callable[[], Value], what: str, within: float = 15) -> Value:
    """What ``look`` returns as soon as it is true; fails after ``within`` seconds."""
    deadline = time.monotonic() + within
    while not (found := look()):
        assert time.monotonic() < deadline, f"not seen within {within} s: {what}"
        time.sleep(0.02)
    return found


class HostProcess:
    """The sample app under a host. Started on construction; may be killed and started again on the same state."""

    def __init__(self, directory: Path, storage: str, cosmos: str, space: str, **settings: str) -> None:
        self.space, self._directory, self._storage, self._cosmos = space, directory, storage, cosmos
        self._journal = directory / "journal"
        self._journal.touch()
        self._environment = {
            **os.environ, "AzureWebJobsStorage": storage, "Cosmos__accountEndpoint": cosmos, "SPACE": space,
            "TICK": "0 0 0 1 1 *", "JOURNAL": str(self._journal), "AzureFunctionsWebHost__hostid": space,
            "RUNSPOOR_KEY": KEY, "RUNSPOOR_MASTER_KEY": MASTER_KEY, "RUNSPOOR_MAX_POLLING": "0.1",
            "RUNSPOOR_QUEUE_LEASE_SECONDS": "2", **settings}
        self.start()

    def start(self) -> None:
        """Start the process and wait until it answers."""
        command = [sys.executable, "-m", "local.host", "--app", str(SAMPLE_APP), "--port", "0",
                   "--state", str(self._directory / "state"), "--watch-stdin"]
        with (self._directory / "log").open("a") as log:
            self.process = subprocess.Popen(command, env=self._environment, stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout
        word, _, url = self.process.stdout.readline().partition(" ")
        assert word == "ready", self.log()
        self.http = httpx.Client(base_url=url.strip(), timeout=30)

    def end(self, how: Callable[[subprocess.Popen[str]], None] = subprocess.Popen.terminate) -> None:
        """End the process and wait for its end."""
        if self.process.poll() is None:
            how(self.process)
        self.process.wait(20)
        self.http.close()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe and not pipe.closed:
                pipe.close()

    def admin(self, method: str, path: str, **options: object) -> httpx.Response:
        """Call an administrator's route with the master key."""
        content = json.dumps(options) if options else None
        return self.http.request(method, f"/admin/{path}", headers={"x-functions-key": MASTER_KEY}, content=content)

    def log(self) -> str:
        """What the host has logged."""
        return (self._directory / "log").read_text()

    def journal(self, function: str, **fields: object) -> list[Line]:
        """The lines of ``function`` with these fields."""
        lines = [json.loads(line) for line in self._journal.read_text().splitlines()]
        return [line for line in lines if line["function"] == function
                and all(line.get(name) == value for name, value in fields.items())]

    def wait_for(self, function: str, count: int = 1, within: float = 15, **fields: object) -> list[Line]:
        """The lines of ``function`` with these fields, when there are ``count``."""
        def look() -> list[Line]:
            lines = self.journal(function, **fields)
            return lines if len(lines) >= count else []
        return eventually(look, f"{count} lines of {function} with {fields}\n{self.log()[-3000:]}", within)

    def queue(self, name: str) -> QueueClient:
        """The queue ``name``-SPACE, created if missing, in the encoding that functions expect."""
        client = QueueClient.from_connection_string(
            self._storage, name.replace("SPACE", self.space), message_encode_policy=TextBase64EncodePolicy(),
            message_decode_policy=TextBase64DecodePolicy())
        try:
            client.create_queue()
        except ResourceExistsError:
            return client
        return client

    @property
    def queues(self) -> QueueServiceClient:
        return QueueServiceClient.from_connection_string(self._storage)

    def container(self, name: str) -> ContainerClient:
        """The blob container ``name``-SPACE, created if missing."""
        client = BlobServiceClient.from_connection_string(self._storage).get_container_client(f"{name}-{self.space}")
        if not client.exists():
            client.create_container()
        return client

    def events(self) -> ContainerProxy:
        """The Cosmos container that the feed functions listen to."""
        account = CosmosClient(self._cosmos, credential=EMULATOR_KEY)
        return account.get_database_client(f"sample-{self.space}").get_container_client("events")


EMULATOR_KEY = "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw=="
