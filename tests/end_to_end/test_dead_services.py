"""kill -9 of what the host depends on, and of everything at once."""

import os
import signal
from pathlib import Path

import pytest

from local.state import open_state
from local.system import System
from tests.end_to_end.api import ENDED, Api, until
from tests.end_to_end.intercepted import SCRIPT, Intercepted

WAITING = """
import os, time
while not os.path.exists({go!r}):
    time.sleep(0.05)
""" + SCRIPT


@pytest.fixture
def go(tmp_path: Path) -> Path:
    """The file for which a waiting script waits."""
    return tmp_path / "go"


def test_the_event_store_is_killed_under_a_running_run(world: Intercepted, go: Path) -> None:
    run_id = world.api.submit(WAITING.format(go=str(go)))
    world.api.wait(run_id, "Running")
    world.system.cosmos.kill()
    go.touch()
    assert world.api.http.get(f"runs/{run_id}").status_code == 503
    world.system.start_cosmos()
    world.api.wait(run_id)
    world.assert_completed_once(run_id)


def test_batch_is_killed_under_a_running_run(world: Intercepted, go: Path) -> None:
    """Its nodes are lost with it: the run is made again."""
    run_id = world.api.submit(WAITING.format(go=str(go)))
    world.api.wait(run_id, "Running")
    world.system.batch.kill()
    go.touch()
    world.system.start_batch()
    world.reconcile_until(lambda: world.api.run(run_id)["status"] == "Completed")
    world.assert_completed_once(run_id, attempt=2)
    lost = [event for event in world.api.events(run_id) if event["type"] == "run.attempt_lost"]
    assert len(lost) == 1


def test_the_runner_is_killed(world: Intercepted, go: Path) -> None:
    """The task ends without a report: the run fails, says so, and shows what the script had printed."""
    pid = go.with_name("runner")
    script = f'import os; open({str(pid)!r}, "w").write(str(os.getppid()))\nprint("the last words", flush=True)\n'
    run_id = world.api.submit(script + WAITING.format(go=str(go)))
    world.api.wait(run_id, "Running")
    log = f"runs/{run_id}/logs/user_logs/std_log.txt"
    until(lambda: "the last words" in world.api.http.get(log).text)
    os.kill(int(pid.read_text()), signal.SIGKILL)
    world.reconcile_until(lambda: world.api.run(run_id)["status"] in ENDED)
    run = world.api.run(run_id)
    assert (run["status"], run["attempt"]) == ("Failed", 1)
    assert isinstance(run["reason"], dict)
    assert run["reason"]["code"] == "NoReport"
    assert run["last_lines"] == ["the last words"]
    assert world.api.types(run_id).count("run.ended") == 1


def test_everything_is_killed_and_started_again(tmp_path: Path, go: Path) -> None:
    root = tmp_path / "state"
    with System(open_state(root)) as system:
        api = Api(system.url, system.state.key)
        body = {"name": "cpu", "vm_size": "standard_d2s_v3", "min_nodes": 1}
        assert api.http.post("compute-targets", json=body).status_code == 201
        ended = api.submit(SCRIPT)
        before = api.wait(ended)
        running = api.submit(WAITING.format(go=str(go)), run_id="running")
        api.wait(running, "Running")
        api.http.close()
        for server in (system.host, system.batch, system.cosmos):
            server.kill()
    go.touch()
    with System(open_state(root)) as system:
        api = Api(system.url, system.state.key)
        assert api.run(ended) == before
        run = api.wait(running)
        assert (run["status"], run["attempt"]) == ("Completed", 2)
        assert api.types(running).count("run.ended") == 1
        api.http.close()
