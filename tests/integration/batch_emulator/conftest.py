"""One emulator, one storage account and one pool with two nodes for each module; names are each test's own."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from azure.storage.blob import BlobServiceClient, ContainerClient

from local.azurite import Azurite
from tests.integration.batch_emulator.running import Running, running

IDENTITY = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/nodes"


@pytest.fixture(scope="module")
def storage() -> Iterator[Azurite]:
    with Azurite() as azurite:
        yield azurite


@pytest.fixture
def container(storage: Azurite) -> Iterator[ContainerClient]:
    with BlobServiceClient.from_connection_string(storage.connection_string) as service:
        yield service.create_container(f"c-{uuid4().hex}")


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory, storage: Azurite) -> Iterator[Running]:
    identities = json.dumps({IDENTITY: storage.connection_string})
    with running(tmp_path_factory.mktemp("batch"), identities=identities) as emulator:
        yield emulator


@pytest.fixture
def name() -> str:
    return f"n{uuid4().hex[:12]}"


@pytest.fixture(scope="module")
def pool(emulator: Running) -> str:
    return emulator.pool("shared", nodes=2)


@pytest.fixture
def job(emulator: Running, pool: str, name: str) -> Iterator[str]:
    """A job on the shared pool; what it leaves running is ended."""
    yield emulator.job(name, pool)
    emulator.delete_job(name)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """The directory of an emulator that a test starts for itself."""
    return tmp_path / "state"
