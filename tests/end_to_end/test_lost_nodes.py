"""Nodes, tasks and pools that vanish under a run, and nodes that go on although they are given up."""

import os
import sys
from pathlib import Path

import pytest

from tests.end_to_end.api import until
from tests.end_to_end.intercepted import SCRIPT, Intercepted

LONG = """
import os, time
open(os.path.join({folder!r}, "pids"), "a").write(str(os.getpid()) + "\\n")
print("attempt", os.environ.get("RUNSPOOR_ATTEMPT"), flush=True)
while not os.path.exists(os.path.join({folder!r}, "go")):
    time.sleep(0.05)
""" + SCRIPT
WRITING = """
import os, pathlib, sys, time
folder, attempt = pathlib.Path(sys.argv[1]), os.environ["RUNSPOOR_ATTEMPT"]
(folder / f"of_{attempt}").write_text(attempt)
(folder / "both").write_text(attempt)
while attempt == "1":
    time.sleep(0.05)
"""


class Long:
    """A run that goes on until the test lets it, attempt after attempt."""

    def __init__(self, world: Intercepted, folder: Path, compute_target: str = "cpu", max_attempts: int = 3) -> None:
        self.world, self._folder = world, folder
        self.id = world.api.submit(
            LONG.format(folder=str(folder)), compute_target=compute_target, max_attempts=max_attempts)

    def running(self, attempt: int) -> None:
        """Wait until the script of this attempt runs; what the node says is looked after by hand, too."""
        until(lambda: len(self.pids) == attempt, 30, lambda: str(self.world.api.run(self.id)))
        until(lambda: self.at() == ("Running", attempt), 20, lambda: str(self.world.api.run(self.id)))
        until(lambda: f"attempt {attempt}" in self.log(attempt))

    def at(self) -> tuple[object, object]:
        run = self.world.api.run(self.id)
        return run["status"], run["attempt"]

    def log(self, attempt: int) -> str:
        answer = self.world.api.http.get(f"runs/{self.id}/logs/user_logs/std_log.txt", params={"attempt": attempt})
        return answer.text

    @property
    def pids(self) -> list[int]:
        file = self._folder / "pids"
        return [int(line) for line in file.read_text().split()] if file.exists() else []

    def go(self) -> None:
        (self._folder / "go").touch()

    def reconciled(self, *wanted: object) -> None:
        """Compare with Batch until the run is where it should be: its status and attempt."""
        self.world.reconcile_until(lambda: self.at() == wanted)

    def lose_node(self, **parameters: str) -> None:
        self.world.fault(f"/pools/cpu/nodes/{self.world.node(self.id)}/lose", **parameters)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_run_whose_node_is_lost_runs_again(world: Intercepted, tmp_path: Path) -> None:
    long = Long(world, tmp_path)
    long.running(1)
    long.lose_node()
    world.reconcile_until(lambda: long.at()[1] == 2)
    long.go()
    world.api.wait(long.id)
    world.assert_completed_once(long.id, attempt=2)
    assert world.api.types(long.id).count("run.attempt_lost") == 1
    assert long.log(1) == "attempt 1\n"
    assert long.log(2).splitlines() == ["attempt 2", "hello"]


def test_a_node_that_goes_on_after_it_was_given_up_is_stopped(world: Intercepted, tmp_path: Path) -> None:
    long = Long(world, tmp_path)
    long.running(1)
    (first,) = long.pids
    long.lose_node(leave_processes="true")
    assert alive(first)
    world.reconcile_until(lambda: long.at()[1] == 2)
    long.running(2)
    refused = world.api.http.post(f"runs/{long.id}/attempts/1/grants", json={"write": ["outputs/a"]}, headers={
        "Authorization": f"Bearer {world.token(long.id, 1)}"})
    assert refused.status_code == 403
    late = {"attempt": 1, "outcome": "failed", "exit_code": 1}
    world.put_blob("signals", f"{long.id}/1/completed.json", late)
    until(lambda: "run.late_report_ignored" in world.api.types(long.id))
    assert long.at() == ("Running", 2)
    long.go()
    world.api.wait(long.id)
    world.assert_completed_once(long.id, attempt=2)
    until(lambda: not alive(first), 45)


