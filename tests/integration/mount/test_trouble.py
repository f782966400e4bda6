"""Storage that is busy, gone, or has other files than it had: readers get what is right, or an error in time."""

import errno
import os
import time
from pathlib import Path
from threading import Timer

import pytest

from tests.integration.mount.mounts import mounted
from tests.integration.mount.storage import Storage, serving

MIB = 1024 * 1024


def unreadable(path: Path) -> None:
    with pytest.raises(OSError) as refused:
        path.read_bytes()
    assert refused.value.errno == errno.EIO


def test_a_file_that_has_changed_cannot_be_read(storage: Storage, tmp_path: Path,
                                                capfd: pytest.CaptureFixture[str]) -> None:
    storage.put("folder/a", b"old")
    storage.put("b", b"same")
    with mounted(storage, tmp_path / "data") as folder:
        storage.put("folder/a", b"new", '"2"')
        unreadable(folder / "folder/a")
        assert (folder / "b").read_bytes() == b"same"
    assert "The file 'folder/a' cannot be read: it is not what it was when its dataset was" in capfd.readouterr().err


def test_a_file_that_changes_while_it_is_read(storage: Storage, tmp_path: Path) -> None:
    storage.put("a", os.urandom(12 * MIB))
    with mounted(storage, tmp_path / "data") as folder, (folder / "a").open("rb", buffering=0) as file:
        assert file.read(10) == storage.files["a"][:10]
        storage.put("a", os.urandom(12 * MIB), '"2"')
        file.seek(9 * MIB)
        with pytest.raises(OSError, match="Input/output error"):
            file.read(10)


def test_a_file_that_has_gone(storage: Storage, tmp_path: Path) -> None:
    storage.put("a", b"1")
    with mounted(storage, tmp_path / "data") as folder:
        storage.status = 404
        unreadable(folder / "a")


def test_urls_that_expire_are_renewed(storage: Storage, tmp_path: Path) -> None:
    for number in range(30):
        storage.put(f"{number:02}", os.urandom(100))
    storage.page_size = 10
    with mounted(storage, tmp_path / "data") as folder:
        assert (folder / "00").read_bytes() == storage.files["00"]
        listed = storage.pages
        storage.expired, storage.generation = {"1"}, "2"
        for name in list(storage.files)[1:]:
            assert (folder / name).read_bytes() == storage.files[name]
    assert listed <= storage.pages <= 6, "each page once more, and no more often"


def test_a_right_that_is_gone_for_good(storage: Storage, tmp_path: Path) -> None:
    storage.put("a", b"1")
    with mounted(storage, tmp_path / "data") as folder:
        storage.expired = {"1", "2"}
        storage.generation = "2"
        unreadable(folder / "a")


def test_storage_that_is_busy_for_a_while(storage: Storage, tmp_path: Path) -> None:
    storage.put("a", os.urandom(3 * MIB))
    with mounted(storage, tmp_path / "data", patience=30) as folder:
        storage.status = 503
        Timer(1.5, lambda: setattr(storage, "status", 0)).start()
        assert (folder / "a").read_bytes() == storage.files["a"]
        assert len(storage.asked) > 5


def test_storage_that_is_gone_is_an_error_in_time_and_no_end(tmp_path: Path) -> None:
    with serving() as storage:
        storage.put("a", b"1")
        storage.put("b", b"2")
        mount = mounted(storage, tmp_path / "data", patience=1)
        folder = mount.__enter__()
        assert (folder / "a").read_bytes() == b"1"
    began = time.monotonic()
    unreadable(folder / "b")
    assert time.monotonic() - began < 60
    assert (folder / "a").read_bytes() == b"1", "what has been read is still there"
    assert os.listdir(folder) == ["a", "b"]
    mount.__exit__(None, None, None)


def test_who_reads_again_has_it_tried_again(storage: Storage, tmp_path: Path) -> None:
    storage.put("a", b"1")
    with mounted(storage, tmp_path / "data", patience=0.2) as folder:
        storage.status = 503
        unreadable(folder / "a")
        storage.status = 0
        assert (folder / "a").read_bytes() == b"1"


def test_a_listing_that_breaks_off(storage: Storage, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    storage.put("a", b"1")
    described = storage.described(tmp_path)
    described["first"] = {**storage.page(None), "next": "not a cursor"}
    storage.described = lambda point, patience=5: {  # type: ignore[method-assign]
        **described, "mount_point": str(point), "patience_seconds": patience}
    with mounted(storage, tmp_path / "data", patience=0.5) as folder:
        assert (folder / "a").read_bytes() == b"1"
        for work in (lambda: os.listdir(folder), lambda: (folder / "z").read_bytes()):
            with pytest.raises(OSError) as refused:
                work()
            assert refused.value.errno == errno.EIO
    assert "The files cannot be listed any further" in capfd.readouterr().err
