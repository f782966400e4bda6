"""A run on two nodes against bare mpirun of the same program on the same two nodes."""

import shlex
import statistics
import sys
import time

from azure.batch import BatchClient
from azure.batch import models as m
from azure.core.credentials import AzureNamedKeyCredential

from bench.many_runs import warm
from bench.measure import Result
from bench.target import POLL_SECONDS, Target
from local.system import BATCH_KEY
from shared.domain.ids import job_id

NODES, TIMES = 2, 5
PROGRAM = """
import time
from mpi4py import MPI
assert MPI.COMM_WORLD.allreduce(1) == 2
if MPI.COMM_WORLD.rank == 0:
    print(time.time(), flush=True)
"""
BARE = """
import os, subprocess, sys, time
words = ["mpirun", "--allow-run-as-root", "--host", os.environ["AZ_BATCH_HOST_LIST"], "--map-by", "slot",
         "--bind-to", "none", "-np", "2", sys.executable, "-m", "mpi4py", "-c", PROGRAM]
start = time.time()
said = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout
print(float(said) - start)
"""
"""What a task on two nodes does by itself, on the first of them."""


def launch(target: Target) -> Result:
    """Seconds from the submission to rank 0's first line, against those from the start of mpirun."""
    warm(target, "pair", NODES)
    through = statistics.median([_through(target) for _ in range(TIMES + 1)][1:])
    batch = BatchClient(target.system.batch_url, AzureNamedKeyCredential("local", BATCH_KEY))
    bare = statistics.median(_bare(batch, number) for number in range(TIMES))
    return Result("run of 2 ranks on 2 nodes, submit to first line, warm pool", through,
                  "bare mpirun on the same nodes", bare, "s")


def _through(target: Target) -> float:
    start = time.time()
    run_id = target.submit(PROGRAM, compute_target="pair", environment={"python": sys.executable},
                           distribution={"kind": "mpi", "nodes": NODES})
    target.finish(run_id)
    return float(target.text(f"runs/{run_id}/logs/user_logs/std_log.txt")) - start


def _bare(batch: BatchClient, number: int) -> float:
    job, task = job_id("pair"), f"bare-{number}"
    program = BARE.replace("PROGRAM", repr(PROGRAM))
    batch.create_task(job, m.BatchTaskCreateOptions(
        id=task, command_line=shlex.join([sys.executable, "-c", program]),
        multi_instance_settings=m.MultiInstanceSettings(number_of_instances=NODES, coordination_command_line="true")))
    while (done := batch.get_task(job, task)).state != m.BatchTaskState.COMPLETED:
        time.sleep(POLL_SECONDS)
    if done.execution_info is None or done.execution_info.exit_code != 0:
        raise RuntimeError(f"bare mpirun failed: {_file(batch, job, task, 'stderr.txt')}")
    return float(_file(batch, job, task, "stdout.txt"))


def _file(batch: BatchClient, job: str, task: str, name: str) -> str:
    return b"".join(batch.download_task_file(job, task, name)).decode()
