"""What survives the emulator's end, in order and by ``kill -9``, and what does not survive it."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from azure.core.exceptions import HttpResponseError

from tests.integration.batch_emulator.running import POLL, Running, alive, launch, pool_options, running, until

FORKS = "/bin/bash -c 'setsid sleep 600 & echo $!; (sleep 600 & echo $!; wait) & echo $!; wait'"


def forks(emulator: Running) -> list[int]:
    """Start a task that forks, one child in a session of its own: the process ids."""
    emulator.job("j", emulator.pool("p", nodes=1))
    emulator.task("j", "done", "/bin/true")
    emulator.completed("j", "done")
    emulator.task("j", "forks", FORKS)
    emulator.task_in("running", "j", "forks")
    pids = until(lambda: found if len(found := emulator.read("j", "forks").split()) == 3 else None)
    return [int(pid) for pid in pids]


@pytest.mark.parametrize("end", ["close", "kill"])
def test_nothing_runs_on_and_everything_is_taken_up(state: Path, end: str) -> None:
    first = launch(state)
    pids = forks(first)
    getattr(first, end)()
    until(lambda: not any(alive(pid) for pid in pids))
    with running(state) as second:
        done = second.client.get_task("j", "done")
        assert done.state == "completed"
        assert second.read("j", "done") == ""
        again = second.task_in("running", "j", "forks")
        assert again.execution_info
        assert (again.execution_info.retry_count, again.execution_info.requeue_count) == (0, 0)
        assert second.states("p") == ["running"]


def test_what_was_going_on_goes_on(state: Path) -> None:
    first = launch(state)
    first.faults.put("/pools/p/allocation-hold")
    first.client.create_pool(pool_options("p", target_dedicated_nodes=1))
    first.client.create_pool(
        pool_options("auto", enable_auto_scale=True, auto_scale_formula="$TargetDedicatedNodes=1;")
    )
    until(lambda: first.states("auto") == ["idle"])
    first.job("ending", "auto")
    first.task("ending", "t", "/bin/bash -c 'trap \"\" TERM; while true; do sleep 0.1; done'")
    first.task_in("running", "ending", "t")
    first.client.begin_delete_job("ending", polling_interval=POLL)
    first.kill()
    with running(state) as second:
        until(lambda: second.states("p") == ["idle"])
        until(lambda: "ending" not in [job.id for job in second.client.list_jobs()])
        assert second.client.get_pool("auto").auto_scale_run


def test_an_allocation_that_takes_too_long_is_given_up(state: Path) -> None:
    with running(state) as emulator:
        emulator.faults.put("/pools/p/allocation-hold")
        emulator.client.create_pool(pool_options("p", target_dedicated_nodes=2, resize_timeout=timedelta(seconds=0.2)))
        until(lambda: emulator.client.get_pool("p").allocation_state == "steady")
        errors = emulator.client.get_pool("p").resize_errors or []
        assert ([error.code for error in errors], emulator.states("p")) == (["AllocationTimedOut"], [])


def test_cores_beyond_the_quota_are_not_allocated(state: Path) -> None:
    with running(state, "--core-quota", "5") as emulator:
        emulator.client.create_pool(pool_options("p", target_dedicated_nodes=3))
        until(lambda: emulator.client.get_pool("p").allocation_state == "steady")
        pool = emulator.client.get_pool("p")
        assert pool.current_dedicated_nodes == 2
        assert [error.code for error in pool.resize_errors or []] == ["AccountCoreQuotaReached"]


def test_autoscale_is_enabled_once_in_a_while(state: Path) -> None:
    with running(state, "--enable-autoscale-gap-seconds", "30") as emulator:
        emulator.pool("p", nodes=0)
        options = {"autoScaleFormula": "$TargetDedicatedNodes=0;"}
        emulator.client.enable_pool_auto_scale("p", options)  # type: ignore[arg-type]
        with pytest.raises(HttpResponseError) as refused:
            emulator.client.enable_pool_auto_scale("p", options)  # type: ignore[arg-type]
        assert refused.value.error
        assert refused.value.error.code == "TooManyEnableAutoScaleRequests"


def test_it_stops_when_its_input_closes(state: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "local.batch", "--state", str(state), "--watch-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout
    assert process.stdout.readline().startswith(b"ready ")
    process.communicate(timeout=10)
    assert process.returncode == 0
