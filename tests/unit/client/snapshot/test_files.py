"""Walking a source folder: links, odd names, what cannot be read, and limits."""

import hashlib
import os
import socket
from pathlib import Path

import pytest
from runspoor import errors
from runspoor.snapshot import files
from runspoor.snapshot.files import source

from shared.domain import limits


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "source"
    (made / "lib").mkdir(parents=True)
    (made / "train.py").write_text("train")
    (made / "train.py").chmod(0o755)
    (made / "lib" / "model.py").write_text("model")
    return made


def contents(folder: Path) -> dict[str, str]:
    return {file.found.path: file.read().decode() for file in source(folder).files}


def notes(folder: Path) -> list[str]:
    return [str(note) for note in source(folder).notes]


def test_a_folder_is_its_files_by_path(folder: Path) -> None:
    first, second = source(folder).files
    assert first.entry() == {"path": "lib/model.py", "sha256": hashlib.sha256(b"model").hexdigest(), "size": 5,
                             "executable": False}
    assert (second.found.path, second.found.executable) == ("train.py", True)
    assert source(folder).bytes == 10


def test_one_file_is_a_folder_of_its_own(folder: Path) -> None:
    assert contents(folder / "train.py") == {"train.py": "train"}


def test_links_within_the_folder_are_followed_silently(folder: Path) -> None:
    (folder / "again.py").symlink_to("train.py")
    (folder / "library").symlink_to(folder / "lib")
    assert contents(folder) == {"train.py": "train", "again.py": "train", "lib/model.py": "model",
                                "library/model.py": "model"}
    assert notes(folder) == []


def test_links_that_lead_out_are_followed_and_said(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "shared.py").write_text("shared")
    (folder / "one.py").symlink_to(outside / "shared.py")
    (folder / "all").symlink_to("../outside")
    assert contents(folder).keys() == {"train.py", "lib/model.py", "one.py", "all/shared.py"}
    assert notes(folder) == [f"all: a link that leads out of the folder, taken from {outside}",
                             f"one.py: a link that leads out of the folder, taken from {outside / 'shared.py'}"]


def test_links_never_loop(folder: Path, tmp_path: Path) -> None:
    (folder / "lib" / "up").symlink_to("..")
    (folder / "self").symlink_to(".")
    (folder / "out").symlink_to(tmp_path)
    (folder / "mirror").symlink_to("mirror")
    assert contents(folder).keys() == {"train.py", "lib/model.py"}
    assert "lib/up: left out, a link to a folder it lies in" in notes(folder)
    assert "self: left out, a link to a folder it lies in" in notes(folder)
    assert "mirror: left out, a link that leads nowhere" in notes(folder)


def test_links_do_not_lead_into_git(folder: Path) -> None:
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("secret")
    (folder / "config").symlink_to(".git/config")
    (folder / "history").symlink_to(".git")
    assert contents(folder).keys() == {"train.py", "lib/model.py"}
    assert notes(folder) == ["config: left out, a link into .git", "history: left out, a link into .git"]


def test_a_link_that_is_ignored_is_not_spoken_of(folder: Path) -> None:
    (folder / ".amlignore").write_text("gone\nup\n")
    (folder / "gone").symlink_to("nowhere")
    (folder / "lib" / "up").symlink_to("..")
    assert notes(folder) == []


def test_what_is_neither_file_nor_folder_is_left_out_and_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(folder / "fifo")
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        assert contents(folder).keys() == {"train.py", "lib/model.py"}
        assert notes(folder) == ["fifo: left out, neither a file nor a folder",
                                 "socket: left out, neither a file nor a folder"]


@pytest.mark.parametrize("name", ["a b.py", "ü.py", "数.txt", "-rf", "100%.txt", "[x].py", "*", "a'b\".py", ".hidden"])
def test_odd_names_are_names(folder: Path, name: str) -> None:
    (folder / name).write_text(name)
    assert contents(folder)[name] == name


def test_a_name_that_cannot_be_said_is_refused_unless_it_is_ignored(folder: Path) -> None:
    (folder / os.fsdecode(b"\xff.txt")).write_text("x")
    with pytest.raises(errors.SnapshotError, match="not UTF-8: rename it"):
        source(folder)
    (folder / ".amlignore").write_text("*.txt\n")
    assert contents(folder).keys() == {".amlignore", "train.py", "lib/model.py"}


def test_a_file_that_cannot_be_read_is_named(folder: Path) -> None:
    # Readable for nobody, not even for root.
    (folder / "memory").symlink_to("/proc/self/mem")
    with pytest.raises(errors.SnapshotError, match=r"memory cannot be read .*name it in \.amlignore"):
        source(folder)


def test_what_is_no_folder_with_files(tmp_path: Path) -> None:
    with pytest.raises(errors.SnapshotError, match="is not a folder"):
        source(tmp_path / "none")
    with pytest.raises(errors.SnapshotError, match="has no files"):
        source(tmp_path)


def test_limits_are_those_of_the_backend() -> None:
    assert (files.FILES, files.BYTES) == (limits.SNAPSHOT_FILES, limits.SNAPSHOT_BYTES)


def test_a_folder_that_is_too_large_is_refused_by_its_sizes_alone(folder: Path) -> None:
    with (folder / "data.bin").open("wb") as file:
        file.truncate(400_000_000_000)
    with pytest.raises(errors.SnapshotError) as caught:
        source(folder)
    assert "has 400,000,000,010 bytes and a snapshot may have 314,572,800 (300 MiB)" in str(caught.value)
    assert "data.bin (400,000,000,000 bytes)" in str(caught.value)


def test_a_folder_with_too_many_files_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "FILES", 1)
    with pytest.raises(errors.SnapshotError, match="has 2 files and a snapshot may have 1: leave data out"):
        source(folder)


def test_a_file_that_changed_is_noticed(folder: Path) -> None:
    file = source(folder).files[0]
    file.found.where.write_text("other")
    with pytest.raises(errors.Corrupt, match=r"lib/model\.py was changed"):
        file.read()
