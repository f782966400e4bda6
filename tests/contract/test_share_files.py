"""The adapter of file shares keeps the contract of ``DatastoreFiles``, and what is its own."""

import uuid
from collections.abc import Iterator

import httpx
import pytest

from local.azurite import ACCOUNT_KEY, ACCOUNT_NAME
from shared.adapters.share_files import ShareFiles
from shared.domain.datastore import Access, DatastoreDefinition
from tests.contract.datastore_files import DatastoreFilesContract
from tests.integration.files_emulator.running import Emulator


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(tmp_path_factory.mktemp("files")) as emulator:
        yield emulator


class TestShareFiles(DatastoreFilesContract):
    @pytest.fixture(autouse=True)
    def _use(self, emulator: Emulator) -> None:
        self.emulator = emulator

    def opened(self, share: str, credential: str = ACCOUNT_KEY, access: Access = "account_key") -> ShareFiles:
        return ShareFiles(DatastoreDefinition(kind="share", account=ACCOUNT_NAME, container=share, access=access,
                                              endpoint=self.emulator.endpoint), credential)

    def make_missing(self) -> ShareFiles:
        return self.opened(f"test-{uuid.uuid4().hex}")

    def make(self) -> ShareFiles:
        files = self.make_missing()
        files.ensure()
        return files

    def make_locked(self) -> ShareFiles:
        return self.opened("locked", self.SECRET)

    def send(self, url: str, data: bytes) -> httpx.Response:
        made = self.http.put(url, headers={"x-ms-type": "file", "x-ms-content-length": str(len(data))})
        if made.status_code != 201:
            return made
        headers = {"x-ms-write": "update", "x-ms-range": f"bytes=0-{len(data) - 1}"}
        return self.http.put(f"{url}&comp=range", content=data, headers=headers)
