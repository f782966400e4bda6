"""Where the files of an input may lie."""

from pathlib import Path

import pytest

from runner.errors import RunFailed
from runner.placing import target


@pytest.mark.parametrize("path", ["../out", "/tmp/out", "a/../../out", "a//b", "", ".", "a\\b", "a\nb", "x" * 901])
def test_names_that_no_file_may_have(tmp_path: Path, path: str) -> None:
    with pytest.raises(RunFailed, match="cannot have this name here") as refused:
        target("digits", tmp_path / "data", path)
    assert refused.value.code == "InputNotAvailable"
    assert list(tmp_path.iterdir()) == []


def test_a_file_lies_below_its_folder(tmp_path: Path) -> None:
    assert target("digits", tmp_path, "a/b c/d") == tmp_path / "a/b c/d"
    assert (tmp_path / "a/b c").is_dir()
