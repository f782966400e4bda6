"""Uploads and downloads against Azurite."""

import hashlib
import io
import os
import sys
from collections import namedtuple
from datetime import timedelta
from pathlib import Path

import pytest
from azure.storage.blob import ContentSettings
from runspoor import errors
from runspoor.transfer import blob, fetch
from runspoor.transfer.download import Remote, UnusableName, download
from runspoor.transfer.listing import Listing
from runspoor.transfer.upload import upload
from runspoor.transport import Storage

from tests.integration.transfer.conftest import Store

# The functions of these names hide their modules.
upload_module, download_module = (sys.modules[f"runspoor.transfer.{name}"] for name in ("upload", "download"))
LARGE, BLOCK = 40_000, 16_000
SIZES = [0, 1, LARGE, LARGE + 1, 5 * BLOCK + 17]
EXPIRED = timedelta(seconds=-60)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is large is smaller than usual, so that it takes less time."""
    for module, name, size in ((upload_module, "LARGE_BYTES", LARGE), (download_module, "LARGE_BYTES", LARGE),
                               (blob, "BLOCK_BYTES", BLOCK), (fetch, "PART_BYTES", BLOCK)):
        monkeypatch.setattr(module, name, size)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    found = {f"in/{size} ü.bin": tmp_path / "here" / f"{size}" for size in SIZES}
    (tmp_path / "here").mkdir()
    for size, file in zip(SIZES, found.values(), strict=True):
        file.write_bytes(os.urandom(size))
    return found


def md5_of(store: Store, path: str) -> bytes:
    return bytes(store.container.get_blob_client(path).get_blob_properties().content_settings.content_md5 or b"")


def test_there_and_back_whole_and_checked(store: Store, files: dict[str, Path], tmp_path: Path) -> None:
    said = io.StringIO()
    assert upload(files, store.uploads, stream=said) == list(files)
    for path, file in files.items():
        assert md5_of(store, path) == hashlib.md5(file.read_bytes()).digest()
    back = download([store.remote(path) for path in files], tmp_path / "back", stream=said)
    assert [path.relative_to(tmp_path / "back").as_posix() for path in back] == list(files)
    assert [path.read_bytes() for path in back] == [path.read_bytes() for path in files.values()]
    assert len(list((tmp_path / "back" / "in").iterdir())) == len(SIZES)
    lines = said.getvalue().splitlines()
    assert (lines[0], f"Downloaded {len(SIZES)} files") == (f"Uploading an estimated of {len(SIZES)} files", lines[-1])


def test_what_is_there_stays_unless_it_is_to_be_replaced(store: Store, files: dict[str, Path], tmp_path: Path) -> None:
    for path in files:
        store.put(path, b"theirs")
    said = io.StringIO()
    assert upload(files, store.uploads, stream=said) == []
    assert said.getvalue().count("Target already exists. Skipping upload for in/") == len(files)
    assert {store.content(path) for path in files} == {b"theirs"}
    assert upload(files, store.uploads, overwrite=True) == list(files)
    assert [store.content(path) for path in files] == [file.read_bytes() for file in files.values()]

    mine, *_ = download([store.remote(path) for path in files], tmp_path)
    mine.write_text("mine")
    assert download([store.remote(path) for path in files], tmp_path) == []
    with pytest.raises(FileExistsError):
        download([store.remote(path) for path in files], tmp_path, existing="refuse")
    assert mine.read_text() == "mine"
    assert len(download([store.remote(path) for path in files], tmp_path, existing="replace")) == len(files)
    assert mine.read_bytes() == next(iter(files.values())).read_bytes()


def test_urls_that_have_run_out_are_asked_for_anew(store: Store, files: dict[str, Path], tmp_path: Path) -> None:
    store.lifetime = EXPIRED
    assert upload(files, store.uploads) == list(files)
    store.lifetime = EXPIRED
    listing = Listing(lambda: [vars(store.remote(path)) for path in files])
    stale = listing.files()
    assert all("sig=" in each.url for each in stale)
    store.lifetime = timedelta(hours=1)
    assert len(download(stale, tmp_path / "back", renew=listing.renewed)) == len(files)
    with pytest.raises(errors.Forbidden, match=r"in/0.* cannot be had: Storage answered 403"):
        download(stale, tmp_path / "none")
    assert not any(path.is_file() for path in (tmp_path / "none").rglob("*"))


class Interrupted(Storage):
    """Breaks off for good after so many blocks."""

    def __init__(self, blocks: int) -> None:
        super().__init__()
        self.left = blocks
        self.sent: list[str] = []

    def send(self, method: str, url: str, *more: object, **named: object):  # type: ignore[no-untyped-def]  # as it is
        if "comp=block&" in url:
            self.left -= 1
            if self.left < 0:
                raise errors.Unreachable("The network is gone.")
            self.sent.append(url)
        return super().send(method, url, *more, **named)  # type: ignore[arg-type]  # as they came


def test_an_interrupted_upload_goes_on_where_it_was(store: Store, files: dict[str, Path]) -> None:
    path, file = list(files.items())[-1]
    with pytest.raises(errors.Unreachable):
        upload({path: file}, store.uploads, storage=Interrupted(2))
    assert not store.container.get_blob_client(path).exists()
    again = Interrupted(100)
    assert upload({path: file}, store.uploads, storage=again) == [path]
    assert len(again.sent) == 6 - 2
    assert store.content(path) == file.read_bytes()


def test_blocks_of_another_content_are_not_taken(store: Store, files: dict[str, Path]) -> None:
    path, file = list(files.items())[-1]
    with pytest.raises(errors.Unreachable):
        upload({path: file}, store.uploads, storage=Interrupted(5))
    file.write_bytes(os.urandom(SIZES[-1]))
    upload({path: file}, store.uploads)
    assert store.content(path) == file.read_bytes()


@pytest.mark.parametrize("size", [10, 4_000_000])
def test_a_file_that_was_changed_is_refused(store: Store, tmp_path: Path, size: int) -> None:
    store.put("a", bytes(size))
    known = store.remote("a")
    store.put("a", os.urandom(size))
    with pytest.raises(errors.Changed, match="has been changed since"):
        download([known], tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [1000, 200_000])
def test_what_is_not_as_its_checksum_says_is_not_kept(store: Store, tmp_path: Path, size: int) -> None:
    content = ContentSettings(content_md5=bytearray(hashlib.md5(b"other").digest()))
    store.put("a", bytes(size))
    store.container.get_blob_client("a").set_http_headers(content)
    with pytest.raises(errors.Corrupt, match="its checksum is another one"):
        download([store.remote("a")], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_grew_or_shrank_on_the_way(store: Store, tmp_path: Path) -> None:
    store.put("a", bytes(10))
    known = store.remote("a")
    with pytest.raises(errors.Corrupt, match="came 10 of 12 bytes"):
        download([Remote("a", known.url, 12)], tmp_path)


def test_a_missing_file_is_said_or_left_out(store: Store, tmp_path: Path) -> None:
    store.put("a", b"1")
    wanted = [store.remote("a"), Remote("b", store.url("b"), 1)]
    with pytest.raises(errors.NotFound, match=r"There is no file at http.*/b\.$"):
        download(wanted, tmp_path)
    assert download(wanted, tmp_path, existing="replace", missing_ok=True) == [tmp_path / "a"]


def test_a_disk_that_is_too_small_is_said_before_anything_is_fetched(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "free")
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage(1_500))
    with pytest.raises(errors.NoRoom, match=r"need 2\.0 kB, and .* has 1\.5 kB left: .*mount the dataset"):
        download([Remote("a", store.url("a"), 2_000)], tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["../a", "/a", "a//b", "a/./b", "a\\b", ""])
def test_no_name_leads_out(store: Store, tmp_path: Path, path: str) -> None:
    with pytest.raises(UnusableName):
        download([Remote(path, store.url("a"))], tmp_path)


def test_many_small_files_ask_in_batches(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_module, "PATHS_PER_REQUEST", 50)
    (tmp_path / "one").write_bytes(b"1")
    files = {f"many/{number:04}": tmp_path / "one" for number in range(121)}
    assert upload(files, store.uploads) == list(files)
    assert store.asked == [50, 50, 21]
    assert len(list(store.container.list_blob_names(name_starts_with="many/"))) == len(files)


def test_a_file_that_became_shorter_is_said(files: dict[str, Path]) -> None:
    *_, file = files.values()
    blocks = blob._blocks(file)
    next(blocks)
    os.truncate(file, blob.BLOCK_BYTES + 1)
    with pytest.raises(errors.Corrupt, match="became shorter"):
        list(blocks)
