"""File shares by the backend's own identity: over https, with tokens and user delegation keys."""

import time
import uuid
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from azure.core.credentials import AccessToken

from local.azurite import ACCOUNT_NAME
from shared.adapters.share_files import ShareFiles
from shared.application.data_ports import StorageTrouble
from shared.domain.datastore import DatastoreDefinition
from tests.certificate import write_certificate
from tests.contract.datastore_files import SignedFilesContract, soon
from tests.integration.files_emulator.running import Emulator, put

TENANT = str(uuid.uuid4())
STORAGE = "https://storage.azure.com"


class Identity:
    """Has a token for ``audience`` that ends in so many seconds."""

    def __init__(self, audience: str = STORAGE, seconds: int = 3600) -> None:
        self.audience, self.seconds = audience, seconds

    def get_token(self, *scopes: str, **options: object) -> AccessToken:
        now = int(time.time())
        claims = {"aud": self.audience, "nbf": now - 5, "exp": now + self.seconds, "tid": TENANT, "oid": TENANT}
        return AccessToken(jwt.encode(claims, "k" * 40), now + 3600)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    certificate = tmp_path_factory.mktemp("tls") / "certificate.pem"
    write_certificate(certificate)
    with pytest.MonkeyPatch.context() as patch, Emulator(tmp_path_factory.mktemp("files"), 0, certificate) as emulator:
        for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
            patch.setenv(name, str(certificate))
        yield emulator


class TestShareFilesByIdentity(SignedFilesContract):
    SECRET = "eyJ"

    @pytest.fixture(autouse=True)
    def _use(self, emulator: Emulator) -> None:
        self.emulator = emulator

    def opened(self, identity: Identity) -> ShareFiles:
        return ShareFiles(DatastoreDefinition(kind="share", account=ACCOUNT_NAME, container=f"c-{uuid.uuid4().hex}",
                                              endpoint=self.emulator.endpoint), identity)

    def make_missing(self) -> ShareFiles:
        return self.opened(Identity())

    def make(self) -> ShareFiles:
        files = self.make_missing()
        files.ensure()
        return files

    def make_locked(self) -> ShareFiles:
        return self.opened(Identity("https://vault.azure.net"))

    def send(self, url: str, data: bytes) -> httpx.Response:
        return put(self.http, url, data)

    def test_one_delegation_key_signs_many_urls(self) -> None:
        files = self.make()
        signed = [parse_qs(urlsplit(files.read_url(str(number), soon())).query) for number in range(50)]
        assert len({query["ske"][0] for query in signed}) == 1
        assert signed[0]["skoid"] == [TENANT]

    def test_a_token_that_ended_is_said(self) -> None:
        ended = self.opened(Identity(seconds=-60))
        for use in (ended.check, lambda: ended.read_url("a", soon())):
            with pytest.raises(StorageTrouble, match="identity is refused"):
                use()

    def test_a_token_needs_to_say_that_it_means_everything(self) -> None:
        token = {"authorization": f"Bearer {Identity().get_token().token}", "x-ms-version": "2026-10-06"}
        url = f"{self.emulator.endpoint}/abc?restype=share"
        answer = self.http.get(url, headers=token)
        assert (answer.status_code, answer.headers["x-ms-error-code"]) == (400, "MissingRequiredHeader")
        assert self.http.get(url, headers={**token, "x-ms-file-request-intent": "backup"}).status_code == 404
