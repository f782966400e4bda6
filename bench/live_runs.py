"""How soon the service reacts, and how long its reconciler takes, while few runs live and while many do.

RUNSPOOR_BENCH_LIVE: how many live in the end; 2,000 without it.
"""

import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import ResourceNotFoundError

from bench.many_runs import warm
from bench.measure import Result
from bench.target import Target
from local.system import BATCH_KEY
from shared.domain.ids import job_id, task_id

LIVE = int(os.environ.get("RUNSPOOR_BENCH_LIVE", "2000"))
PROBES, CALLERS = 21, 8
LOOK_SECONDS = 0.05
ON_TARGET = "held"
WAITS = "import time\ntime.sleep(86400)\n"


def grown(target: Target) -> list[Result]:
    """From ``POST runs`` to the task's birth in Batch, with few live runs and with many, half of them interactive."""
    warm(target, ON_TARGET, 1)
    batch = BatchClient(target.system.batch_url, AzureNamedKeyCredential("local", BATCH_KEY))
    snapshot = target.snapshot(WAITS)
    _submit(target, snapshot)
    few, first_round = _latency(target, batch, snapshot), _reconciled(target)
    live = PROBES + 1
    with ThreadPoolExecutor(CALLERS) as pool:
        queued = list(pool.map(lambda _: _submit(target, snapshot), range((LIVE - live) // 2)))
        list(pool.map(lambda _: target.post("runs", {"experiment": "bench"}), range(LIVE - live - len(queued))))
    for run_id in queued:
        _born(batch, run_id)
    while target.get("runs", limit=100, status="NotStarted")["value"]:
        time.sleep(LOOK_SECONDS)
    many, round_of_all = _latency(target, batch, snapshot), _reconciled(target)
    return [Result(f"POST runs until the task is in Batch, {LIVE:,} live runs", many * 1000, "1 to 21 live runs",
                   few * 1000, "ms"),
            Result(f"a round of the reconciler, {LIVE:,} live runs", round_of_all, f"{live} live runs", first_round,
                   "s")]


def _submit(target: Target, snapshot: str) -> str:
    """Submit a run that waits, or would, if it were its turn."""
    run = target.post("runs", {"experiment": "bench", "compute_target": ON_TARGET, "script": "train.py",
                               "snapshot_id": snapshot, "outputs": {"model": {}}})
    return str(run["run_id"])


def _latency(target: Target, batch: BatchClient, snapshot: str) -> float:
    """The median of some submissions, one after the other, of runs that will wait."""
    taken = []
    for _ in range(PROBES):
        start = time.time()
        taken.append(_born(batch, _submit(target, snapshot)) - start)
    return statistics.median(taken)


def _born(batch: BatchClient, run_id: str) -> float:
    """When Batch got the task of the run's first attempt; waits for it."""
    while True:
        try:
            created = batch.get_task(job_id(ON_TARGET), task_id(run_id, 1)).creation_time
        except ResourceNotFoundError:
            time.sleep(LOOK_SECONDS)
        else:
            assert created
            return created.timestamp()


def _reconciled(target: Target) -> float:
    """Seconds that a round takes, started by hand: its own time is the next full minute."""
    function = target.system.url.removesuffix("/api") + "/admin/functions/reconcile_runs"
    start = time.perf_counter()
    httpx.post(function, headers={"x-functions-key": target.system.state.key}, json={"input": ""}, timeout=600
               ).raise_for_status()
    return time.perf_counter() - start
