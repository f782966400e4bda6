"""The zipapp: what is in it, and what it needs."""

import ast
import importlib.util
import io
import subprocess
import sys
import zipfile
from pathlib import Path

from runner.package import ROOT, UNCHECKED, build

OWN = {"runner", "runspoor"}
SHOW = "import runner.script as it; print(it.__file__, it.Script.wait.__code__.co_filename)"


def _sources() -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(build())) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".py")}


def test_the_same_sources_give_the_same_bytes() -> None:
    """No time of a file and no order of a folder is in them."""
    with zipfile.ZipFile(io.BytesIO(build())) as archive:
        entries = archive.infolist()

    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert all(entry.filename.endswith((".py", ".pyc")) for entry in entries)
    assert build() == build()


def test_the_runner_is_there_as_byte_code_too(tmp_path: Path) -> None:
    archive = tmp_path / "runner.pyz"
    archive.write_bytes(build())
    shown = subprocess.run([sys.executable, "-c", SHOW], env={"PYTHONPATH": str(archive)}, cwd=tmp_path, text=True,
                           capture_output=True, check=True).stdout

    assert shown.split() == [f"{archive}/runner/script.pyc", "runner/script.py"]
    assert str(ROOT).encode() not in archive.read_bytes()


def test_another_python_compiles_the_runner_itself(tmp_path: Path) -> None:
    archive = tmp_path / "runner.pyz"
    archive.write_bytes(build().replace(importlib.util.MAGIC_NUMBER + UNCHECKED, b"\0\0\r\n" + UNCHECKED))
    shown = subprocess.run([sys.executable, "-c", "import runner.run; print(runner.run.__file__)"], check=True,
                           env={"PYTHONPATH": str(archive)}, cwd=tmp_path, text=True, capture_output=True).stdout

    assert shown.split() == [f"{archive}/runner/run.py"]


def test_it_holds_runner_and_tracking() -> None:
    assert {"__main__.py", "runner/run.py", "runspoor/__init__.py", "runspoor/tracking.py", "runspoor/v1/names.py",
            "runspoor/v1/site/sitecustomize.py"} <= _sources().keys()


def test_it_needs_the_standard_library_and_python_3_9_only() -> None:
    for name, text in _sources().items():
        if name.startswith("runner/") or name == "runspoor/tracking.py":
            tree = ast.parse(text, name, feature_version=(3, 9))
            assert _imported(tree) <= sys.stdlib_module_names | OWN, name


def _imported(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found
