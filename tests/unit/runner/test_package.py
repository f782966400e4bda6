"""The zipapp: what is in it, and what it needs."""

import ast
import io
import sys
import zipfile

from runner.package import build

OWN = {"runner", "runspoor"}


def _sources() -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(build())) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_the_same_sources_give_the_same_bytes() -> None:
    """No time of a file and no order of a folder is in them."""
    with zipfile.ZipFile(io.BytesIO(build())) as archive:
        entries = archive.infolist()

    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert all(entry.filename.endswith(".py") for entry in entries)
    assert build() == build()


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
