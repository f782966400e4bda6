"""Reading a file from a server that does not behave."""

import base64
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runner.connections import Connections
from runner.errors import Stopped
from runner.fetch import Fetch, NotThere, Wanted
from tests.integration.runner.flaky_site import Site, serving

CONTENT = os.urandom(3 * 1024 * 1024 + 17)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        site.files["/a"] = CONTENT
        yield site


@contextmanager
def connected() -> Iterator[Connections]:
    connections = Connections()
    try:
        yield connections
    finally:
        connections.close()


def fetched(site: Site, target: Path, *, path: str = "/a", size: int | None = None, sha256: str | None = None,
            patience: float = 5) -> bytes:
    wanted = Wanted(site.url + path, size, sha256)
    with connected() as connections:
        count = Fetch(connections, wanted, target, lambda: False, patience).run()
    assert [each.name for each in target.parent.iterdir()] == [target.name]
    assert target.stat().st_size == count
    return target.read_bytes()


@pytest.mark.parametrize("troubles", [
    ["429"], ["503", "500", "502", "504"], ["hang up", "hang up"], ["short"], ["429", "short", "hang up", "short"],
])
def test_passing_trouble_passes(site: Site, tmp_path: Path, troubles: list[str]) -> None:
    site.troubles["/a"] = list(troubles)
    assert fetched(site, tmp_path / "a") == CONTENT
    assert len(site.asked) == len(troubles) + 1


def test_what_broke_off_goes_on_where_it_ended(site: Site, tmp_path: Path) -> None:
    site.headers["/a"] = {"ETag": '"1"'}
    site.troubles["/a"] = ["short"]
    assert fetched(site, tmp_path / "a") == CONTENT
    assert [asked for _, asked in site.asked] == [None, f"bytes={len(CONTENT) // 2}-"]


def test_a_file_that_changed_meanwhile_is_fetched_anew(site: Site, tmp_path: Path) -> None:
    site.troubles["/a"] = ["short"]
    site.headers["/a"] = {"ETag": '"1"'}
    with connected() as connections:
        fetch = Fetch(connections, Wanted(f"{site.url}/a"), tmp_path / "a", lambda: False)
        assert fetch._try()[0]
        site.files["/a"], site.headers["/a"] = b"new", {"ETag": '"2"'}
        assert fetch.run() == 3
    assert (tmp_path / "a").read_bytes() == b"new"


def test_without_a_strong_etag_nothing_is_gone_on_with(site: Site, tmp_path: Path) -> None:
    site.headers["/a"] = {"ETag": 'W/"1"'}
    site.troubles["/a"] = ["short"]
    assert fetched(site, tmp_path / "a") == CONTENT
    assert [asked for _, asked in site.asked] == [None, None]


@pytest.mark.parametrize("known", [
    {"sha256": hashlib.sha256(CONTENT).hexdigest()}, {}, {"size": len(CONTENT)},
])
def test_damage_is_found_where_it_can_be(site: Site, tmp_path: Path, known: dict[str, str | int]) -> None:
    if not known:
        site.headers["/a"] = {"Content-MD5": base64.b64encode(hashlib.md5(CONTENT).digest()).decode()}
    site.troubles["/a"] = ["short"] if "size" in known else ["damage"]
    assert fetched(site, tmp_path / "a", **known) == CONTENT  # type: ignore[arg-type]  # one of two keywords


def test_another_size_than_known_is_said(site: Site, tmp_path: Path) -> None:
    with pytest.raises(NotThere, match=f"{len(CONTENT)} bytes came, and it should have 3"):
        fetched(site, tmp_path / "a", size=3, patience=0.5)
    assert list(tmp_path.iterdir()) == []


def test_a_definite_no_is_not_asked_again(site: Site, tmp_path: Path) -> None:
    with pytest.raises(NotThere, match="HTTP 404 Not Found") as refused:
        fetched(site, tmp_path / "a", path="/missing")
    assert refused.value.status == 404
    assert len(site.asked) == 1


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with serving() as gone:
        pass
    with pytest.raises(NotThere, match="ConnectionRefusedError"):
        fetched(gone, tmp_path / "a", patience=0.5)


def test_redirects_are_followed(site: Site, tmp_path: Path) -> None:
    site.redirects = {"/first": "/second", "/second": f"{site.url}/a", "/loop": "/loop", "/out": "file:///etc/passwd"}
    assert fetched(site, tmp_path / "a", path="/first") == CONTENT
    with pytest.raises(NotThere, match="led on more than"):
        fetched(site, tmp_path / "b", path="/loop")
    with pytest.raises(NotThere, match="not one of the web"):
        fetched(site, tmp_path / "b", path="/out")


def test_an_empty_file(site: Site, tmp_path: Path) -> None:
    site.files["/a"] = b""
    assert fetched(site, tmp_path / "a") == b""


def test_nobody_waits_for_what_nobody_wants(site: Site, tmp_path: Path) -> None:
    site.troubles["/a"] = ["503"] * 100
    with connected() as connections, pytest.raises(Stopped):
        Fetch(connections, Wanted(f"{site.url}/a"), tmp_path / "a", lambda: len(site.asked) > 2).run()
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_does_not_take_it_is_no_trouble_of_the_network(site: Site, tmp_path: Path) -> None:
    with connected() as connections, pytest.raises(FileNotFoundError):
        Fetch(connections, Wanted(f"{site.url}/a"), tmp_path / "gone" / "a", lambda: False).run()
    assert len(site.asked) == 1
