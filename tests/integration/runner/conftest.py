"""One Azurite for all; a grants service and a node for each test."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import uv
from azure.storage.blob import BlobServiceClient

from local.azurite import Azurite
from runner.package import build
from tests.integration.mount.mounts import CAN_MOUNT
from tests.integration.runner.cluster import CAN_SEPARATE
from tests.integration.runner.environments import TOOLS, MakeNode, make_wheels
from tests.integration.runner.node import Node
from tests.integration.runner.service import CONTAINERS, Service, serving

collect_ignore = [*([] if CAN_MOUNT else ["test_mounted_inputs.py"]),
                  *([] if CAN_MOUNT and os.geteuid() == 0 else ["test_full_disk.py"]),
                  *([] if CAN_SEPARATE else ["test_distributed.py"])]


@pytest.fixture(scope="session")
def blobs(azurite: Azurite) -> Iterator[BlobServiceClient]:
    with BlobServiceClient.from_connection_string(azurite.connection_string) as client:
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


@pytest.fixture(scope="session")
def quick(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PATH on which uv is too. Pip, with its virtual environments, takes ten times as long."""
    folder = tmp_path_factory.mktemp("quick")
    (folder / "uv").symlink_to(uv.find_uv_bin())
    return f"{folder}:{TOOLS}"


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages, in place of an index."""
    folder = tmp_path_factory.mktemp("wheels")
    make_wheels(folder)
    return folder


@pytest.fixture
def make(service: Service, archive: Path, tmp_path: Path) -> Iterator[MakeNode]:
    """Attempts on nodes by name: those on one node share its cache, and nothing else."""
    started: list[Node] = []

    def make(on: str = "node-1", path: str = TOOLS, **variables: str) -> Node:
        run_id = f"digits_{uuid.uuid4().hex[:12]}"
        node = Node(service, archive, tmp_path / run_id, run_id)
        node.surroundings = {"PATH": path, "HOME": str(node.home), "LANG": "C.UTF-8", "AZ_BATCH_NODE_ID": on,
                             "AZ_BATCH_NODE_SHARED_DIR": str(tmp_path / on), **variables}
        started.append(node)
        return node

    yield make
    for node in started:
        node.stop()
