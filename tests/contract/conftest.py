"""What adapters are tested against: Azurite, the Batch emulator, and a Cosmos DB.

Cosmos is the local emulator, or the account of RUNSPOOR_TEST_COSMOS (a connection string).
"""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.cosmos import CosmosClient, DatabaseProxy
from azure.storage.blob import BlobServiceClient

from local.azurite import Azurite
from local.cosmos.auth import EMULATOR_KEY
from shared.adapters import cosmos_client, cosmos_schema
from tests.contract.batch_account import EVIDENCE, IDENTITY
from tests.integration.batch_emulator.running import Running, running

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def cosmos_connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The connection string of a running service."""
    if given := os.environ.get("RUNSPOOR_TEST_COSMOS"):
        yield given
        return
    command = [sys.executable, "-m", "local.cosmos", "--port", "0", "--state", str(tmp_path_factory.mktemp("cosmos"))]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as emulator:
        try:
            assert emulator.stdout
            word, _, url = emulator.stdout.readline().strip().partition(" ")
            assert word == "ready", "the Cosmos emulator did not start"
            yield f"AccountEndpoint={url};AccountKey={EMULATOR_KEY};"
        finally:
            emulator.terminate()


@pytest.fixture(scope="module")
def cosmos(cosmos_connection: str) -> CosmosClient:
    return cosmos_client.client(cosmos_connection)


@pytest.fixture
def database(cosmos: CosmosClient) -> Iterator[DatabaseProxy]:
    """An empty database with our containers, for one test."""
    name = f"runspoor-test-{uuid.uuid4().hex}"
    yield cosmos_schema.ensure(cosmos, name)
    cosmos.delete_database(name)


@pytest.fixture(scope="module")
def azurite() -> Iterator[Azurite]:
    with Azurite() as storage:
        yield storage


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory, azurite: Azurite) -> Iterator[Running]:
    """A Batch emulator whose nodes write what tasks print to ``azurite``."""
    with BlobServiceClient.from_connection_string(azurite.connection_string) as service:
        service.create_container(EVIDENCE)
    identities = json.dumps({IDENTITY: azurite.connection_string})
    with running(tmp_path_factory.mktemp("batch"), identities=identities) as emulator:
        yield emulator
