"""Many runs submitted at once to few nodes: does each end well, once, and in its turn; and what is the service's part?

RUNSPOOR_BENCH_RUNS: how many; 500 without it.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.measure import Result, processor_seconds
from bench.target import Target

RUNS = int(os.environ.get("RUNSPOOR_BENCH_RUNS", "500"))
NODES, CALLERS, READERS = 8, 16, 4
AT_ONCE = 6
"""Messages of the queue that one host works on at once (host.json): runs that close overtake each other."""
LOOK_SECONDS = 0.5
SCRIPT = """
import pathlib, sys
pathlib.Path("outputs").mkdir(exist_ok=True)
pathlib.Path("outputs/square.txt").write_text(str(int(sys.argv[1]) ** 2))
print("squared", sys.argv[1])
"""
ONCE = ("run.submitted", "run.attempt_opened", "run.attempt_started", "run.ended")


def at_once(target: Target) -> list[Result]:
    """Time per run and processor time of the service per run, against the bare script, as many at once."""
    warm(target, "many", NODES)
    host = target.system.host.pid
    started, used = time.perf_counter(), processor_seconds(host)
    runs = submitted(target, RUNS)
    for run_id in runs:
        target.finish(run_id, LOOK_SECONDS)
    taken, used = time.perf_counter() - started, processor_seconds(host) - used
    overtaken = check(target, runs)
    by_hand, processor = _by_hand()
    name = f"{RUNS} runs at once on {NODES} nodes"
    return [Result(f"{name}: time per run", taken / RUNS * 1000, "python train.py by hand, 8 at once",
                   by_hand / RUNS * 1000, "ms"),
            Result(f"{name}: processor time of the service per run", used / RUNS * 1000,
                   "processor time of python train.py", processor / RUNS * 1000, "ms"),
            Result(f"{name}: most that overtook one", overtaken, "nodes, and reactions at once", NODES + AT_ONCE,
                   "runs")]


def warm(target: Target, name: str, nodes: int) -> None:
    """A compute target of so many nodes, all of them there and free."""
    target.post("compute-targets", {"name": name, "vm_size": "standard_d2s_v3", "min_nodes": nodes, "max_nodes": nodes})
    while _free(target, name) < nodes:
        time.sleep(LOOK_SECONDS)


def _free(target: Target, name: str) -> int:
    pool = target.get(f"compute-targets/{name}")["pool"]
    return int(pool["nodes"].get("idle", 0)) if isinstance(pool, dict) else 0


def submitted(target: Target, count: int) -> list[str]:
    """Submit as many runs by several callers; their ids in the order in which the service took them."""
    snapshot = target.snapshot(SCRIPT)

    def submit(number: int) -> tuple[str, str]:
        run = target.post("runs", {
            "experiment": "many", "compute_target": "many", "script": "train.py", "snapshot_id": snapshot,
            "arguments": [str(number)], "run_id": f"many_run{number:04}"})
        return str(run["submitted_at"]), str(run["run_id"])

    with ThreadPoolExecutor(CALLERS) as pool:
        return [run_id for _, run_id in sorted(pool.map(submit, range(count)))]


def check(target: Target, runs: Sequence[str]) -> int:
    """The most runs that began before one that had been submitted before them.

    Raises when a run's file or log is wrong, when something happened to it twice, and when there is no order.
    """
    with ThreadPoolExecutor(READERS) as pool:
        started = list(pool.map(lambda run_id: _checked(target, run_id), runs))
    overtaken = [sum(other < at for other in started[place + 1:]) for place, at in enumerate(started)]
    if sum(overtaken) / len(runs) > NODES + AT_ONCE:
        raise RuntimeError(f"they started in another order: {overtaken}")
    return max(overtaken)


def _checked(target: Target, run_id: str) -> str:
    """When the run started."""
    number = int(run_id.removeprefix("many_run"))
    file = target.get(f"runs/{run_id}/files/outputs/square.txt")
    found = target.http.get(str(file["url"])).text, target.text(f"runs/{run_id}/logs/user_logs/std_log.txt")
    events = target.get(f"runs/{run_id}/events", limit=100)["value"]
    assert isinstance(events, list)
    types = [str(event["type"]) for event in events]
    if found != (str(number**2), f"squared {number}\n") or [types.count(each) for each in ONCE] != [1] * len(ONCE):
        raise RuntimeError(f"{run_id} left {found}; its events are {types}")
    return str(target.get(f"runs/{run_id}")["started_at"])


def _by_hand() -> tuple[float, float]:
    """Seconds and processor seconds of all runs of the script, as many at once as there are nodes."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "train.py").write_text(SCRIPT)

        def once(number: int) -> None:
            subprocess.run([sys.executable, "train.py", str(number)], cwd=folder, check=True, capture_output=True)

        started, used = time.perf_counter(), _of_children()
        with ThreadPoolExecutor(NODES) as pool:
            list(pool.map(once, range(RUNS)))
        return time.perf_counter() - started, _of_children() - used


def _of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
