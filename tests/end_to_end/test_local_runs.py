"""Runs on the caller's own machine, from their submission to every end they can have."""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from azure.storage.blob import BlobServiceClient

from local.system import System
from tests.end_to_end.api import Api, until
from tests.end_to_end.machine import Machine
from tests.end_to_end.problem import refused
from tests.integration.runner.node import lives

LOOP = "import time\nprint('on', flush=True)\nwhile True: time.sleep(.1)"
WORK = """
import os, runspoor
print("hello from", os.environ["RUNSPOOR_RUN_ID"])
runspoor.log("accuracy", 0.5)
runspoor.log("accuracy", 0.75)
runspoor.tag("stage", "done")
open("outputs/model.txt", "w").write("abc")
"""
NewMachine = Callable[[str], Machine]


@pytest.fixture
def machine(api: Api, tmp_path: Path) -> Iterator[NewMachine]:
    made: list[Machine] = []

    def make(run_id: str) -> Machine:
        made.append(Machine(api, tmp_path / f"{run_id}-{len(made)}", run_id))
        return made[-1]

    yield make
    for each in made:
        each.stop()


def submit(api: Api, script: str, *, key: str | None = None, **settings: object) -> str:
    return api.submit(script, key=key, compute_target="local", **settings)


def test_a_local_run_completes(api: Api, machine: NewMachine) -> None:
    run_id = submit(api, WORK, max_attempts=5)
    assert api.run(run_id)["status"] == "NotStarted"
    here = machine(run_id).fetch()
    assert api.run(run_id)["status"] == "Preparing"
    assert here.start().wait() == 0, here.said
    run = api.wait(run_id)
    assert (run["status"], run["attempt"], run["compute_target"]) == ("Completed", 1, "local"), run
    assert run["tags"] == {"stage": "done"}
    assert run["left"] == {"files": 1, "bytes": 3}
    assert api.http.get(f"runs/{run_id}/metrics/accuracy").json()["values"] == [0.5, 0.75]
    assert f"hello from {run_id}" in api.http.get(f"runs/{run_id}/logs/user_logs/std_log.txt").text
    assert "run.attempt_queued" not in api.types(run_id)
    assert api.http.get("experiments/tests").status_code == 200
    assert not (here.home / "access.json").exists()
    refused(here.ask(), 409, "begins once")


def test_a_script_that_fails(api: Api, machine: NewMachine) -> None:
    run_id = submit(api, "raise SystemExit('bad data')")
    assert machine(run_id).fetch().start().wait() == 0
    run = api.wait(run_id)
    assert (run["status"], run["exit_code"]) == ("Failed", 1)
    assert run["last_lines"] == ["bad data"]


FAILING = """
from runspoor import tracking
tracking.fail("first")
tracking.fail("No rows.", "BadData")
open("outputs/kept", "w").write("x")
"""


def test_a_script_that_says_so_has_failed(api: Api, machine: NewMachine) -> None:
    run_id = submit(api, FAILING)
    assert machine(run_id).fetch().start().wait() == 0
    run = api.wait(run_id)
    assert (run["status"], run["exit_code"]) == ("Failed", 0)
    assert run["reason"] == {"code": "BadData", "message": "No rows."}
    assert run["left"] == {"files": 1, "bytes": 1}


def test_the_answer_may_be_asked_for_again(api: Api, machine: NewMachine) -> None:
    """A client whose answer was lost asks again; one that died after the answer is replaced by the next."""
    run_id = submit(api, WORK)
    first = machine(run_id).fetch()
    again = machine(run_id).fetch()
    assert again.task["attempt"] == first.task["attempt"] == 1
    assert api.types(run_id).count("run.attempt_opened") == 1
    assert again.start().wait() == 0
    assert first.start().wait() == 75, "the second to start gives way"
    assert api.wait(run_id)["status"] == "Completed"


def test_two_runners_at_once_are_one_run(api: Api, machine: NewMachine) -> None:
    run_id = submit(api, LOOP, grace_seconds=0)
    first, second = machine(run_id).fetch(), machine(run_id).fetch()
    first.start()
    api.wait(run_id, "Running")
    refused(first.ask(), 409, "begins once")
    assert second.start().wait() == 75
    assert api.run(run_id)["status"] == "Running"
    assert first.process
    assert first.process.poll() is None, "the second did no harm"
    api.http.post(f"runs/{run_id}/cancel")
    assert api.wait(run_id)["status"] == "Canceled"


