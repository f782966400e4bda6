"""Files written to a share through their URLs, by the client and by the runner."""

import hashlib
import os
import threading
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from azure.storage.fileshare import generate_file_sas
from runspoor.errors import Corrupt, Forbidden
from runspoor.transfer import share
from runspoor.transfer.grant import Grant
from runspoor.transport import Storage

from local.azurite import ACCOUNT_KEY, ACCOUNT_NAME
from runner.connections import Body, Connections, Response
from runner.errors import Refused
from runner.share_upload import ShareUpload
from tests.integration.files_emulator.running import Emulator

LARGE = 20 * 1024 * 1024 + 7
NAME = "ü b#%.bin"


class Target:
    """One file of a share, at an emulator that can be killed. ``content`` is what is to be written to it."""

    def __init__(self, root: Path, size: int) -> None:
        self.emulator = Emulator(root / "state")
        self._lock = threading.Lock()
        self.content = os.urandom(size)
        self.source = root / "source"
        self.source.write_bytes(self.content)
        self.service = self.emulator.client()
        self.file = self.service.create_share("abc").get_file_client(NAME)

    def close(self) -> None:
        self.service.close()
        with self.emulator:
            pass

    def url(self, minutes: float = 5) -> str:
        until = datetime.now(UTC) + timedelta(minutes=minutes)
        return f"{self.file.url}?{generate_file_sas(ACCOUNT_NAME, 'abc', [NAME], ACCOUNT_KEY, 'rcw', until)}"

    def check(self) -> None:
        """The file is there, whole, and its checksum is known."""
        assert self.file.download_file().readall() == self.content
        settings = self.file.get_file_properties().content_settings
        assert settings.content_md5 == bytearray(hashlib.md5(self.content, usedforsecurity=False).digest())

    def fail_once(self) -> None:
        """kill -9 and start again, the first time this is called."""
        if self._lock.acquire(blocking=False):
            self.emulator = self.emulator.restart()


@pytest.fixture(params=[LARGE, 5, 0], ids=["large", "small", "empty"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    target = Target(tmp_path, request.param)
    yield target
    target.close()


@pytest.fixture
def large(tmp_path: Path) -> Iterator[Target]:
    target = Target(tmp_path, LARGE)
    yield target
    target.close()


@pytest.fixture
def storage() -> Iterator[Storage]:
    storage = Storage(patience=30)
    yield storage
    storage.close()


@pytest.fixture
def connections() -> Iterator[Connections]:
    connections = Connections()
    yield connections
    connections.close()


class Failing(Connections):
    """Connections whose server dies after the first range."""

    def __init__(self, target: Target) -> None:
        super().__init__()
        self.target = target

    def request(self, method: str, url: str, headers: Mapping[str, str], body: Body = b"",
                seconds: float | None = None) -> Response:
        answer = super().request(method, url, headers, body, seconds)
        if "x-ms-range" in headers:
            self.target.fail_once()
        return answer


def test_the_client_writes(target: Target, storage: Storage) -> None:
    advanced: list[int] = []
    for _ in "again":
        share.write(storage, Grant(target.url()), target.source, advanced.append)
        target.check()
    assert sum(advanced) == 5 * len(target.content)
    assert target.file.get_file_properties().metadata == {}
    assert share.is_there(storage, Grant(target.url()))


def test_the_runner_writes(target: Target, connections: Connections) -> None:
    size, sha256 = ShareUpload(connections).put(target.url(), target.source, headers={"x-ms-meta-run": "a"})
    target.check()
    assert (size, sha256) == (len(target.content), hashlib.sha256(target.content).hexdigest())
    assert target.file.get_file_properties().metadata == {"run": "a"}


def test_the_client_goes_on_when_the_service_died_between_two_ranges(large: Target, storage: Storage) -> None:
    share.write(storage, Grant(large.url()), large.source, lambda _: large.fail_once())
    large.check()


def test_the_runner_goes_on_when_the_service_died_between_two_ranges(large: Target) -> None:
    connections = Failing(large)
    ShareUpload(connections).put(large.url(), large.source)
    large.check()
    connections.close()


def test_an_interrupted_upload_is_no_file(large: Target, storage: Storage) -> None:
    def shorten(_: int) -> None:
        os.truncate(large.source, 0)

    assert not share.is_there(storage, Grant(large.url()))
    with pytest.raises(Corrupt, match="became shorter"):
        share.write(storage, Grant(large.url()), large.source, shorten)
    found = large.file.download_file().readall()
    stored = large.file.get_file_properties().content_settings.content_md5 or b""
    assert len(found) == LARGE
    assert b64encode(hashlib.md5(found, usedforsecurity=False).digest()) != b64encode(stored)
    assert not share.is_there(storage, Grant(large.url()))


def test_a_url_that_ran_out_is_renewed_once(large: Target, storage: Storage, connections: Connections) -> None:
    asked: list[str] = []

    def renew() -> str:
        asked.append("again")
        return large.url()

    past = large.url(-1)
    share.write(storage, Grant(past, lambda _: renew()), large.source, lambda _: None)
    ShareUpload(connections).put(past, large.source, renew)
    large.check()
    assert asked == ["again", "again"]
    with pytest.raises(Forbidden):
        share.write(storage, Grant(past), large.source, lambda _: None)
    with pytest.raises(Refused, match="AuthenticationFailed"):
        ShareUpload(connections).put(past, large.source)
