"""One emulator for the session; every test has a container of its own."""

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from azure.cosmos import ContainerProxy, CosmosClient, DatabaseProxy, PartitionKey

from local.cosmos.auth import EMULATOR_KEY, sign
from tests.integration.cosmos_emulator.running import Emulator, Send

DATE = "Fri, 20 Nov 2026 16:49:49 GMT"


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(tmp_path_factory.mktemp("cosmos")) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def client(emulator: Emulator) -> CosmosClient:
    return emulator.client()


@pytest.fixture(scope="module")
def database(client: CosmosClient) -> DatabaseProxy:
    return client.create_database("tests")


@pytest.fixture
def send(emulator: Emulator) -> Send:
    """Sends a signed raw request: what no SDK would send."""
    def send(method: str, path: str, content: str | None = None,
             headers: dict[str, str] | None = None) -> httpx.Response:
        signed = {"x-ms-date": DATE, "authorization": sign(EMULATOR_KEY, method, path, DATE), **(headers or {})}
        return httpx.request(method, f"{emulator.url}/{path}", content=content, headers=signed)
    return send


@pytest.fixture
def container(database: DatabaseProxy) -> ContainerProxy:
    """An empty container with partition key /pk."""
    return database.create_container(uuid4().hex, PartitionKey("/pk"))
