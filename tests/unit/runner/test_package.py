"""The zipapp: what is in it, and what it needs."""

import ast
import io
import subprocess
import sys
import zipfile
from importlib.util import MAGIC_NUMBER
from pathlib import Path

from runner.package import ROOT, build

NO_TASK = "task.json cannot be used (FileNotFoundError): it was not made by Runspoor\n"
OWN = {"runner", "runspoor"}


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


def test_every_process_builds_the_same_bytes() -> None:
    """Its name is its digest: compiled code must not depend on what the process did before."""
    script = "import sys; from runner.package import build; sys.stdout.buffer.write(build())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, cwd=ROOT)
    assert done.stdout == build()


def test_compiled_code_stands_beside_its_source_and_is_what_runs(tmp_path: Path) -> None:
    (tmp_path / "runner.pyz").write_bytes(build())
    show = "import sys; sys.path[:] = ['runner.pyz', *sys.path]; import runner.names; print(runner.names.__cached__)"
    done = subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.strip().endswith("names.pyc")


def test_a_node_with_another_python_passes_compiled_code_over(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(build())) as built, zipfile.ZipFile(tmp_path / "runner.pyz", "w") as foreign:
        for name in built.namelist():
            foreign.writestr(name, built.read(name).replace(MAGIC_NUMBER, b"\0\0\r\n"))
    done = subprocess.run([sys.executable, "runner.pyz"], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (70, NO_TASK)


def test_it_holds_runner_and_tracking() -> None:
    assert {"__main__.py", "runner/run.py", "runspoor/__init__.py", "runspoor/tracking.py"} <= _sources().keys()


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
