"""Many callers at once, and cancellation in every phase: one end each, and the true one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from tests.end_to_end.api import Api, until
from tests.end_to_end.intercepted import SCRIPT, Intercepted

Answer = TypeVar("Answer")
OBEDIENT = """
import signal, sys, time
def stop(*_):
    open("outputs/partial.txt", "w").write("kept")
    print("stopping", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("ready", flush=True)
time.sleep(300)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
while True:
    time.sleep(1)
"""


def at_once(number: int, call: Callable[[int], Answer]) -> list[Answer]:
    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(call, range(number)))


def cancel(api: Api, run_id: str, **body: str) -> httpx.Response:
    return api.http.post(f"runs/{run_id}/cancel", json=body)


def assert_canceled_once(api: Api, run_id: str) -> None:
    types = api.types(run_id)
    run = api.run(run_id)
    assert (run["status"], types.count("run.ended"), types.count("run.cancel_requested")) == ("Canceled", 1, 1)
    assert isinstance(run["reason"], dict)
    assert run["reason"]["code"] == "Canceled"


def reported(api: Api, run_id: str) -> object:
    """What the node says of the attempt."""
    (ended,) = (event["data"] for event in api.events(run_id) if event["type"] == "run.attempt_ended")
    assert isinstance(ended, dict)
    return ended["report"]["outcome"]


def printed(api: Api, run_id: str) -> str:
    return api.http.get(f"runs/{run_id}/logs/user_logs/std_log.txt").text


def test_canceling_and_completing_at_once_gives_one_true_end(world: Intercepted, tmp_path: Path) -> None:
    """The scripts end at the moment in which many callers cancel."""
    go = tmp_path / "go"
    script = f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.01)\n" + SCRIPT
    ids = [world.api.submit(script) for _ in range(2)]
    for run_id in ids:
        world.api.wait(run_id, "Running")
    go.touch()
    answers = at_once(8, lambda n: cancel(world.api, ids[n % 2]))
    assert {answer.status_code for answer in answers} <= {202, 409}
    for run_id in ids:
        run = world.api.wait(run_id)
        types = world.api.types(run_id)
        assert types.count("run.ended") == 1
        assert types.count("run.cancel_requested") <= 1
        assert run["status"] == ("Completed" if reported(world.api, run_id) == "succeeded" else "Canceled")
        if "run.cancel_requested" not in types:
            world.assert_completed_once(run_id)


def test_cancel_before_the_first_step(world: Intercepted) -> None:
    trap = world.proxy.trap("queue", "POST", "/reactions/messages")
    run_id = world.api.submit(SCRIPT)
    trap.wait()
    assert world.api.run(run_id)["status"] == "NotStarted"
    assert at_once(4, lambda _: cancel(world.api, run_id).status_code) == [202] * 4
    trap.opened.set()
    world.api.wait(run_id)
    assert_canceled_once(world.api, run_id)
    assert world.tasks(run_id) == []


def test_cancel_while_no_node_is_there(world: Intercepted) -> None:
    target = world.create_target("held", max_nodes=1)
    world.batch.put(f"/_emulator/pools/{target}/allocation-hold")
    run_id = world.api.submit(SCRIPT, compute_target=target)
    world.api.wait(run_id, "Queued")
    assert cancel(world.api, run_id, reason="changed my mind").status_code == 202
    run = world.api.wait(run_id)
    assert_canceled_once(world.api, run_id)
    assert "changed my mind" in str(run["reason"])
    assert [task.state for task in world.compute.list_tasks(f"j-{target}")] == ["completed"]


def test_cancel_while_the_node_prepares(world: Intercepted) -> None:
    """The node has the attempt, and its script does not run yet for all we know."""
    trap = world.proxy.trap("cosmos", "POST", "/colls/events/docs/?$", "run.script_started")
    run_id = world.api.submit(OBEDIENT)
    world.api.wait(run_id, "Starting")
    trap.wait()
    assert cancel(world.api, run_id).json()["status"] == "CancelRequested"
    trap.opened.set()
    world.api.wait(run_id)
    assert_canceled_once(world.api, run_id)


def test_a_script_that_stops_when_asked_keeps_its_outputs(world: Intercepted) -> None:
    run_id = world.api.submit(OBEDIENT)
    until(lambda: "ready" in printed(world.api, run_id))
    assert cancel(world.api, run_id).json()["status"] == "CancelRequested"
    world.api.wait(run_id)
    assert_canceled_once(world.api, run_id)
    assert printed(world.api, run_id) == "ready\nstopping\n"
    files = world.api.http.get(f"runs/{run_id}/files", params={"prefix": "outputs/"}).json()["value"]
    assert [file["name"] for file in files] == ["outputs/partial.txt"]
    assert cancel(world.api, run_id).status_code == 202


def test_a_script_that_ignores_the_wish_is_killed_after_its_grace(world: Intercepted) -> None:
    run_id = world.api.submit(STUBBORN, grace_seconds=1)
    until(lambda: "ready" in printed(world.api, run_id))
    assert cancel(world.api, run_id).status_code == 202
    world.api.wait(run_id)
    assert_canceled_once(world.api, run_id)


def test_an_ended_run_cannot_be_canceled(world: Intercepted) -> None:
    trap = world.proxy.trap("cosmos", "POST", "/colls/events/docs/?$", "run.ended", times=2)
    run_id = world.api.submit(SCRIPT)
    trap.wait()
    assert world.api.run(run_id)["status"] == "Finalizing"
    assert cancel(world.api, run_id).status_code == 409
    trap.opened.set()
    world.api.wait(run_id)
    assert cancel(world.api, run_id).status_code == 409
    world.assert_completed_once(run_id)


@pytest.mark.parametrize("what", ["tags", "properties"])
def test_pairs_set_at_once_are_all_kept(world: Intercepted, what: str) -> None:
    run_id = world.api.submit("import time; time.sleep(0.2)")

    def write(number: int) -> bool:
        answer = world.api.http.post(f"runs/{run_id}/{what}", json={what: {f"name{number}": str(number)}})
        assert answer.status_code == 200, answer.text
        pairs = world.api.run(run_id)[what]
        assert isinstance(pairs, dict)
        return bool(pairs[f"name{number}"] == str(number))

    assert all(at_once(12, write))
    assert world.api.run(run_id)[what] == {f"name{number}": str(number) for number in range(12)}


def test_points_written_at_once_are_all_kept(world: Intercepted) -> None:
    run_id = world.api.submit(SCRIPT)

    def write(number: int) -> bool:
        body = {"metrics": [{"name": "score", "values": [number]}]}
        assert world.api.http.post(f"runs/{run_id}/metrics", json=body).status_code == 201
        return number in world.api.http.get(f"runs/{run_id}/metrics/score").json()["values"]

    assert all(at_once(12, write))
    assert sorted(world.api.http.get(f"runs/{run_id}/metrics/score").json()["values"]) == list(range(12))
    world.api.wait(run_id)
    assert sorted(world.api.http.get(f"runs/{run_id}/metrics/score").json()["values"]) == list(range(12))


def test_a_submission_sent_again_while_the_first_is_in_flight_is_one_run(world: Intercepted) -> None:
    trap = world.proxy.trap("cosmos", "POST", "/colls/events/docs/?$", "run.submitted", act="hold after")
    snapshot = world.api.snapshot({"train.py": SCRIPT})
    body = {"experiment": "tests", "snapshot_id": snapshot, "compute_target": "cpu", "script": "train.py"}

    def send(number: int) -> httpx.Response:
        if number:
            trap.wait()
        answer = world.api.http.post("runs", json=body, headers={"Idempotency-Key": "twice"})
        trap.opened.set()
        return answer

    answers = at_once(3, send)
    assert sorted(answer.status_code for answer in answers) == [200, 200, 201]
    (run_id,) = {answer.json()["run_id"] for answer in answers}
    world.api.wait(run_id)
    world.assert_completed_once(run_id)
