"""The Azurite launcher: state survives, no process is left behind, and a host outlives an outage of its storage."""

import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient

from local.azurite import Azurite
from tests.integration.functions_host.host_process import HostProcess, eventually


def port(endpoint: str) -> int:
    return urlsplit(endpoint).port or 0


def test_state_survives_a_restart(tmp_path: Path) -> None:
    with Azurite(tmp_path / "state") as storage:
        container = BlobServiceClient.from_connection_string(storage.connection_string).create_container("kept")
        container.upload_blob("a", b"content")
        queue = QueueServiceClient.from_connection_string(storage.connection_string).create_queue("kept")
        queue.send_message("message")
    with Azurite(tmp_path / "state") as storage:
        container = BlobServiceClient.from_connection_string(storage.connection_string).get_container_client("kept")
        assert container.download_blob("a").readall() == b"content"
        queue = QueueServiceClient.from_connection_string(storage.connection_string).get_queue_client("kept")
        assert [each.content for each in queue.peek_messages()] == ["message"]


def test_it_ends_with_a_killed_parent() -> None:
    program = "from local.azurite import Azurite\nprint(Azurite().blob_endpoint, flush=True)\ninput()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as parent:
        assert parent.stdout
        endpoint = parent.stdout.readline().strip()
        assert answers(endpoint)
        parent.kill()
    eventually(lambda: not answers(endpoint), "Azurite has ended")


def answers(endpoint: str) -> bool:
    try:
        return httpx.get(endpoint).status_code > 0
    except httpx.TransportError:
        return False


def test_a_host_outlives_an_outage_of_its_storage(tmp_path: Path, cosmos: str) -> None:
    with Azurite(tmp_path / "storage") as storage:
        blob_port, queue_port = port(storage.blob_endpoint), port(storage.queue_endpoint)
        host = HostProcess(tmp_path, storage.connection_string, cosmos, "outage")
        host.queue("work-SPACE").send_message("before")
        host.wait_for("work", body="before", stage="done")
    eventually(lambda: "queue work-outage cannot be read" in host.log(), "the outage is said")
    with Azurite(tmp_path / "storage", blob_port=blob_port, queue_port=queue_port) as storage:
        host.queue("work-SPACE").send_message("after")
        host.wait_for("work", body="after", stage="done")
        host.end()
    assert host.log().count("queue work-outage cannot be read") == 1
