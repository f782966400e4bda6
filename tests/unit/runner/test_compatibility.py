"""What a script finds in a run that is to look like another SDK's, and in one that is not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runner.launch import extract_package, variables
from runner.package import build
from runner.task import parse

SCRIPT = """
import sys
print("runspoor.v1" in sys.modules)
try:
    import azureml.core
    print(azureml.core.VERSION)
except ImportError as error:
    print(error)
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packages")
    archive = folder / "runner.pyz"
    archive.write_bytes(build())
    extract_package(archive, folder)
    return folder


def environment(packages: Path, compatibility: str | None, users: str = "") -> dict[str, str]:
    task = parse(json.dumps({
        "run_id": "digits_1", "attempt": 1, "experiment": "digits", "api": "http://host/api", "token": "secret",
        "snapshot": {"id": "00"}, "launch": {"script": "a.py"}, "compatibility": compatibility, "limits": {},
        "environment": {"python": None, "variables": {"PYTHONPATH": users}}}))
    return variables(task, packages, packages, packages, packages, {"PATH": os.environ["PATH"]})


def output(code: str, environment: dict[str, str]) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert not done.stderr
    return done.stdout.splitlines()


def test_the_names_of_v1_are_there_once_they_are_asked_for(packages: Path) -> None:
    assert output(SCRIPT, environment(packages, "azureml-v1")) == ["False", "1.61.0"]


def test_python_processes_of_the_script_have_them_too(packages: Path) -> None:
    child = "import azureml.core; print(azureml.core.VERSION)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    assert output(parent, environment(packages, "azureml-v1")) == ["1.61.0"]


def test_without_the_flag_there_are_none(packages: Path) -> None:
    assert output(SCRIPT, environment(packages, None)) == ["False", "No module named 'azureml'"]


def test_a_run_begun_from_a_script_that_has_the_names_already(packages: Path) -> None:
    users = str(Path(__file__).resolve().parents[3] / "client" / "runspoor" / "v1" / "site")
    code = "import numpy, azureml.core; print(numpy.float(1), azureml.core.VERSION)"
    done = subprocess.run([sys.executable, "-c", code], env=environment(packages, "azureml-v1", users),
                          capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["1.0", "1.61.0"], done.stderr
    assert done.stderr.splitlines() == ["runspoor: numpy.float is gone from the installed release: write float."]


def test_the_users_own_sitecustomize_is_run_as_well(packages: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import builtins; builtins.mine = 'mine'")
    code = "import sitecustomize; print(mine, sitecustomize.__file__); import azureml"
    found = output(code, environment(packages, "azureml-v1", str(tmp_path)))
    assert found == [f"mine {tmp_path / 'sitecustomize.py'}"]
