"""Azurite with a container, and the URLs that a backend would give out for it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from azure.storage.blob import BlobSasPermissions, BlobServiceClient, ContainerClient, generate_blob_sas
from runspoor.transfer.download import Remote

from local.azurite import ACCOUNT_KEY, ACCOUNT_NAME, Azurite

LIFETIME = timedelta(hours=1)


class Store:
    """A container. ``lifetime``: of the URLs given out next; ``asked``: how many paths each request named."""

    def __init__(self, container: ContainerClient) -> None:
        self.container = container
        self.lifetime = LIFETIME
        self.asked: list[int] = []

    def url(self, path: str) -> str:
        sas = generate_blob_sas(ACCOUNT_NAME, self.container.container_name, path, account_key=ACCOUNT_KEY,
                                permission=BlobSasPermissions(read=True, write=True, create=True),
                                expiry=datetime.now(UTC) + self.lifetime)
        return f"{self.container.get_blob_client(path).url}?{sas}"

    def uploads(self, paths: Sequence[str]) -> Mapping[str, Any]:
        """As ``POST datastores/NAME/uploads`` answers; after the first answer URLs are good again."""
        self.asked.append(len(paths))
        urls = {path: self.url(path) for path in paths}
        self.lifetime = LIFETIME
        return {"kind": "blob", "urls": urls}

    def remote(self, path: str) -> Remote:
        found = self.container.get_blob_client(path).get_blob_properties()
        return Remote(path, self.url(path), found.size, found.etag)

    def content(self, path: str) -> bytes:
        return self.container.get_blob_client(path).download_blob().readall()

    def put(self, path: str, content: bytes) -> None:
        """Without an MD5 that storage would keep."""
        self.container.get_blob_client(path).upload_blob(content, overwrite=True)


@pytest.fixture
def store(azurite: Azurite) -> Iterator[Store]:
    with BlobServiceClient.from_connection_string(azurite.connection_string) as service:
        yield Store(service.create_container(f"test-{uuid4().hex}"))
