"""Runs: from submission to the script's first line; metric points from script to merged document."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.measure import Result
from bench.target import Target

FIRST_LINE = "import time\nprint(time.time(), flush=True)\n"
LIST_POINTS = 1_000_000
SINGLE_POINTS = 100_000
LOG_LIST = f"""
import json, runspoor, time
values = [i / 7 for i in range({LIST_POINTS})]
start = time.time()
runspoor.log_list("loss", values)
print(json.dumps(dict(start=start, logged=time.time())))
"""
LOG = f"""
import json, runspoor, time
start = time.time()
for i in range({SINGLE_POINTS}):
    runspoor.log("loss", i / 7)
print(json.dumps(dict(start=start, logged=time.time())))
"""
LOG_V1 = f"""
import json, time
from azureml.core import Run
run = Run.get_context()
start = time.time()
for i in range({SINGLE_POINTS}):
    run.log("loss", i / 7)
print(json.dumps(dict(start=start, logged=time.time())))
"""
PRINT = f"""
import json, sys, time
start = time.time()
for i in range({SINGLE_POINTS}):
    print(i / 7, file=sys.stderr)
print(json.dumps(dict(start=start, logged=time.time())))
"""


def first_line(target: Target) -> Result:
    """Seconds from the submission to the user's first line on a warm pool, against starting the script by hand."""
    through = statistics.median(_first_line(target) for _ in range(5))
    return Result("submit to first line, warm pool", through, "python train.py by hand", _by_hand(), "s")


def _first_line(target: Target) -> float:
    start = time.time()
    run_id = target.submit(FIRST_LINE)
    target.finish(run_id)
    return float(_output(target, run_id)) - start


def _by_hand() -> float:
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "train.py")
        script.write_text(FIRST_LINE)

        def once() -> float:
            start = time.time()
            said = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True).stdout
            return float(said) - start

        return statistics.median(once() for _ in range(5))


def _output(target: Target, run_id: str) -> str:
    return target.text(f"runs/{run_id}/logs/user_logs/std_log.txt")


def points(target: Target) -> list[Result]:
    """Points per second from the script's call to the merged document, and reading a million of them back."""
    printed = _local(PRINT)
    run_id, logged, merged = _logged(target, LOG_LIST)
    start = time.perf_counter()
    _read_back(target, run_id)
    read = time.perf_counter() - start
    _, single, single_merged = _logged(target, LOG)
    _, v1, _ = _logged(target, LOG_V1, compatibility="azureml-v1")
    return [
        Result("log() per call", single / SINGLE_POINTS * 1e6, "print() per call", printed / SINGLE_POINTS * 1e6, "µs"),
        Result("run.log() per call, v1's Run", v1 / SINGLE_POINTS * 1e6, "print() per call",
               printed / SINGLE_POINTS * 1e6, "µs"),
        Result("log(): points from script to merged", SINGLE_POINTS / single_merged, "logged by the script",
               SINGLE_POINTS / single, "/s"),
        Result("log_list: points from script to merged", LIST_POINTS / merged, "logged by the script",
               LIST_POINTS / logged, "/s"),
        Result("1,000,000 points read back", LIST_POINTS / read, "the same as JSON in memory", _json_speed(), "/s"),
    ]


def _local(script: str) -> float:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    return float(said["logged"] - said["start"])


def _logged(target: Target, script: str, **settings: str) -> tuple[str, float, float]:
    """The run, seconds the script took to log, and seconds from its first call to the run's end."""
    run_id = target.submit(script, **settings)
    target.finish(run_id)
    end = time.time()
    said = json.loads(_output(target, run_id))
    return run_id, said["logged"] - said["start"], end - said["start"]


def _read_back(target: Target, run_id: str) -> None:
    after: object = 0
    total = 0
    while after is not None:
        page = target.get(f"runs/{run_id}/metrics/loss", after=str(after), limit=100_000)
        values = page["values"]
        assert isinstance(values, list)
        assert values[0] == total / 7
        total, after = total + len(values), page["next"]
    assert total == LIST_POINTS


def _json_speed() -> float:
    values = [i / 7 for i in range(LIST_POINTS)]
    start = time.perf_counter()
    json.loads(json.dumps(values))
    return LIST_POINTS / (time.perf_counter() - start)