def test_cancel_while_it_runs(api: Api, machine: NewMachine) -> None:
    run_id = submit(api, LOOP, grace_seconds=0)
    here = machine(run_id).fetch().start()
    api.wait(run_id, "Running")
    assert api.http.post(f"runs/{run_id}/cancel", json={"reason": "wrong data"}).status_code == 202
    assert here.wait() == 0
    run = api.wait(run_id)
    assert run["status"] == "Canceled"
    assert "wrong data" in str(run["reason"])
    assert "run.attempt_ended" in api.types(run_id), "the runner itself reported"


@pytest.mark.parametrize("begun", [False, True])
def test_cancel_before_the_runner_starts(api: Api, machine: NewMachine, *, begun: bool) -> None:
    run_id = submit(api, WORK)
    here = machine(run_id)
    if begun:
        here.fetch()
    api.http.post(f"runs/{run_id}/cancel")
    assert api.wait(run_id)["status"] == "Canceled"
    refused(here.ask(), 409, "Canceled")
    if begun:
        assert here.start().wait() == 75
        assert "hello" not in here.said
    assert api.run(run_id)["status"] == "Canceled"


def test_whoever_stops_the_runner_cancels_the_run(api: Api, machine: NewMachine) -> None:
    run_id = submit(api, LOOP, grace_seconds=0)
    here = machine(run_id).fetch().start()
    api.wait(run_id, "Running")
    here.send(signal.SIGINT)
    assert here.wait() == 0
    run = api.wait(run_id)
    assert run["status"] == "Canceled"
    assert "on the caller's machine" in str(run["reason"])


def test_a_killed_runner_takes_its_script_along(api: Api, machine: NewMachine) -> None:
    run_id = submit(api, f"import os\nprint('pid', os.getpid(), flush=True)\n{LOOP}", grace_seconds=0)
    here = machine(run_id).fetch().start()
    api.wait(run_id, "Running")
    said = here.home / "std_log.txt"
    until(lambda: "on\n" in said.read_text())
    pid = int(said.read_text().split()[1])
    assert lives(pid)
    here.stop()
    until(lambda: not lives(pid))
    api.http.post(f"runs/{run_id}/cancel")
    assert api.wait(run_id, "CancelRequested")["cancel"]


def test_the_machine_gives_signs_of_life(system: System, api: Api, machine: NewMachine) -> None:
    run_id = submit(api, LOOP, grace_seconds=0)
    machine(run_id).fetch().start()
    with BlobServiceClient.from_connection_string(system.storage.connection_string) as blobs:
        sign = blobs.get_blob_client("runs", f"{run_id}/1/alive.json")
        until(sign.exists)
    api.wait(run_id, "Running")
    assert "alive.json" not in str(api.http.get(f"runs/{run_id}/files").json())
    api.http.post(f"runs/{run_id}/cancel")
    assert api.wait(run_id)["status"] == "Canceled"


def test_why(api: Api, machine: NewMachine) -> None:
    run_id = submit(api, LOOP, grace_seconds=0)

    def why() -> dict[str, object]:
        return dict(api.http.get(f"runs/{run_id}/why").json())

    assert why()["waiting_for"] == "caller"
    assert "has not begun" in str(why()["summary"])
    here = machine(run_id).fetch()
    assert "runner" in str(why()["summary"])
    here.start()
    api.wait(run_id, "Running")
    until(lambda: "heard of" in str(why()["next"]))
    assert "caller's machine" in str(why()["summary"])
    assert why()["pool"] is None
    api.http.post(f"runs/{run_id}/cancel")
    assert api.wait(run_id)["status"] == "Canceled"


def test_what_is_not_a_local_run(api: Api) -> None:
    refused(api.http.post("runs/nobody/local-attempt", json={}), 404)
    refused(api.http.post("runs/nobody/local-attempt", json={"x": 1}), 400)
    on_batch = api.submit("print(1)")
    refused(api.http.post(f"runs/{on_batch}/local-attempt", json={}), 409, "not for the caller's machine")
    api.wait(on_batch)
    for name in ("local", "LOCAL"):
        refused(api.http.post("compute-targets", json={"name": name, "vm_size": "standard_d2s_v3"}), 400, "own machine")
    assert api.http.get("compute-targets/local").status_code == 404


def test_the_task_document_of_a_local_run(api: Api, machine: NewMachine) -> None:
    run_id = submit(api, WORK, compatibility="azureml-v1")
    task = machine(run_id).fetch().task
    assert (task["run_id"], task["local"], task["compatibility"]) == (run_id, True, "azureml-v1")
    assert str(task["token"]) not in json.dumps(api.events(run_id))
    api.http.post(f"runs/{run_id}/cancel")
