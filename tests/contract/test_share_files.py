"""The adapter of file shares keeps the contract of ``DatastoreFiles``, and what is its own."""

import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import httpx
import pytest
from azure.storage.fileshare import ShareSasPermissions, generate_share_sas

from local.azurite import ACCOUNT_KEY, ACCOUNT_NAME
from local.files.storage import Entry, Storage
from shared.adapters import share_files
from shared.adapters.share_files import ShareFiles
from shared.application.data_ports import StorageSilent, StorageTrouble
from shared.domain.datastore import Access, DatastoreDefinition
from shared.domain.errors import Invalid
from tests.contract.datastore_files import SignedFilesContract, soon
from tests.integration.files_emulator.running import Emulator, put


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(tmp_path_factory.mktemp("files")) as emulator:
        yield emulator


class TestShareFiles(SignedFilesContract):
    @pytest.fixture(autouse=True)
    def _use(self, emulator: Emulator) -> None:
        self.emulator = emulator

    def opened(self, share: str, credential: str = ACCOUNT_KEY, access: Access = "account_key") -> ShareFiles:
        return ShareFiles(DatastoreDefinition(kind="share", account=ACCOUNT_NAME, container=share, access=access,
                                              endpoint=self.emulator.endpoint), credential)

    def new_share(self) -> str:
        return self.emulator.client().create_share(f"test-{uuid.uuid4().hex}").share_name

    def make_missing(self) -> ShareFiles:
        return self.opened(f"test-{uuid.uuid4().hex}")

    def make(self) -> ShareFiles:
        return self.opened(self.new_share())

    def make_locked(self) -> ShareFiles:
        return self.opened("locked", self.SECRET)

    def send(self, url: str, data: bytes) -> httpx.Response:
        return put(self.http, url, data)

    def test_a_sas_of_the_share_opens_it_and_goes_into_the_urls(self) -> None:
        share = self.new_share()
        sas = generate_share_sas(ACCOUNT_NAME, share, ACCOUNT_KEY, ShareSasPermissions(True, True, False, True, True),
                                 soon())
        files = self.opened(share, f"?{sas}", "sas")
        files.check()
        self.write(files, "a/b/c", data=b"1")
        assert self.http.get(files.read_url("a/b/c", soon())).content == b"1"
        assert [file.path for file in files.list("a")[0]] == ["a/b/c"]

    def test_a_sas_that_may_not_list_is_said(self) -> None:
        share = self.new_share()
        sas = generate_share_sas(ACCOUNT_NAME, share, ACCOUNT_KEY, "rw", soon())
        with pytest.raises(StorageTrouble, match="SAS is refused") as trouble:
            self.opened(share, sas, "sas").check()
        assert "sig" not in str(trouble.value)

    @pytest.mark.parametrize("path", ["a/b:c", "x?", 'quo"te', "a*", "back\\slash", "dot.", "dir./x", "a/" + "n" * 256])
    def test_a_name_that_no_share_takes_is_refused_before_it_is_written(self, path: str) -> None:
        files = self.make()
        with pytest.raises(Invalid, match="rename"):
            files.write_url(path, soon())
        assert files.look(path) is None
        assert files.list(path) == ([], None)

    def test_a_file_where_a_folder_should_be_is_said(self) -> None:
        files = self.make()
        self.write(files, "a")
        with pytest.raises(StorageTrouble, match="'a' is a file"):
            files.write_url("a/b/c", soon())

    def test_a_folder_deleted_meanwhile_is_made_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        share = self.new_share()
        files = self.opened(share)
        files.write_url("a/b", soon())
        self.emulator.client().get_share_client(share).delete_directory("a")
        monkeypatch.setattr(share_files, "MADE_SECONDS", 0.0)
        self.write(files, "a/b")

    def test_a_folder_of_thousands_comes_page_by_page(self, tmp_path: Path) -> None:
        paths = sorted([f"all/{number}" for number in range(12_000)] + [f"few/{number}/x" for number in range(50)])
        _fill(tmp_path, paths)
        with Emulator(tmp_path) as self.emulator:
            files, pages, cursor = self.opened("large"), list[list[str]](), None
            while cursor or not pages:
                page, cursor = files.list("", cursor)
                pages.append([file.path for file in page])
            assert [len(page) for page in pages] == [5000, 5000, 2050]
            assert [path for page in pages for path in page] == paths

    def test_a_share_that_does_not_answer_is_silent(self, tmp_path: Path) -> None:
        with Emulator(tmp_path) as gone:
            endpoint = gone.endpoint
        files = ShareFiles(DatastoreDefinition(kind="share", account=ACCOUNT_NAME, container="abc", endpoint=endpoint,
                                               access="account_key"), ACCOUNT_KEY)
        with pytest.raises(StorageSilent, match="cannot be reached"):
            files.look("a")


def _fill(state: Path, paths: list[str]) -> None:
    """A share ``large`` with empty files, written where the emulator keeps them."""
    storage = Storage(state)
    storage.create_share("large", 1, {})
    share = storage.share("large")
    assert share

    @cache
    def folder(names: tuple[str, ...]) -> Entry:
        return storage.find(share, names) or storage.create(folder(names[:-1]), names[-1], None, {}, {})

    for path in paths:
        *folders, name = path.split("/")
        storage.create(folder(tuple(folders)), name, 0, {}, {})
    storage.close()
