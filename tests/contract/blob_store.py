"""What every ``Blobs`` does. An adapter's test class inherits this and says how to make one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from shared.application.ports import Blobs

AWKWARD = ["r/1/outputs/ü b#%?.txt", "r/1/outputs/a/b c/数.txt", "r/1/outputs/+&=.txt"]


class BlobsContract:
    """``make`` gives empty containers."""

    def make(self) -> Blobs:
        raise NotImplementedError

    @pytest.fixture
    def blobs(self) -> Blobs:
        return self.make()

    def test_what_nobody_wrote_is_not_there(self, blobs: Blobs) -> None:
        assert blobs.read("runs", "x") is None
        assert blobs.size("runs", "x") is None
        assert blobs.list("runs", "x") == ([], None)

    def test_what_was_put_is_read(self, blobs: Blobs) -> None:
        assert blobs.put("runs", "x", b"0123456789")
        assert blobs.read("runs", "x") == b"0123456789"
        assert blobs.size("runs", "x") == 10
        assert blobs.read("signals", "x") is None

    def test_a_part_is_read(self, blobs: Blobs) -> None:
        blobs.put("runs", "x", b"0123456789")
        assert blobs.read("runs", "x", 3) == b"3456789"
        assert blobs.read("runs", "x", 3, 4) == b"3456"
        assert blobs.read("runs", "x", 8, 10) == b"89"

    def test_behind_the_end_is_nothing(self, blobs: Blobs) -> None:
        blobs.put("runs", "x", b"01")
        blobs.put("runs", "empty", b"")
        assert (blobs.read("runs", "x", 2), blobs.read("runs", "x", 99, 5)) == (b"", b"")
        assert (blobs.read("runs", "empty"), blobs.size("runs", "empty")) == (b"", 0)

    def test_putting_again_leaves_the_first(self, blobs: Blobs) -> None:
        assert [blobs.put("runs", "x", b"1"), blobs.put("runs", "x", b"2")] == [True, False]
        assert blobs.read("runs", "x") == b"1"
        assert blobs.put("runs", "x", b"3", overwrite=True)
        assert blobs.read("runs", "x") == b"3"

    def test_of_many_that_put_one_wins(self, blobs: Blobs) -> None:
        with ThreadPoolExecutor(8) as pool:
            won = list(pool.map(lambda n: blobs.put("runs", "x", str(n).encode()), range(8)))
        assert won.count(True) == 1
        assert blobs.read("runs", "x") == str(won.index(True)).encode()

    def test_lists_are_by_name_and_in_pages(self, blobs: Blobs) -> None:
        for name in ("r/2/b", "r/1/c", "r/1/a", "r/1/b", "q/1/a"):
            blobs.put("runs", name, b"x")
        first, cursor = blobs.list("runs", "r/1/", limit=2)
        assert ([blob.name for blob in first], [blob.size for blob in first]) == (["r/1/a", "r/1/b"], [1, 1])
        assert cursor
        rest, cursor = blobs.list("runs", "r/1/", cursor, 2)
        assert ([blob.name for blob in rest], cursor) == (["r/1/c"], None)

    def test_any_name_is_kept(self, blobs: Blobs) -> None:
        for name in AWKWARD:
            blobs.put("runs", name, name.encode())
        assert sorted(blob.name for blob in blobs.list("runs", "r/1/")[0]) == sorted(AWKWARD)
        assert [blobs.read("runs", name) for name in AWKWARD] == [name.encode() for name in AWKWARD]

    def test_a_grant_is_the_blob_s_url_and_a_right(self, blobs: Blobs) -> None:
        until = datetime.now(UTC) + timedelta(minutes=5)
        urls = {right: blobs.grant("runs", "r/1/a", right, until) for right in ("read", "create", "write")}
        assert {url.partition("?")[0] for url in urls.values()} == {blobs.url("runs", "r/1/a")}
        assert len(set(urls.values())) == 3
