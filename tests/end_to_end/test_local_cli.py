"""``python -m local up`` and ``exec``."""

import signal
import socket
from contextlib import closing
from pathlib import Path

import pytest

from tests.end_to_end.command_line import left, run, start, up
from tests.end_to_end.conftest import until

SCRIPT = "print('seen by the next start')"
PROBE = """
import os, sys, urllib.request
with urllib.request.urlopen(os.environ["RUNSPOOR_URL"] + "/health") as answer:
    assert answer.status == 200
open(sys.argv[1], "w").write(os.environ["RUNSPOOR_KEY"] + " " + os.environ["MINE"])
sys.exit(3)
"""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_exec_points_the_command_at_a_running_system_and_exits_with_its_code(tmp_path: Path) -> None:
    temporary, seen = tmp_path / "tmp", tmp_path / "seen"
    temporary.mkdir()
    done = run("exec", "--", "python3", "-c", PROBE, str(seen),
               environment={"TMPDIR": str(temporary), "MINE": "kept", "RUNSPOOR_KEY": "of another system"})
    assert done.returncode == 3, done.stderr
    key, mine = seen.read_text().split()
    assert mine == "kept"
    assert len(key) > 20
    assert list(temporary.iterdir()) == []
    assert left(temporary) == []


def test_exec_of_a_command_that_does_not_exist(state: Path) -> None:
    done = run("exec", "--state", str(state), "--", "no-such-command")
    assert done.returncode == 127
    assert "no-such-command cannot be run: No such file or directory." in done.stderr
    assert left(state) == []


def test_exec_passes_a_termination_on_to_the_command(state: Path) -> None:
    process = start("exec", "--state", str(state), "--", "sh", "-c", "echo begun; exec sleep 100")
    assert process.stdout
    assert process.stdout.readline() == "begun\n"
    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM
    assert left(state) == []


def test_ctrl_c_ends_all_and_the_next_start_shows_earlier_runs(state: Path, port: int) -> None:
    with up(port, state) as first:
        assert first.environment["RUNSPOOR_URL"] == f"http://127.0.0.1:{port}/api"
        assert first.api.http.post("compute-targets", json={"name": "cpu", "vm_size": "standard_d2s_v3"}).is_success
        run_id = first.api.submit(SCRIPT)
        before = first.api.wait(run_id)
        refused = run("up", "--port", str(port), "--state", str(state))
        assert refused.returncode == 1
        assert refused.stderr == f"Another system runs on {state}: stop it, or take another directory (--state).\n"
        assert first.end(signal.SIGINT) == 0
        assert left(state) == []
    with up(port, state) as second:
        assert second.environment == first.environment
        assert second.api.run(run_id) == before
        until(lambda: run_id in [each["run_id"] for each in second.api.http.get("runs").json()["value"]])
        assert second.api.http.get(f"runs/{run_id}/logs/user_logs/std_log.txt").text == "seen by the next start\n"
        second.process.kill()
        until(lambda: not left(state), 15, lambda: f"servers whose parent was killed end by themselves: {left(state)}")


def test_a_port_that_is_taken_is_named(state: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        number = taken.getsockname()[1]
        done = run("up", "--port", str(number), "--state", str(state))
    assert done.returncode == 1
    assert done.stderr == f"Port {number} is taken: stop what listens there, or name another with --port.\n"
    assert left(state) == []
