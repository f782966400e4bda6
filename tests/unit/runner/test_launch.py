"""What is executed, and in which environment."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from runner.errors import RunFailed
from runner.launch import argv, variables
from runner.task import Task, parse


def task(launch: dict[str, Any], **environment: Any) -> Task:
    return parse(json.dumps({
        "run_id": "digits_1", "attempt": 2, "experiment": "digits", "api": "http://host/api/", "token": "secret",
        "snapshot": {"id": "00", "files": 1, "bytes": 1}, "launch": launch,
        "environment": {"python": None, "variables": {}, **environment}, "limits": {}}))


def test_the_users_variables_go_over_the_nodes_and_ours_over_both(tmp_path: Path) -> None:
    given = {"PATH": "/bin", "COLOR": "red", "AZ_BATCH_AUTHENTICATION_TOKEN": "secret", "PYTHONPATH": "/node"}
    found = variables(task({"script": "a.py"}, variables={"COLOR": "blue", "RUNSPOOR_RUN_ID": "forged"}), tmp_path,
                      tmp_path / "tracking", tmp_path / "packages", tmp_path / "access.json", given)

    assert found["COLOR"] == "blue"
    assert found["RUNSPOOR_RUN_ID"] == "digits_1"
    assert found["RUNSPOOR_ATTEMPT"] == "2"
    assert found["RUNSPOOR_TRACKING_DIR"] == str(tmp_path / "tracking")
    assert found["RUNSPOOR_ACCESS_FILE"] == str(tmp_path / "access.json")
    assert found["PYTHONPATH"] == f"{tmp_path / 'packages'}:/node"
    assert "secret" not in found.values()


def test_the_token_is_not_in_the_tasks_text() -> None:
    assert "secret" not in repr(task({"script": "a.py"}))


def test_script_and_command(tmp_path: Path) -> None:
    (tmp_path / "a.py").touch()
    program = tmp_path / "tool.sh"
    program.touch(0o755)

    assert argv(task({"script": "a.py", "arguments": ["-n", 3]}), tmp_path, {}) == [sys.executable, "a.py", "-n", "3"]
    assert argv(task({"command": ["python", "-m", "x"]}), tmp_path, {}) == [sys.executable, "-m", "x"]
    assert argv(task({"command": ["./tool.sh"]}), tmp_path, {}) == [str(program)]


@pytest.mark.parametrize(("launch", "code"), [
    ({"script": "none.py"}, "ScriptNotFound"), ({"command": ["./none.sh"]}, "ScriptNotFound"),
    ({"command": ["no-such-program"]}, "ScriptNotFound")])
def test_what_is_not_there(tmp_path: Path, launch: dict[str, Any], code: str) -> None:
    with pytest.raises(RunFailed, match="the snapshot is empty") as caught:
        argv(task(launch), tmp_path, {"PATH": "/usr/bin"})
    assert caught.value.code == code
