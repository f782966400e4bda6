"""What transfers are made of: grants that run out, listings, what is said, and which files of this machine."""

import io
import os
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from runspoor import errors
from runspoor.progress import has_bar
from runspoor.sdk.exceptions import UserErrorException
from runspoor.sdk.local_files import files_below, files_named
from runspoor.transfer import share
from runspoor.transfer import telling as module
from runspoor.transfer.download import download
from runspoor.transfer.grant import Grant
from runspoor.transfer.listing import Listing
from runspoor.transfer.telling import telling
from runspoor.transport import Storage

from tests.scripted_server import Answer, ScriptedServer

THREADS = 8


def test_a_grant_that_has_run_out_is_asked_for_once() -> None:
    asked: list[str] = []
    together = Barrier(THREADS)

    def renew(refused: str) -> str:
        asked.append(refused)
        return "new"

    grant = Grant("old", renew)

    def once(url: str) -> str:
        if url == "old":
            together.wait(10)
            raise errors.Forbidden(403, "expired")
        return url

    with ThreadPoolExecutor(THREADS) as pool:
        assert set(pool.map(lambda _: grant.use(once), range(THREADS))) == {"new"}
    assert asked == ["old"]


def test_a_grant_that_is_refused_anew_is_refused() -> None:
    def never(url: str) -> str:
        raise errors.Forbidden(403, url)

    with pytest.raises(errors.Forbidden, match="new"):
        Grant("old", lambda refused: "new").use(never)
    with pytest.raises(errors.Forbidden, match="old"):
        Grant("old").use(never)


def test_one_look_brings_new_urls_for_all() -> None:
    looks = 0

    def pages() -> Iterator[Mapping[str, Any]]:
        nonlocal looks
        looks += 1
        yield from ({"path": path, "url": f"{path}{looks}"} for path in ("a", "b"))

    listing = Listing(pages)
    assert [(each.path, each.url, each.size) for each in listing.files()] == [("a", "a1", None), ("b", "b1", None)]
    assert [listing.renewed("a", "a1"), listing.renewed("b", "b1"), listing.renewed("a", "a1")] == ["a2", "b2", "a2"]
    assert looks == 2
    with pytest.raises(errors.NotFound, match="no file 'c' any more"):
        listing.renewed("c", "c1")


def test_lines_are_few_and_in_v1_s_words(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    with telling(said, "Upload", 1_000, 5_000) as told:
        for number in range(1_000):
            told.advance(5)
            told.finished(f"in/{number}")
    lines = said.getvalue().splitlines()
    assert lines[0] == "Uploading an estimated of 1000 files"
    assert lines[-2:] == ["Uploaded in/999, 1000 files out of an estimated total of 1000", "Uploaded 1000 files"]
    assert len(lines) < 100
    monkeypatch.setattr(module, "SECONDS_BETWEEN_LINES", 0)
    every = io.StringIO()
    with telling(every, "Download", 3, 0) as told:
        for path in "abc":
            told.finished(path)
    assert len(every.getvalue().splitlines()) == 1 + 3 + 1


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_there_is_a_bar() -> None:
    shown = Terminal()
    assert has_bar(shown)
    with telling(shown, "Download", 2, 2_000) as told:
        told.advance(2_000)
        told.finished("a")
        told.say("Target already exists. Skipping upload for b")
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.getvalue())
    assert "Downloading" in plain
    assert "out of an estimated" not in plain
    assert "Skipping upload for b" in plain
    assert plain.rstrip().endswith("Downloaded 1 files")


def test_a_bar_of_files_whose_size_nobody_knows_is_not_full_at_once() -> None:
    shown = Terminal()
    with telling(shown, "Download", 1, 0) as told:
        told.advance(2_000)
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.getvalue())
    assert "?" in plain
    assert "/0 " not in plain


def test_files_of_a_folder_by_their_paths(tmp_path: Path) -> None:
    for path in ("b", ".hidden", "sub/a.csv", "sub/deep/c.csv"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    os.symlink(tmp_path, tmp_path / "sub" / "loop")
    os.symlink(tmp_path / "none", tmp_path / "dangling")
    assert list(files_below(tmp_path)) == [".hidden", "b", "sub/a.csv", "sub/deep/c.csv"]
    assert list(files_below(tmp_path, "sub/*.csv")) == ["sub/a.csv"]
    assert list(files_below(str(tmp_path), "**/*.csv")) == ["sub/a.csv", "sub/deep/c.csv"]
    with pytest.raises(UserErrorException, match="is not a folder"):
        files_below(tmp_path / "b")


def test_single_files_by_what_they_have_in_common(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x/y").mkdir(parents=True)
    for path in ("x/a", "x/y/b"):
        (tmp_path / path).touch()
    monkeypatch.chdir(tmp_path)
    assert list(files_named(["x/a", "x/y/b"])) == ["a", "y/b"]
    assert list(files_named(["x/y/b"])) == ["b"]
    assert list(files_named(["x/a"], ".")) == ["x/a"]


def test_what_arrives_damaged_is_fetched_again_and_then_given_up(backend: ScriptedServer, tmp_path: Path) -> None:
    md5 = {"Content-MD5": "CY9rzUYh03PK3k6DJie09g=="}
    good, bad = Answer(200, b"test", md5), Answer(200, b"tesd", md5)
    listing = Listing(lambda: [{"path": "a", "url": f"{backend.url}/a", "size": 4}])
    backend.answers = [bad, good]
    (found,) = download(listing.files(), tmp_path, storage=Storage(5))
    assert found.read_bytes() == b"test"
    backend.answers, backend.asked = [bad], []
    with pytest.raises(errors.Corrupt):
        download(listing.files(), tmp_path / "other", storage=Storage(5))
    assert len(backend.asked) == 3
    assert list((tmp_path / "other").iterdir()) == []


def test_storage_that_calls_content_damaged_gets_it_again(backend: ScriptedServer) -> None:
    backend.answers = [Answer(400, b"<Error/>", {"x-ms-error-code": "Md5Mismatch"}), Answer(201, b"")]
    assert Storage(5).send("PUT", f"{backend.url}/a", {}, b"1").status == 201
    backend.answers = [Answer(400, b"<Error/>", {"x-ms-error-code": "InvalidInput"})]
    with pytest.raises(errors.BadRequest, match="Storage answered 400 InvalidInput"):
        Storage(5).send("PUT", f"{backend.url}/a", {}, b"1")


def test_a_file_of_a_share_that_changes_while_it_is_sent_stays_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A share has no moment at which a file becomes whole: the mark is all that tells."""
    (tmp_path / "a").write_bytes(b"1")
    asked: list[str] = []
    monkeypatch.setattr(share, "_create", lambda *_: asked.append("create"))
    monkeypatch.setattr(share, "_put_range", lambda *_: (tmp_path / "a").write_bytes(b"22"))
    with pytest.raises(errors.Corrupt, match="was changed while it was uploaded: upload it again"):
        share.write(Storage(), Grant("http://127.0.0.1:1/a"), tmp_path / "a", lambda _: None)
    assert asked == ["create"]
