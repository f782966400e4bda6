"""One Azurite and one grants service for all tests here; a node for each."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.storage.blob import BlobServiceClient

from local.azurite import Azurite
from runner.package import build
from tests.integration.runner.node import Node
from tests.integration.runner.service import CONTAINERS, Service, serving


@pytest.fixture(scope="session")
def blobs() -> Iterator[BlobServiceClient]:
    with Azurite() as azurite, BlobServiceClient.from_connection_string(azurite.connection_string) as client:
        for container in CONTAINERS:
            client.create_container(container)
        yield client


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runner") / "runner.pyz"
    path.write_bytes(build())
    return path


@pytest.fixture
def service(blobs: BlobServiceClient) -> Iterator[Service]:
    service = Service(blobs)
    with serving(service):
        yield service


@pytest.fixture
def node(service: Service, archive: Path, tmp_path: Path) -> Iterator[Node]:
    node = Node(service, archive, tmp_path / "wd", f"digits_{uuid.uuid4().hex[:12]}")
    yield node
    node.stop()
