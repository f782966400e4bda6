"""What infrastructure code makes in Azure Storage: the app's containers and queues."""

from typing import get_args

from azure.core.exceptions import ResourceExistsError
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient

from shared.application.ports import Container
from shared.settings import REACTIONS_QUEUE


def storage_containers(connection_string: str) -> None:
    """Make the containers and queues unless they exist."""
    with BlobServiceClient.from_connection_string(connection_string) as blobs:
        existing = {container.name for container in blobs.list_containers()}
        for name in set(get_args(Container)) - existing:
            blobs.create_container(name)
    with QueueServiceClient.from_connection_string(connection_string) as queues:
        for name in (REACTIONS_QUEUE, f"{REACTIONS_QUEUE}-poison"):
            try:
                queues.create_queue(name)
            except ResourceExistsError:
                continue