def test_a_run_out_of_attempts_fails(world: Intercepted, tmp_path: Path) -> None:
    long = Long(world, tmp_path, max_attempts=1)
    long.running(1)
    long.lose_node()
    long.reconciled("Failed", 1)
    run = world.api.run(long.id)
    assert isinstance(run["reason"], dict)
    assert run["reason"]["code"] == "AttemptsExhausted"
    assert "node was lost" in str(run["reason"]["message"])
    assert run["last_lines"] == ["attempt 1"]
    assert world.api.types(long.id).count("run.ended") == 1


@pytest.mark.parametrize("what", ["/pools/{pool}", "/jobs/j-{pool}/tasks/{run}-a1"])
def test_what_is_deleted_under_a_run_is_made_again(world: Intercepted, tmp_path: Path, what: str) -> None:
    pool = world.create_target(f"gone-{what.count('/')}", max_nodes=1)
    long = Long(world, tmp_path, compute_target=pool)
    long.running(1)
    world.delete_in_batch(what.format(pool=pool, run=long.id))
    world.reconcile_until(lambda: long.at()[1] == 2)
    long.go()
    world.reconcile_until(lambda: long.at()[0] == "Completed")
    world.assert_completed_once(long.id, attempt=2)


def test_a_run_whose_job_is_deleted_is_made_again(world: Intercepted, tmp_path: Path) -> None:
    """Batch ends the task in order, so the node reports that it was stopped; nobody had asked for that."""
    pool = world.create_target("jobless", max_nodes=1)
    long = Long(world, tmp_path, compute_target=pool)
    long.running(1)
    world.delete_in_batch(f"/jobs/j-{pool}")
    world.reconcile_until(lambda: long.at()[1] == 2)
    long.go()
    world.reconcile_until(lambda: long.at()[0] == "Completed")
    world.assert_completed_once(long.id, attempt=2)
    (lost,) = [event for event in world.api.events(long.id) if event["type"] == "run.attempt_lost"]
    assert "nobody had canceled" in str(lost["data"])


def test_a_report_that_never_arrives_ends_the_run(world: Intercepted, tmp_path: Path) -> None:
    """The runner has written everything, and then somebody has deleted its report before it was seen."""
    trap = world.proxy.trap("cosmos", "POST", "/colls/events/docs/?$", "run.attempt_ended", act="hold before")
    long = Long(world, tmp_path)
    long.running(1)
    long.go()
    trap.wait()
    world.system.host.kill()
    world.blobs.get_blob_client("signals", f"{long.id}/1/completed.json").delete_blob()
    world.restart_host()
    long.reconciled("Failed", 1)
    run = world.api.run(long.id)
    assert isinstance(run["reason"], dict)
    assert run["reason"]["code"] == "NoReport"
    assert run["last_lines"] == ["attempt 1", "hello"]


def test_a_lost_node_and_the_files_it_had_written(world: Intercepted) -> None:
    """Both runs lose their node. One is tried again, and has the files of that try; the other keeps what it had."""
    runs = {"tried-again": 2, "given-up": 1}
    for run_id, attempts in runs.items():
        world.api.submit(WRITING, run_id=run_id, arguments=[{"output": "model"}], max_attempts=attempts,
                         outputs={"model": {"register_as": {"name": run_id}}})
    for run_id in runs:
        listed = world.blobs.get_blob_client("runs", f"{run_id}/1/written/model.jsonl")
        world.reconcile_until(listed.exists, 60)
    for run_id in runs:
        world.fault(f"/pools/cpu/nodes/{world.node(run_id)}/lose")
    world.reconcile_until(lambda: world.api.run("given-up")["status"] == "Failed", 60)
    until(lambda: world.written("given-up")["dataset"] is not None)
    kept = world.written("given-up")
    assert (kept["files"], kept["complete"], kept["registered_as"]) == (2, False, None)
    assert world.files_written("given-up") == {"of_1": "1", "both": "1"}
    world.reconcile_until(lambda: world.api.run("tried-again")["status"] == "Completed", 60)
    made = world.written("tried-again")
    assert (made["files"], made["complete"], made["others"], made["version"]) == (2, True, 1, 1)
    assert world.files_written("tried-again") == {"of_2": "2", "both": "2"}


