"""Jobs: how they take, hold back and end tasks."""

from datetime import timedelta

import pytest
from azure.batch import models as m
from azure.core.exceptions import HttpResponseError

from tests.integration.batch_emulator.running import POLL, Running, alive, until


def test_a_terminated_job_ends_its_tasks_and_takes_no_more(emulator: Running, job: str) -> None:
    for task_id in ("a", "b", "c"):
        emulator.task(job, task_id, "/bin/sleep 600")
    emulator.task_in("running", job, "b")
    emulator.client.begin_terminate_job(job, {"terminateReason": "enough"}, polling_interval=POLL).result()  # type: ignore[arg-type]
    until(lambda: emulator.client.get_job(job).state == "completed")
    info = emulator.client.get_job(job).execution_info
    assert info
    assert info.termination_reason == "enough"
    assert all(task.state == "completed" for task in emulator.client.list_tasks(job))
    with pytest.raises(HttpResponseError) as refused:
        emulator.task(job, "d", "/bin/true")
    assert refused.value.error
    assert refused.value.error.code == "JobCompleted"


def test_a_deleted_job_is_gone_with_its_tasks(emulator: Running, job: str) -> None:
    emulator.task(job, "t1", "/bin/sleep 600")
    emulator.task_in("running", job, "t1")
    emulator.client.begin_delete_job(job, polling_interval=POLL).result()
    with pytest.raises(HttpResponseError) as refused:
        emulator.client.get_job(job)
    assert refused.value.error
    assert refused.value.error.code == "JobNotFound"


@pytest.mark.parametrize(("what", "state"), [("requeue", "active"), ("terminate", "completed")])
def test_a_disabled_job_runs_nothing_until_enabled(emulator: Running, job: str, what: str, state: str) -> None:
    emulator.task(job, "t1", "/bin/sleep 600")
    emulator.task_in("running", job, "t1")
    emulator.client.begin_disable_job(job, m.BatchJobDisableOptions(disable_tasks=what), polling_interval=POLL).result()
    assert emulator.client.get_job(job).state == "disabled"
    assert emulator.client.get_task(job, "t1").state == state
    emulator.task(job, "t2", "/bin/true")
    assert emulator.client.get_task(job, "t2").state == "active"
    emulator.client.begin_enable_job(job, polling_interval=POLL).result()
    emulator.completed(job, "t2")
    emulator.client.begin_delete_job(job, polling_interval=POLL).result()


def test_a_requeued_task_runs_again_at_once_in_the_same_place(emulator: Running, name: str) -> None:
    emulator.job(name, emulator.pool(name, nodes=1))
    emulator.task(name, "t1", "/bin/bash -c 'setsid sleep 600 & echo $$; wait'")
    emulator.task_in("running", name, "t1")
    first = int(until(lambda: emulator.read(name, "t1")))
    emulator.client.begin_disable_job(name, m.BatchJobDisableOptions(disable_tasks="requeue"), polling_interval=POLL)
    until(lambda: emulator.client.get_job(name).state == "disabled")
    emulator.client.begin_enable_job(name, polling_interval=POLL)
    info = emulator.task_in("running", name, "t1").execution_info
    assert info
    assert info.requeue_count == 1
    second = int(until(lambda: emulator.read(name, "t1")))
    assert second != first
    assert alive(second)
    assert not alive(first)
    emulator.client.terminate_task(name, "t1")


def test_a_job_ends_with_its_last_task_when_asked(emulator: Running, pool: str, name: str) -> None:
    job = emulator.job(name, pool)
    emulator.task(job, "t1", "/bin/true")
    emulator.completed(job, "t1")
    emulator.client.update_job(job, m.BatchJobUpdateOptions(all_tasks_complete_mode="terminatejob"))
    until(lambda: emulator.client.get_job(job).state == "completed")
    info = emulator.client.get_job(job).execution_info
    assert info
    assert info.termination_reason == "AllTasksCompleted"


def test_a_job_ends_when_its_time_is_over(emulator: Running, pool: str, name: str) -> None:
    job = emulator.job(name, pool, constraints=m.BatchJobConstraints(max_wall_clock_time=timedelta(seconds=1)))
    emulator.task(job, "t1", "/bin/sleep 600")
    emulator.completed(job, "t1")
    until(lambda: emulator.client.get_job(job).state == "completed")
    info = emulator.client.get_job(job).execution_info
    assert info
    assert info.termination_reason == "MaxWallClockTimeExpiry"


def test_a_job_of_higher_priority_goes_first(emulator: Running, name: str) -> None:
    emulator.pool(name, nodes=1)
    emulator.faults.put(f"/pools/{name}/scheduling-hold")
    low, high = emulator.job(f"{name}-low", name), emulator.job(f"{name}-high", name, priority=5)
    emulator.task(low, "t1", "/bin/true")
    emulator.task(high, "t1", "/bin/sleep 600")
    emulator.faults.delete(f"/pools/{name}/scheduling-hold")
    emulator.task_in("running", high, "t1")
    assert emulator.client.get_task(low, "t1").state == "active"
    emulator.client.begin_delete_job(high, polling_interval=POLL).result()
    emulator.completed(low, "t1")


def test_a_replaced_job_gets_defaults_for_what_is_not_named(emulator: Running, pool: str, name: str) -> None:
    job = emulator.job(name, pool, priority=5)
    emulator.client.replace_job(job, m.BatchJob(pool_info=m.BatchPoolInfo(pool_id=pool)))
    assert emulator.client.get_job(job).priority == 0


def test_a_job_needs_an_existing_pool(emulator: Running, name: str) -> None:
    with pytest.raises(HttpResponseError) as refused:
        emulator.job(name, "no-such-pool")
    assert refused.value.error
    assert refused.value.error.code == "PoolNotFound"
