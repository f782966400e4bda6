"""The adapter of blob containers keeps the contract of ``DatastoreFiles``, and what is its own: SAS, and Data Lakes."""

import socket
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from azure.identity import CredentialUnavailableError
from azure.storage.blob import BlobServiceClient, ContainerSasPermissions, generate_container_sas

from local.azurite import ACCOUNT_KEY, ACCOUNT_NAME, Azurite
from shared.adapters.blob_files import BlobFiles
from shared.adapters.storage_datastores import OwnAccount, StorageDatastores, own_account
from shared.application.data_ports import StorageSilent, StorageTrouble
from shared.domain.datastore import Access, DatastoreDefinition, DatastoreKind
from tests.contract.datastore_files import SignedFilesContract, soon


def put(url: str, data: bytes) -> httpx.Response:
    return httpx.put(url, content=data, headers={"x-ms-blob-type": "BlockBlob"})


class Container:
    """A container of Azurite, which need not exist yet."""

    def __init__(self, azurite: Azurite) -> None:
        self.name = f"test-{uuid.uuid4().hex}"
        self.endpoint = azurite.blob_endpoint
        service = BlobServiceClient.from_connection_string(azurite.connection_string)
        self.client = service.get_container_client(self.name)

    def opened(self, credential: str = ACCOUNT_KEY, access: Access = "account_key", kind: DatastoreKind = "blob",
               endpoint: str | None = None) -> BlobFiles:
        return BlobFiles(DatastoreDefinition(kind=kind, account=ACCOUNT_NAME, container=self.name, access=access,
                                             endpoint=endpoint or self.endpoint), credential)

    def sas(self, rights: str) -> str:
        return str(generate_container_sas(ACCOUNT_NAME, self.name, account_key=ACCOUNT_KEY, expiry=soon(),
                                          permission=ContainerSasPermissions.from_string(rights)))


@pytest.fixture
def container(azurite: Azurite) -> Container:
    made = Container(azurite)
    made.client.create_container()
    return made


class TestBlobFiles(SignedFilesContract):
    @pytest.fixture(autouse=True)
    def _use(self, azurite: Azurite) -> None:
        self.azurite = azurite

    def make_missing(self) -> BlobFiles:
        return Container(self.azurite).opened()

    def make(self) -> BlobFiles:
        files = self.make_missing()
        files.ensure()
        return files

    def make_locked(self) -> BlobFiles:
        return Container(self.azurite).opened(self.SECRET)

    def send(self, url: str, data: bytes) -> httpx.Response:
        return put(url, data)


def test_what_stands_for_a_folder_is_no_file(container: Container) -> None:
    for name in ("a", "a/b", "a/empty", "z"):
        container.client.upload_blob(name, b"", metadata={"hdi_isfolder": "true"})
    container.client.upload_blob("made-by-a-tool/", b"")
    container.client.upload_blob("a/b/c.txt", b"1")
    files = container.opened(kind="gen2")
    assert [file.path for file in files.list("", limit=1)[0]] == ["a/b/c.txt"]
    assert files.list("a/empty", limit=1) == ([], None)
    assert [files.look(path) for path in ("a", "a/b", "made-by-a-tool/")] == [None] * 3


def test_a_sas_is_given_out_as_it_is(container: Container) -> None:
    sas = container.sas("rwl")
    files = container.opened(sas, "sas")
    files.check()
    url = files.write_url("a/ü.txt", soon())
    assert url == f"{container.endpoint}/{container.name}/a/%C3%BC.txt?{sas}"
    assert files.read_url("a/ü.txt", soon()) == url
    assert put(url, b"12").status_code == 201
    seen = files.look("a/ü.txt")
    assert seen
    assert files.list("a/") == ([seen], None)
    assert httpx.get(url).content == b"12"


@pytest.mark.parametrize(("rights", "use"), [
    ("r", lambda files: files.check()), ("rl", lambda files: files.ensure()), ("w", lambda files: files.look("a")),
])
def test_what_a_sas_does_not_permit_is_said(
    container: Container, rights: str, use: Callable[[BlobFiles], object]
) -> None:
    sas = container.sas(rights)
    with pytest.raises(StorageTrouble, match="the SAS is refused") as trouble:
        use(container.opened(sas, "sas"))
    assert "sig" not in str(trouble.value)
    assert trouble.value.__suppress_context__


def test_a_storage_that_does_not_answer(container: Container) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    nowhere = f"http://127.0.0.1:{port}/{ACCOUNT_NAME}"
    for files in (container.opened(endpoint=nowhere), container.opened(container.sas("rl"), "sas", endpoint=nowhere)):
        with pytest.raises(StorageSilent, match="cannot be reached") as trouble:
            files.check()
        assert not any(secret in str(trouble.value) for secret in ("sig", ACCOUNT_KEY))


class Nobody:
    """The identity of a machine that has none."""

    def get_token(self, *scopes: str, **options: object) -> object:
        raise CredentialUnavailableError("No identity here.")


class TestStorageDatastores:
    """Which account is whose, and with what it is opened."""

    @pytest.fixture
    def own(self, azurite: Azurite) -> OwnAccount:
        text = f"{azurite.connection_string}FileEndpoint=http://127.0.0.1:1/{ACCOUNT_NAME}/;"
        return own_account(BlobServiceClient.from_connection_string(text), text)

    def test_the_own_account(self, own: OwnAccount, azurite: Azurite, container: Container) -> None:
        stores = StorageDatastores(own, Nobody)  # type: ignore[arg-type]  # a token it never has
        assert stores.built_in == DatastoreDefinition(
            kind="blob", account=ACCOUNT_NAME, container="data", endpoint=azurite.blob_endpoint)
        assert stores.endpoint("share", ACCOUNT_NAME) == f"http://127.0.0.1:1/{ACCOUNT_NAME}"
        assert stores.endpoint("share", "photos") == "https://photos.file.core.windows.net"
        assert stores.endpoint("gen2", "photos") == "https://photos.blob.core.windows.net"
        mine = stores.built_in.model_copy(update={"container": container.name})
        assert put(stores.open(mine, None).write_url("a", soon()), b"1").status_code == 201
        assert stores.open(mine, None) is stores.open(mine, None)
        assert ACCOUNT_KEY not in repr(own)

    def test_another_account_needs_an_identity_or_a_credential(self, own: OwnAccount) -> None:
        stores = StorageDatastores(own, Nobody)  # type: ignore[arg-type]  # a token it never has
        other = DatastoreDefinition(kind="blob", account="photos", container="pictures",
                                    endpoint="https://photos.blob.core.windows.net")
        for use in (lambda: stores.open(other, None).check(),
                    lambda: stores.open(other, None).read_url("a", datetime.now(UTC) + timedelta(minutes=5))):
            with pytest.raises(StorageTrouble, match="no identity by which Azure knows it: give 'account_key' or"):
                use()

    def test_an_account_by_its_endpoint(self) -> None:
        at = "https://photos.blob.core.windows.net"
        own = own_account(BlobServiceClient(at), at)
        assert (own.name, own.endpoints, own.key) == (
            "photos", {"blob": at, "file": "https://photos.file.core.windows.net"}, None)