CHECKPOINTS = """
import os, pathlib, time
here = pathlib.Path("outputs")
if (here / "epoch.txt").exists():
    named = pathlib.Path(os.environ["RUNSPOOR_INPUT_earlier_outputs"])
    print("goes on after", (here / "epoch.txt").read_text(), named.samefile(here))
    (here / "model.txt").write_text("done")
else:
    (here / "removed.txt").write_text("x")
    (here / "epoch.txt").write_text("7")
    time.sleep(8)
    (here / "removed.txt").unlink()
    print("kept", flush=True)
    time.sleep(600)
"""


def test_a_spot_node_that_is_taken_away_leaves_its_checkpoints_to_the_next_attempt(world: Intercepted) -> None:
    pool = world.create_target("spot", max_nodes=1, vm_priority="low_priority")
    run_id = world.api.submit(CHECKPOINTS, compute_target=pool)
    kept = world.blobs.get_blob_client("runs", f"{run_id}/1/checkpoints.jsonl")
    world.reconcile_until(lambda: kept.exists() and b"removed" not in kept.download_blob().readall(), 60)
    world.fault(f"/pools/{pool}/nodes/{world.node(run_id)}/preempt")
    world.reconcile_until(lambda: world.api.run(run_id)["status"] == "Completed", 60)
    log = world.api.http.get(f"runs/{run_id}/logs/user_logs/std_log.txt").text
    assert log == "goes on after 7 True\n"
    files = world.api.http.get(f"runs/{run_id}/files", params={"prefix": "outputs/"}).json()["value"]
    assert [file["name"] for file in files] == ["outputs/epoch.txt", "outputs/model.txt"]
    run = world.api.run(run_id)
    assert run["attempt"] == 2
    assert float(str(run["node_seconds"])) > 5


ON_TWO = """
import os, pathlib, time
rank, earlier = int(os.environ["OMPI_COMM_WORLD_RANK"]), os.environ.get("RUNSPOOR_INPUT_earlier_outputs")
if earlier:
    print("goes on after", (pathlib.Path(earlier) / ("node-1" if rank else ".") / "epoch.txt").read_text())
else:
    pathlib.Path("outputs/epoch.txt").write_text(str(7 + rank))
    time.sleep(600)
"""


def test_a_run_on_two_nodes_begins_anew_when_its_second_one_is_taken_away(world: Intercepted) -> None:
    pool = world.create_target("spots", vm_priority="low_priority")
    run_id = world.api.submit(ON_TWO, compute_target=pool, distribution={"kind": "mpi", "nodes": 2},
                              environment={"python": sys.executable})
    kept = [world.blobs.get_blob_client("runs", f"{run_id}/1/checkpoints{node}.jsonl") for node in ("", "-node-1")]
    world.reconcile_until(lambda: all(each.exists() for each in kept), 60)
    shown = world.api.http.get(f"compute-targets/{pool}/nodes").json()["value"]
    assert [(node["state"], node["run_id"]) for node in shown] == [("running", run_id)] * 2
    (second,) = {node["node_id"] for node in shown} - {world.node(run_id)}
    world.fault(f"/pools/{pool}/nodes/{second}/preempt")
    world.reconcile_until(lambda: world.api.run(run_id)["status"] == "Completed", 60)
    assert world.api.run(run_id)["attempt"] == 2
    for name, epoch in (("user_logs/std_log.txt", 7), ("logs/1/1.txt", 8)):
        assert world.api.http.get(f"runs/{run_id}/logs/{name}").text == f"goes on after {epoch}\n"
