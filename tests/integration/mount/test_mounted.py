"""What a mount shows is what storage has, and what is not read is not fetched."""

import errno
import os
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.end_to_end.api import until
from tests.integration.mount.mounts import mounted
from tests.integration.mount.storage import Sparse, Storage

MIB = 1024 * 1024


def content_of(folder: Path) -> dict[str, bytes]:
    return {os.path.relpath(os.path.join(here, name), folder): Path(here, name).read_bytes()
            for here, _, names in os.walk(folder) for name in names}


def test_files_in_folders(storage: Storage, tmp_path: Path) -> None:
    for number in range(250):
        storage.put(f"part {number % 7}/{number % 11}/é{number}.csv", os.urandom(number))
    storage.page_size = 80
    with mounted(storage, tmp_path / "data") as folder:
        assert content_of(folder) == storage.files
        assert sorted(os.listdir(folder)) == [f"part {number}" for number in range(7)]
        assert os.listdir(folder / "part 3") != []
        assert (folder / "part 3").stat().st_mode == 0o40555
        one = folder / "part 1/1/é1.csv"
        assert (one.stat().st_mode, one.stat().st_size, one.stat().st_uid) == (0o100444, 1, os.getuid())
        assert os.statvfs(folder).f_bavail == 0


@pytest.mark.parametrize("how", ["write", "delete", "new", "folder", "attribute"])
def test_nothing_can_be_written(storage: Storage, tmp_path: Path, how: str) -> None:
    storage.put("a", b"1")
    with mounted(storage, tmp_path / "data") as folder:
        work: dict[str, Callable[[], object]] = {
            "write": lambda: (folder / "a").write_bytes(b"2"), "delete": lambda: (folder / "a").unlink(),
            "new": lambda: (folder / "b").touch(), "folder": lambda: (folder / "c").mkdir(),
            "attribute": lambda: (folder / "a").chmod(0o777)}
        with pytest.raises(OSError) as refused:
            work[how]()
        assert refused.value.errno == errno.EROFS


def test_what_is_not_there(storage: Storage, tmp_path: Path) -> None:
    storage.put("a/b", b"1")
    with mounted(storage, tmp_path / "data") as folder:
        for path in ("b", "a/c", "a/b/c"):
            with pytest.raises((FileNotFoundError, NotADirectoryError)):
                (folder / path).read_bytes()


def test_random_ranges_by_many_threads(storage: Storage, tmp_path: Path) -> None:
    content = os.urandom(9 * MIB + 17)
    storage.put("big", content)

    def look(seed: int) -> None:
        chance = random.Random(seed)
        with (folder / "big").open("rb") as file:
            for _ in range(40):
                start, length = chance.randrange(len(content)), chance.randrange(1, 300_000)
                file.seek(start)
                assert file.read(length) == content[start:start + length]

    with mounted(storage, tmp_path / "data") as folder, ThreadPoolExecutor(12) as pool:
        list(pool.map(look, range(12)))


def test_a_file_read_from_end_to_end_is_fetched_once(storage: Storage, tmp_path: Path) -> None:
    storage.put("big", os.urandom(20 * MIB))
    with mounted(storage, tmp_path / "data") as folder:
        assert (folder / "big").read_bytes() == storage.files["big"]
    spans = [tuple(map(int, span.removeprefix("bytes=").split("-"))) for _, span in storage.asked]
    assert sum(last + 1 - first for first, last in spans) == 20 * MIB, "nothing twice"
    assert len(spans) < 12, "several blocks by one request"


def test_of_five_gib_only_what_is_read_is_fetched(storage: Storage, tmp_path: Path) -> None:
    size = 5 * 1024 * MIB
    storage.put("huge", Sparse(size, b"the end"))
    before = storage.bytes
    with mounted(storage, tmp_path / "data") as folder, (folder / "huge").open("rb") as file:
        assert os.fstat(file.fileno()).st_size == size
        file.seek(-7, os.SEEK_END)
        assert file.read() == b"the end"
        file.seek(2 * 1024 * MIB)
        assert file.read(10) == bytes(10)
        assert storage.bytes - before < 4 * MIB


def test_a_hundred_thousand_files(storage: Storage, tmp_path: Path) -> None:
    for number in range(100_000):
        storage.put(f"{number % 100:02}/{number:06}", b"x")
    with mounted(storage, tmp_path / "data", 30) as folder:
        assert (folder / "00/000000").read_bytes() == b"x"
        assert sum(len(names) for _, _, names in os.walk(folder)) == 100_000
        assert (folder / "99/099999").read_bytes() == b"x"
    assert storage.pages == 100


def test_the_first_file_can_be_read_while_others_are_still_listed(storage: Storage, tmp_path: Path) -> None:
    for number in range(10):
        storage.put(str(number), b"x")
    storage.page_size, storage.page_seconds = 1, 0.15
    with mounted(storage, tmp_path / "data") as folder:
        assert (folder / "0").read_bytes() == b"x"
        assert storage.pages < 10
        assert not (folder / "none").exists()
        assert storage.pages == 10


def test_servers_that_tell_no_sizes_and_give_no_parts(storage: Storage, tmp_path: Path) -> None:
    storage.knows_ranges = storage.knows_sizes = False
    for name, size in (("a", 0), ("b", 10), ("c", 3 * MIB + 5)):
        storage.put(name, os.urandom(size))
    with mounted(storage, tmp_path / "data") as folder:
        assert {name: (folder / name).stat().st_size for name in storage.files} == {"a": 0, "b": 10, "c": 3 * MIB + 5}
        assert content_of(folder) == storage.files
    assert len(storage.asked) == 3


def test_shares_refuse_conditions(storage: Storage, tmp_path: Path) -> None:
    storage.knows_conditions = False
    storage.put("a", b"1")
    storage.put("b", b"2")
    with mounted(storage, tmp_path / "data") as folder:
        assert (folder / "a").read_bytes() == b"1"
        storage.etags["b"] = '"2"'
        with pytest.raises(OSError, match="Input/output error"):
            (folder / "b").read_bytes()


def test_names_that_no_file_can_have_are_left_out(storage: Storage, tmp_path: Path,
                                                 capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("../out", "/etc/x", "ok", "ok/below", "x" * 300, "\ud800"):
        storage.put(name, b"1")
    with mounted(storage, tmp_path / "data") as folder:
        assert content_of(folder) == {"ok": b"1"}
    assert capfd.readouterr().err.count("is left out") == 5


def test_many_readers_of_one_block_ask_once(storage: Storage, tmp_path: Path) -> None:
    storage.put("a", os.urandom(1000))
    storage.stalled.set()
    with mounted(storage, tmp_path / "data") as folder:
        readers = [threading.Thread(target=(folder / "a").read_bytes) for _ in range(10)]
        for reader in readers:
            reader.start()
        until(lambda: bool(storage.asked))
        storage.moving.set()
        for reader in readers:
            reader.join()
    assert len(storage.asked) == 1
