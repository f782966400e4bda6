"""Runs on two nodes through the public surface: the app, Batch's multi-instance tasks, real Open MPI."""

import sys
from typing import Any

import pytest

from tests.end_to_end.api import until
from tests.end_to_end.conftest import Api

pytestmark = pytest.mark.usefixtures("pair")
ON_TWO_NODES: dict[str, Any] = {"compute_target": "pair", "environment": {"python": sys.executable}}
MPI = {"kind": "mpi", "nodes": 2, "processes": 4}
ALLREDUCE = """
import os, runspoor
from mpi4py import MPI
world = MPI.COMM_WORLD
total = world.allreduce(world.rank + 1)
print(world.rank, "of", world.size, total)
runspoor.log("total", total)
open(f"outputs/{world.rank}.txt", "w").write(MPI.Get_processor_name())
open(os.path.join(os.environ["RUNSPOOR_OUTPUT_model"], f"{world.rank}.bin"), "w").write("weights")
"""
FAILING = """
from mpi4py import MPI
if MPI.COMM_WORLD.rank == 3:
    raise ValueError("no data")
MPI.COMM_WORLD.barrier()
"""
WAITING = """
import os, signal, sys, time
from mpi4py import MPI
rank = MPI.COMM_WORLD.rank
def tidy(*_):
    open(f"outputs/saved-{rank}.txt", "w").write("saved")
    sys.exit(1)
signal.signal(signal.SIGTERM, tidy)
print("ready", flush=True)
while True:
    time.sleep(0.05)
"""


def log(api: Api, run_id: str, name: str) -> str:
    answer = api.http.get(f"runs/{run_id}/logs/{name}")
    return answer.text if answer.status_code == 200 else ""


def test_an_allreduce_over_two_nodes(api: Api) -> None:
    run_id = api.submit(ALLREDUCE, distribution=MPI, outputs={"model": {}}, **ON_TWO_NODES)
    run = api.wait(run_id, seconds=90)

    assert run["status"] == "Completed", (run, log(api, run_id, "system_logs/runner.log"))
    assert [log(api, run_id, f"logs/{rank // 2}/{rank}.txt") for rank in range(4)] == [
        f"{rank} of 4 10\n" for rank in range(4)]
    assert log(api, run_id, "user_logs/std_log.txt") == "0 of 4 10\n"
    assert api.http.get(f"runs/{run_id}/metrics/total").json()["values"] == [10] * 4
    written = api.http.get(f"runs/{run_id}").json()["outputs"][0]
    assert (written["files"], written["bytes"], written["complete"]) == (4, 28, True)
    nodes = run["nodes"]
    assert isinstance(nodes, list)
    assert len(set(nodes)) == 2
    files = {each["name"] for each in api.http.get(f"runs/{run_id}/files").json()["value"]}
    assert files >= {"outputs/0.txt", "outputs/1.txt", "outputs/node-1/2.txt", "outputs/node-1/3.txt"}
    names = [api.http.get(api.http.get(f"runs/{run_id}/files/{path}").json()["url"]).text
             for path in ("outputs/0.txt", "outputs/1.txt", "outputs/node-1/2.txt", "outputs/node-1/3.txt")]
    assert names[0] == names[1] != names[2] == names[3]


def test_a_rank_that_fails_is_named(api: Api) -> None:
    run_id = api.submit(FAILING, distribution=MPI, **ON_TWO_NODES)
    run = api.wait(run_id, seconds=90)

    assert (run["status"], run["exit_code"]) == ("Failed", 1), log(api, run_id, "system_logs/runner.log")
    assert "rank 3 on node 1" in str(run["reason"])
    assert "ValueError: no data" in str(run["reason"])


def test_all_ranks_may_tidy_up_after_a_cancellation(api: Api) -> None:
    run_id = api.submit(WAITING, distribution=MPI, **ON_TWO_NODES)
    until(lambda: all("ready" in log(api, run_id, f"logs/{rank // 2}/{rank}.txt") for rank in range(4)), 90,
          lambda: str(api.run(run_id)))
    assert api.http.post(f"runs/{run_id}/cancel", json={}).status_code < 300
    run = api.wait(run_id, seconds=60)

    assert run["status"] == "Canceled"
    files = {each["name"] for each in api.http.get(f"runs/{run_id}/files").json()["value"]}
    assert {path for path in files if "saved" in path} == {
        "outputs/saved-0.txt", "outputs/saved-1.txt", "outputs/node-1/saved-2.txt", "outputs/node-1/saved-3.txt"}
