"""What every ``DatastoreFiles`` does. An adapter's test class inherits one of these and says how to make one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from shared.application.data_ports import DatastoreFiles, StorageTrouble

AWKWARD = ["ü b#%.txt", "a/b c/数.txt", "+&=.txt", "100%25/~x'(1).csv", "ein/Größe/[0]{1}$@!;,.csv"]
TREE = ["a-b", "a.txt", "a/0", "a/b.txt", "a/b/c", "a/b/d/e", "a/b0", "a0", "b/a", "c"]
"""Sorted as paths are: what stands for a folder sorts by its slash."""


def soon() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=5)


class DatastoreFilesContract:
    """``make`` gives an empty container; ``make_missing`` one that does not exist."""

    def make(self) -> DatastoreFiles:
        raise NotImplementedError

    def make_missing(self) -> DatastoreFiles:
        raise NotImplementedError

    def write(self, files: DatastoreFiles, *paths: str, data: bytes | None = None) -> None:
        """Make files; the content of each is its path when no ``data`` is given."""
        raise NotImplementedError

    @pytest.fixture
    def files(self) -> DatastoreFiles:
        return self.make()

    def test_it_is_made_once(self, files: DatastoreFiles) -> None:
        missing = self.make_missing()
        with pytest.raises(StorageTrouble, match="there is no"):
            missing.check()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: missing.ensure(), range(4)))
        missing.check()
        assert missing.list("") == ([], None)

    def test_what_is_missing_is_said(self) -> None:
        missing = self.make_missing()
        for use in (lambda: missing.look("a"), lambda: missing.list("")):
            with pytest.raises(StorageTrouble, match="there is no"):
                use()

    def test_a_file_is_seen_and_a_folder_is_none(self, files: DatastoreFiles) -> None:
        self.write(files, "a/b.txt", data=b"12345")
        seen = files.look("a/b.txt")
        assert seen
        assert (seen.path, seen.size) == ("a/b.txt", 5)
        assert abs(datetime.now(UTC) - seen.modified) < timedelta(minutes=5)
        assert [files.look(path) for path in ("a", "a/", "a/b.txt/c", "x", "x/y", "a/b.tx")] == [None] * 6

    def test_a_changed_file_has_another_etag(self, files: DatastoreFiles) -> None:
        self.write(files, "x", data=b"1")
        before = files.look("x")
        self.write(files, "x", data=b"2")
        after = files.look("x")
        assert before
        assert after
        assert before.etag != after.etag
        assert after.etag.startswith('"')
        assert after == files.list("x")[0][0]

    def test_lists_are_by_path_and_in_pages(self, files: DatastoreFiles) -> None:
        self.write(files, *reversed(TREE))
        found, cursor = files.list("")
        assert ([file.path for file in found], cursor) == (TREE, None)
        for size in (1, 3, len(TREE)):
            assert self.pages(files, "", size) == TREE

    @pytest.mark.parametrize("prefix", ["a", "a/", "a/b", "a/b/", "a/b/d/e", "b", "nothing", "nothing/here", "c/"])
    def test_a_prefix_is_a_plain_text(self, files: DatastoreFiles, prefix: str) -> None:
        self.write(files, *TREE)
        assert self.pages(files, prefix, 2) == [path for path in TREE if path.startswith(prefix)]

    @pytest.mark.parametrize("prefix", ["..", "../", "../..", "/", "//a", "./", "./a", "a/../", "a/../a/", "a//",
                                        "a/./b", "..\\", "a/..\\..\\b"])
    def test_a_prefix_leads_nowhere_else(self, files: DatastoreFiles, prefix: str) -> None:
        self.write(files, "a/b", "b")
        assert files.list(prefix) == ([], None)

    def pages(self, files: DatastoreFiles, prefix: str, size: int) -> list[str]:
        paths: list[str] = []
        cursor: str | None = None
        while True:
            page, cursor = files.list(prefix, cursor, size)
            paths += [file.path for file in page]
            if cursor is None:
                return paths
            assert page

    def test_any_name_is_kept(self, files: DatastoreFiles) -> None:
        self.write(files, *AWKWARD)
        assert self.pages(files, "", 5000) == sorted(AWKWARD)
        for path in AWKWARD:
            seen = files.look(path)
            assert seen
            assert seen.path == path
            assert files.list(path[:-2])[0] == [seen]


class SignedFilesContract(DatastoreFilesContract):
    """Those whose URLs lead somewhere. ``make_locked``: with a wrong key, ``SECRET``, which no error may say."""

    SECRET = "d3Jvbmcga2V5IG9mIHNvbWVib2R5IGVsc2U="

    def make_locked(self) -> DatastoreFiles:
        raise NotImplementedError

    def send(self, url: str, data: bytes) -> httpx.Response:
        """Write to a URL in the way of the storage."""
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def _connect(self) -> Iterator[None]:
        with httpx.Client() as self.http:
            yield

    def write(self, files: DatastoreFiles, *paths: str, data: bytes | None = None) -> None:
        for path in paths:
            answer = self.send(files.write_url(path, soon()), path.encode() if data is None else data)
            assert answer.status_code == 201, answer.text

    def test_a_wrong_key_is_said_and_not_shown(self) -> None:
        locked = self.make_locked()
        for use in (locked.check, lambda: locked.look("a"), lambda: locked.list(""), locked.ensure):
            with pytest.raises(StorageTrouble, match="refused") as trouble:
                use()
            assert self.SECRET not in str(trouble.value)
            assert "sig=" not in str(trouble.value)

    def test_a_url_is_for_one_file_and_one_right(self, files: DatastoreFiles) -> None:
        self.write(files, "a/x", "a/y", data=b"1")
        read, write = files.read_url("a/x", soon()), files.write_url("a/x", soon())
        assert self.http.get(read).content == b"1"
        assert self.http.get(write).content == b"1"
        assert self.send(read, b"2").status_code == 403
        for url in (read, write):
            assert self.http.get(url.replace("/a/x", "/a/y")).status_code == 403
            assert self.send(url.replace("/a/x", "/a/y"), b"2").status_code == 403
            assert self.send(url.replace("/a/x", "/a/new"), b"2").status_code == 403
            assert self.http.delete(url).status_code == 403
        assert self.send(write, b"2").status_code == 201
        assert self.http.get(read).content == b"2"

    def test_a_url_may_delete_its_file(self, files: DatastoreFiles) -> None:
        self.write(files, "a/x", "a/y", data=b"1")
        url = files.write_url("a/x", soon(), deletes=True)
        assert self.http.delete(url.replace("/a/x", "/a/y")).status_code == 403
        assert self.send(url, b"2").status_code == 201
        assert self.http.delete(url).status_code == 202
        assert [file.path for file in files.list("a/")[0]] == ["a/y"]

    def test_a_url_runs_out(self, files: DatastoreFiles) -> None:
        self.write(files, "x")
        past = datetime.now(UTC) - timedelta(seconds=5)
        assert self.http.get(files.read_url("x", past)).status_code == 403
        assert self.send(files.write_url("x", past), b"2").status_code == 403
        assert files.look("x") == files.list("")[0][0]

    def test_many_write_at_once(self, files: DatastoreFiles) -> None:
        paths = [f"deep/er/{number % 3}/{number}" for number in range(24)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda path: self.write(files, path), paths))
        assert self.pages(files, "deep/", 7) == sorted(paths)

    def test_a_url_leads_to_what_was_listed(self, files: DatastoreFiles) -> None:
        self.write(files, *AWKWARD)
        for seen in files.list("")[0]:
            answer = self.http.get(files.read_url(seen.path, soon()))
            assert (answer.content, answer.headers["etag"]) == (seen.path.encode(), seen.etag)
