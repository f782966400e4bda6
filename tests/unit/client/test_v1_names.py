"""``import azureml`` under compatibility, without it, and with the real packages about; each in a clean process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CLIENT = Path(__file__).resolve().parents[3] / "client"
SCRIPT = """
import sys
import azureml.core
from azureml.core import Experiment, Run, Workspace
from azureml.core.run import Run as Same
from azureml.train.sklearn import SKLearn
import helper
assert Run is Same and azureml.core.workspace.Workspace is Workspace
print(azureml.core.VERSION, __name__, sys.argv[1:], helper.HERE)
Run.get_context().log("accuracy", 0.5)
"""
OUTPUT = ["1.61.0 __main__ ['--rate', '0.1'] beside", "Attempted to log scalar metric accuracy:", "0.5"]


def python(*arguments: str, cwd: Path | None = None, path: Path = CLIENT,
           options: tuple[str, ...] = ("-S",)) -> subprocess.CompletedProcess[str]:
    """``-S``: no installed package at all, so that only the standard library is there."""
    return subprocess.run([sys.executable, *options, *arguments], cwd=cwd, capture_output=True, text=True, check=False,
                          timeout=60, env={"PYTHONPATH": str(path), "PATH": os.environ["PATH"], "HOME": "/none"})


def printed(code: str, path: Path = CLIENT) -> list[str]:
    done = python("-c", code, path=path)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "train.py").write_text(SCRIPT)
    (tmp_path / "helper.py").write_text("HERE = 'beside'")
    return tmp_path


@pytest.mark.parametrize("start", [["-m", "runspoor.v1", "train.py"], ["-m", "runspoor.v1", "-m", "train"]])
def test_a_script_and_a_module_run_unchanged(folder: Path, start: list[str]) -> None:
    done = python(*start, "--rate", "0.1", cwd=folder)
    assert done.stdout.splitlines() == OUTPUT, done.stderr


def test_a_script_elsewhere_finds_its_neighbours(folder: Path) -> None:
    done = python("-m", "runspoor.v1", str(folder / "train.py"), "--rate", "0.1")
    assert done.stdout.splitlines() == OUTPUT, done.stderr


def test_the_exit_code_is_the_scripts(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("raise SystemExit(7)")
    assert python("-m", "runspoor.v1", "train.py", cwd=tmp_path).returncode == 7


@pytest.mark.parametrize("start", [["train.py"], ["-m", "train"]])
def test_a_traceback_begins_in_the_script(tmp_path: Path, start: list[str]) -> None:
    (tmp_path / "train.py").write_text("def f():\n    raise ValueError('no')\nf()")
    done = python("-m", "runspoor.v1", *start, cwd=tmp_path)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert [line for line in lines if line.startswith("  File")] == [
        line for line in lines if "train.py" in line and line.endswith(("line 3, in <module>", "line 2, in f"))]
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-1] == "ValueError: no"


def test_a_script_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "odd.py").write_text("def :")
    assert python("-m", "runspoor.v1", "odd.py", cwd=tmp_path).stderr.splitlines()[-1].startswith("SyntaxError")
    assert "runspoor" not in python("-m", "runspoor.v1", "odd.py", cwd=tmp_path).stderr
    absent = python("-m", "runspoor.v1", "absent.py", cwd=tmp_path)
    assert (absent.returncode, absent.stderr) == (2, "runspoor: There is no file 'absent.py' here.\n")
    module = python("-m", "runspoor.v1", "-m", "absent", cwd=tmp_path)
    assert (module.returncode, module.stderr) == (1, "ImportError: No module named absent\n")


def test_without_a_script_it_says_how() -> None:
    done = python("-m", "runspoor.v1")
    assert done.returncode == 1
    assert done.stderr.startswith("usage: ")


def test_the_first_line_of_a_notebook() -> None:
    assert printed("import runspoor.v1; from azureml.core import VERSION; print(VERSION)") == ["1.61.0"]


def test_not_asked_for_nothing_answers() -> None:
    code = "import runspoor.sdk.exceptions\ntry:\n import azureml\nexcept ImportError as e: print(e)"
    assert printed(code) == ["No module named 'azureml'"]


def test_processes_that_a_script_starts_have_the_names(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(
        "import multiprocessing as m, azureml.core as c\n"
        "def version(): print(c.VERSION)\n"
        "if __name__ == '__main__':\n"
        "    m.get_context('spawn').Process(target=version).start()\n")
    done = python("-m", "runspoor.v1", "train.py", cwd=tmp_path, options=())
    assert done.stdout.splitlines() == ["1.61.0"], done.stderr


@pytest.mark.parametrize(("statement", "kind", "says"), [
    ("from azureml.core import Webservice; Webservice()", "NotOffered", "azureml.core.Webservice is not offered by"),
    ("from azureml.core.compute import AksCompute; AksCompute.list", "NotOffered", "use AmlCompute"),
    ("import azureml.pipeline.steps", "ImportError", "The module azureml.pipeline is not offered"),
    ("import azureml.core.webservice", "NotOffered", "The module azureml.core.webservice is not offered"),
    ("from azureml.core import Workspaces", "ImportError", "cannot import name 'Workspaces'"),
    ("import azureml.nonesuch", "ModuleNotFoundError", "No module named 'azureml.nonesuch'"),
    ("from azureml.core import Model; Model.deploy", "NotOffered", "azureml.core.Model.deploy is not offered"),
    ("import azureml.core; azureml.core.nonesuch", "AttributeError", "has no attribute 'nonesuch'"),
])
def test_what_is_not_there_says_so(statement: str, kind: str, says: str) -> None:
    code = (f"import runspoor.v1\nfrom runspoor.sdk.exceptions import NotOffered\ntry:\n {statement}\n"
            f"except {kind} as e: print(getattr(e, 'message', e))")
    assert says in " ".join(printed(code))


def test_what_is_only_imported_does_no_harm() -> None:
    code = "import runspoor.v1\nfrom azureml.core.compute import AksCompute\nprint(isinstance(1, AksCompute))"
    assert printed(code) == ["False"]


def test_installed_packages_are_not_seen(tmp_path: Path) -> None:
    real(tmp_path)
    code = (f"import sys; sys.path.append({str(CLIENT)!r}); import runspoor.v1, azureml.core\n"
            "print(azureml.core.VERSION)")
    assert printed(code, path=tmp_path) == ["1.61.0"]


def test_two_kinds_of_azureml_do_not_mix(tmp_path: Path) -> None:
    real(tmp_path)
    code = (f"import sys, azureml.core; sys.path.append({str(CLIENT)!r})\n"
            "try: import runspoor.v1\nexcept ImportError as e: print(e)")
    [says] = printed(code, path=tmp_path)
    assert says.startswith(f"azureml.core is already imported from {tmp_path}")
    assert "before the first import of azureml" in says


def real(folder: Path) -> None:
    """Something installed under the name."""
    (folder / "azureml" / "core").mkdir(parents=True)
    (folder / "azureml" / "__init__.py").touch()
    (folder / "azureml" / "core" / "__init__.py").write_text("VERSION = 'real'")


def test_all_that_runs_inside_a_script_needs_the_standard_library_only() -> None:
    names = [".".join(path.relative_to(CLIENT).with_suffix("").parts)
             for package in ("sdk", "v1", "widget") for path in (CLIENT / "runspoor" / package).rglob("*.py")
             if path.stem not in ("__main__", "sitecustomize")]
    code = f"import importlib\nfor name in {names!r}: importlib.import_module(name.removesuffix('.__init__'))"
    assert printed(code) == []


def test_every_name_can_be_imported_with_the_standard_library_only() -> None:
    code = ("import importlib, runspoor.v1\nfrom runspoor.v1.names import OFFERED\n"
            "for module, names in OFFERED.items():\n"
            " for name in names: getattr(importlib.import_module(module), name)")
    assert printed(code) == []
