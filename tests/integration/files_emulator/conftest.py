"""One emulator for a module; every test has a share of its own."""

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from azure.storage.fileshare import ShareClient, ShareServiceClient

from tests.integration.files_emulator.running import Emulator


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(tmp_path_factory.mktemp("files")) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def service(emulator: Emulator) -> ShareServiceClient:
    return emulator.client()


@pytest.fixture
def share(service: ShareServiceClient) -> ShareClient:
    """An empty share."""
    return service.create_share(f"test-{uuid4().hex}")


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client() as client:
        yield client
