"""Which files are a run's, and under which names."""

import os
from pathlib import Path

import pytest

from runner.files import regular_files
from runner.names import trouble_with


@pytest.mark.parametrize("name", ["a", "outputs/a b.txt", "ü/日本", "...", "a..b", "#%?", "-", "x" * 900])
def test_allowed_names(name: str) -> None:
    assert trouble_with(name) is None


@pytest.mark.parametrize("name", ["", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a\\b", "a\nb", "a\0b",
                                  "\x7f", "x" * 901, "bad-\udcff"])
def test_refused_names(name: str) -> None:
    assert trouble_with(name)


def test_links_are_followed_inside_only(tmp_path: Path) -> None:
    root = tmp_path / "outputs"
    (root / "deep").mkdir(parents=True)
    (tmp_path / "outputs-secret").write_text("not to be shipped")
    (root / "deep" / "file").write_text("x")
    os.symlink("deep", root / "folder")
    os.symlink("deep/file", root / "alias")
    os.symlink("../outputs-secret", root / "outside")
    os.symlink("/etc", root / "etc")
    os.symlink("..", root / "deep" / "up")
    os.symlink(".", root / "loop")
    os.symlink("nothing", root / "broken")
    left_out: list[str] = []

    found = regular_files(root, "outputs", left_out.append)

    assert [file.name for file in found] == ["outputs/alias", "outputs/deep/file", "outputs/folder/file"]
    assert len([line for line in left_out if "outside'" in line or "etc'" in line]) == 2


def test_no_folder_no_files(tmp_path: Path) -> None:
    assert regular_files(tmp_path / "none", "logs") == []
