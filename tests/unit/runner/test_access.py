"""The file by which a script reaches the API."""

import json
import os
import stat
import threading
from pathlib import Path

import pytest

from runner.access import AccessFile
from runner.compatibility import VARIABLES, variables
from runner.task import parse

TOKENS = [f"token-{number}" * 50 for number in range(200)]


@pytest.fixture
def file(tmp_path: Path) -> AccessFile:
    return AccessFile(tmp_path / "access.json", "http://host/api/node")


def test_it_is_for_its_owner_alone(file: AccessFile) -> None:
    before = os.umask(0)
    try:
        file.write("secret")
    finally:
        os.umask(before)
    assert json.loads(file.path.read_text()) == {"url": "http://host/api/node", "token": "secret"}
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def test_a_reader_always_finds_a_whole_one(file: AccessFile) -> None:
    file.write(TOKENS[0])

    def renew() -> None:
        for token in TOKENS:
            file.write(token)

    writer = threading.Thread(target=renew)
    writer.start()
    read = []
    while writer.is_alive():
        read.append(json.loads(file.path.read_text())["token"])
    writer.join()
    assert set(read) <= set(TOKENS)
    assert json.loads(file.path.read_text())["token"] == TOKENS[-1]


def test_what_a_killed_writer_left_is_no_obstacle(file: AccessFile) -> None:
    file.path.with_suffix(".new").write_text("{")
    file.write("secret")
    assert json.loads(file.path.read_text())["token"] == "secret"


def test_once_gone_it_stays_gone(file: AccessFile) -> None:
    file.write("secret")
    file.remove()
    file.write("late")
    file.remove()
    assert list(file.path.parent.iterdir()) == []


def test_a_full_disk_does_not_end_the_run(tmp_path: Path) -> None:
    file = AccessFile(tmp_path / "missing" / "access.json", "http://host/api/node")
    file.write("secret")
    assert not file.path.exists()


@pytest.mark.parametrize("compatibility", [None, "unknown", *VARIABLES])
def test_the_variables_of_another_sdk(compatibility: str | None) -> None:
    task = parse(json.dumps({
        "run_id": "digits_1", "attempt": 1, "experiment": "digits {0}", "api": "http://host/api", "token": "secret",
        "snapshot": {"id": "00", "files": 1, "bytes": 1}, "launch": {"script": "a.py"}, "environment": {}, "limits": {},
        "compatibility": compatibility}))
    found = variables(task)
    if compatibility in VARIABLES:
        assert (found["AZUREML_RUN_ID"], found["AZUREML_ARM_PROJECT_NAME"]) == ("digits_1", "digits {0}")
        assert "secret" not in "".join(found.values())
    else:
        assert found == {}
