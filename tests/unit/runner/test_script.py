"""The script's processes on a machine that has neither ``prctl`` nor ``/proc``: the process group still ends as one."""

import json
import sys
from pathlib import Path

import pytest

from runner import script
from runner.launch import marker
from runner.script import Script
from runner.stop import Stop, terminated
from runner.task import Task, parse
from tests.end_to_end.api import until
from tests.integration.runner.node import lives

CHILD = "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); " \
        "print(p.pid, flush=True)"


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(script, "_prctl", None)
    monkeypatch.setattr(script, "Path", lambda _: tmp_path / "no-proc")


def task() -> Task:
    return parse(json.dumps({
        "run_id": "digits_1", "attempt": 1, "experiment": "digits", "api": "http://host/api", "token": "secret",
        "snapshot": {"id": "00", "files": 1, "bytes": 1}, "launch": {"script": "a.py"}, "environment": {},
        "limits": {"grace_seconds": 0}, "local": True}))


def started(tmp_path: Path, code: str) -> Script:
    return Script([sys.executable, "-c", code], tmp_path, {}, tmp_path / "std_log.txt")


def test_what_the_script_leaves_behind_is_ended(tmp_path: Path) -> None:
    process = started(tmp_path, CHILD)
    assert process.wait(task(), Stop()) == 0
    child = int((tmp_path / "std_log.txt").read_text())
    assert lives(child)
    process.end_all(marker(task()))
    until(lambda: not lives(child))


def test_a_script_is_stopped(tmp_path: Path) -> None:
    stop = Stop()
    stop.request(terminated(task()))
    assert stop.cause
    assert "on the caller's machine" in stop.cause.message
    assert started(tmp_path, f"{CHILD}; time.sleep(60)").wait(task(), stop) < 0
