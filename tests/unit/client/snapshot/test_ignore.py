"""What is left out of a snapshot, compared with what git itself leaves out."""

import subprocess
from pathlib import Path

import pytest
from runspoor.errors import SnapshotError
from runspoor.snapshot.files import source

TREE = ("train.py", "a.log", "keep.log", "data/big.csv", "data/small.csv", "lib/build/x.py", "lib/a.log", "build/y.py",
        "docs/deep/er/page.md", "ü b.txt", "#hash", "x/y/z.txt", "temp/keep/me.py")
RULES = (
    "*.log\n!keep.log\n", "data/*\n!data/small.csv\n", "build/\n", "/build\n", "**/deep/**\n", "\\#hash\nü*\n",
    "temp/\n!temp/keep/me.py\n", "x/**/z.txt\n# a comment\n\n   \n", "*\n!*/\n!*.py\n", "lib\r\n*.md\r\n",
    "[a-k]*.log\n", "/*\n!/lib/\n!/data\n", "*.log\n*.csv\n!/lib/\n!data/\n", "*.csv\n!data/**\n", "build/\n!lib/\n",
    "lib/*\n!lib/build/\n!/temp/\n", "**/*.py\n!**/keep/**\n", "deep\n!docs/\n!docs/deep/er\n", "/**/er/\ndata/**/*\n",
)


def paths(folder: Path) -> set[str]:
    return {file.found.path for file in source(folder).files}


def tree(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def as_git_sees(folder: Path) -> set[str]:
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    told = subprocess.run(["git", "ls-files", "-z", "--others", "--exclude-per-directory=.gitignore"], cwd=folder,
                          capture_output=True, check=True)
    return {name for name in told.stdout.decode().split("\0") if name}


@pytest.mark.parametrize("rules", RULES)
def test_rules_mean_what_they_mean_to_git(tmp_path: Path, rules: str) -> None:
    folder = tree(tmp_path / "source", *TREE)
    (folder / ".gitignore").write_bytes(rules.encode())
    assert paths(folder) == as_git_sees(folder)
    assert ".gitignore" in paths(folder) or "*\n" in rules


def test_amlignore_replaces_gitignore_and_both_are_sent(tmp_path: Path) -> None:
    folder = tree(tmp_path, "a.py", "b.py")
    (folder / ".gitignore").write_text("a.py\n")
    assert paths(folder) == {".gitignore", "b.py"}
    (folder / ".amlignore").write_text("﻿b.py\n", encoding="utf-8")
    assert paths(folder) == {".amlignore", ".gitignore", "a.py"}


def test_only_the_folder_itself_has_an_ignore_file(tmp_path: Path) -> None:
    tree(tmp_path, "source/a.py", "source/sub/b.py")
    (tmp_path / ".gitignore").write_text("*.py\n")
    (tmp_path / "source" / "sub" / ".amlignore").write_text("b.py\n")
    assert paths(tmp_path / "source") == {"a.py", "sub/.amlignore", "sub/b.py"}


def test_git_is_never_sent_and_what_is_worthless_elsewhere_only_when_asked_for(tmp_path: Path) -> None:
    folder = tree(tmp_path, "a.py", ".git/config", "sub/.git", "lib/__pycache__/a.pyc", ".venv/bin/python", ".env")
    assert paths(folder) == {".env", "a.py"}
    (folder / ".amlignore").write_text("!.git\n!.git/config\n!.venv/\n!__pycache__/\n")
    assert paths(folder) == {".amlignore", ".env", ".venv/bin/python", "a.py", "lib/__pycache__/a.pyc"}


def test_a_line_that_is_no_pattern_is_named(tmp_path: Path) -> None:
    (tmp_path / ".amlignore").write_text("!\n")
    with pytest.raises(SnapshotError, match=r"\.amlignore has a line that is no pattern"):
        source(tmp_path)
