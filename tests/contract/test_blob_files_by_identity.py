"""Blob containers by the backend's own identity: Azurite with https, which knows tokens and user delegation keys."""

import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from azure.core.credentials import AccessToken

from local.azurite import ACCOUNT_NAME, Azurite
from shared.adapters.blob_files import BlobFiles
from shared.application.data_ports import StorageTrouble
from shared.domain.datastore import DatastoreDefinition
from tests.certificate import write_certificate
from tests.contract.datastore_files import soon

TENANT = str(uuid.uuid4())
STORAGE = "https://storage.azure.com"


class Identity:
    """Has a token for ``audience``, and remembers what it was asked for."""

    def __init__(self, audience: str = STORAGE) -> None:
        self.audience, self.asked = audience, list[str]()

    def get_token(self, *scopes: str, **options: object) -> AccessToken:
        self.asked += scopes
        now = int(time.time())
        claims = {"aud": self.audience, "iss": f"https://sts.windows.net/{TENANT}/", "iat": now, "nbf": now - 5,
                  "exp": now + 3600, "tid": TENANT, "oid": TENANT}
        return AccessToken(jwt.encode(claims, "k" * 40), now + 3600)


@pytest.fixture(scope="module")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    certificate: Path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    write_certificate(certificate)
    with pytest.MonkeyPatch.context() as patch, Azurite(certificate=certificate) as storage:
        for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
            patch.setenv(name, str(certificate))
        yield storage


def opened(azurite: Azurite, identity: Identity) -> BlobFiles:
    return BlobFiles(DatastoreDefinition(
        kind="blob", account=ACCOUNT_NAME, container=f"c-{uuid.uuid4().hex}", endpoint=azurite.blob_endpoint), identity)


def put(url: str, data: bytes) -> int:
    return httpx.put(url, content=data, headers={"x-ms-blob-type": "BlockBlob"}).status_code


def test_urls_are_signed_with_a_delegation_key_and_for_one_file(azurite: Azurite) -> None:
    files = opened(azurite, Identity())
    files.ensure()
    files.check()
    write, read = files.write_url("a/x", soon()), files.read_url("a/x", soon())
    assert parse_qs(urlsplit(write).query)["skoid"] == [TENANT]
    assert (put(write, b"1"), httpx.get(read).content) == (201, b"1")
    assert put(read, b"2") == 403
    for url in (write, read):
        assert put(url.replace("/a/x", "/a/y"), b"2") == 403
        assert httpx.delete(url).status_code == 403
    assert [file.path for file in files.list("")[0]] == ["a/x"]


def test_one_delegation_key_signs_many_urls(azurite: Azurite) -> None:
    files = opened(azurite, Identity())
    with ThreadPoolExecutor(4) as pool:
        urls = list(pool.map(lambda number: files.read_url(str(number), soon()), range(50)))
    assert len({parse_qs(urlsplit(url).query)["skt"][0] for url in urls}) == 1


def test_a_token_goes_to_storage_alone_and_one_for_others_is_refused(azurite: Azurite) -> None:
    stranger = Identity("https://vault.azure.net")
    for use in (opened(azurite, stranger).check, lambda: opened(azurite, stranger).read_url("a", soon())):
        with pytest.raises(StorageTrouble, match="the backend's own identity is refused") as trouble:
            use()
        assert "eyJ" not in str(trouble.value)
    assert set(stranger.asked) == {f"{STORAGE}/.default"}
