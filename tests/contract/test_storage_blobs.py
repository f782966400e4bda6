"""The storage adapter keeps the contract of ``Blobs``, and its URLs open one blob for one purpose."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from azure.storage.blob import BlobServiceClient

from local.azurite import Azurite
from shared.adapters.storage_blobs import StorageBlobs
from tests.contract.blob_store import BlobsContract

BLOCK = {"x-ms-blob-type": "BlockBlob"}


class TestStorageBlobs(BlobsContract):
    @pytest.fixture(autouse=True)
    def _use(self, azurite: Azurite) -> Iterator[None]:
        with BlobServiceClient.from_connection_string(azurite.connection_string) as self.service:
            for name in ("runs", "signals"):
                self.service.create_container(name)
            yield
            for name in ("runs", "signals"):
                self.service.delete_container(name)

    def make(self) -> StorageBlobs:
        return StorageBlobs(self.service)

    def test_a_right_is_good_for_nothing_else(self) -> None:
        blobs, until = self.make(), datetime.now(UTC) + timedelta(minutes=5)
        create = blobs.grant("runs", "r/1/a", "create", until)
        assert httpx.put(create, content=b"1", headers=BLOCK).status_code == 201
        assert httpx.put(create, content=b"2", headers=BLOCK).status_code in (403, 409)
        read = blobs.grant("runs", "r/1/a", "read", until)
        assert httpx.get(read).content == b"1"
        assert httpx.put(read, content=b"2", headers=BLOCK).status_code == 403
        assert httpx.get(read.replace("r/1/a", "r/1/b")).status_code == 403
        assert httpx.put(blobs.grant("runs", "r/1/a", "write", until), content=b"3", headers=BLOCK).status_code == 201
        expired = blobs.grant("runs", "r/1/a", "read", datetime.now(UTC) - timedelta(minutes=1))
        assert httpx.get(expired).status_code == 403
