"""An emulator process that tests start, kill and start again on the same state."""

from typing import Protocol

import httpx
from azure.cosmos import CosmosClient

from local.cosmos.auth import EMULATOR_KEY
from tests.integration.emulator_process import EmulatorProcess


class Send(Protocol):
    """A signed raw request; ``path`` without the leading slash."""

    def __call__(self, method: str, path: str, content: str | None = None,
                 headers: dict[str, str] | None = None) -> httpx.Response: ...


class Emulator(EmulatorProcess):
    """``python -m local.cosmos``."""

    module = "local.cosmos"

    def client(self) -> CosmosClient:
        return CosmosClient(self.url, EMULATOR_KEY)
