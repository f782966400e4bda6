"""The memory adapter keeps the contract of ``DatastoreFiles``."""

import uuid

import pytest

from shared.adapters.memory_datastores import MemoryDatastores, MemoryFiles
from shared.adapters.memory_services import MemoryBlobs
from shared.application.data_ports import DatastoreFiles
from shared.domain.datastore import DatastoreDefinition
from tests.contract.datastore_files import DatastoreFilesContract


class TestMemoryFiles(DatastoreFilesContract):
    @pytest.fixture(autouse=True)
    def _use(self) -> None:
        self.datastores = MemoryDatastores(MemoryBlobs())

    def opened(self, container: str) -> MemoryFiles:
        return self.datastores.open(DatastoreDefinition(kind="blob", account="elsewhere", container=container,
                                                        endpoint="https://elsewhere"), None)

    def make(self) -> MemoryFiles:
        return self.opened(uuid.uuid4().hex)

    def make_missing(self) -> MemoryFiles:
        name = uuid.uuid4().hex
        self.datastores.missing.add(f"elsewhere/{name}")
        return self.opened(name)

    def write(self, files: DatastoreFiles, *paths: str, data: bytes | None = None) -> None:
        assert isinstance(files, MemoryFiles)
        for path in paths:
            files.blobs.put(files.container, path, path.encode() if data is None else data, overwrite=True)
