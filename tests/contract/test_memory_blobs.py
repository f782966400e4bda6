"""The memory adapter keeps the contract of ``Blobs``."""

from shared.adapters.memory_services import MemoryBlobs
from tests.contract.blob_store import BlobsContract


class TestMemoryBlobs(BlobsContract):
    def make(self) -> MemoryBlobs:
        return MemoryBlobs()
