"""What is asked to go wrong does, and is seen as Batch would show it."""

import time

import pytest
from azure.core.exceptions import HttpResponseError

from tests.integration.batch_emulator.running import POLL, Running, alive, client, pool_options, until


def working(emulator: Running, name: str) -> tuple[str, int]:
    """A pool and job ``name`` whose task "t1" runs: its node and process id."""
    emulator.pool(name, nodes=1)
    emulator.job(name, name)
    emulator.task(name, "t1", "/bin/sh -c 'echo $$; sleep 600'")
    node = emulator.task_in("running", name, "t1").node_info
    assert node
    assert node.node_id
    return node.node_id, int(until(lambda: emulator.read(name, "t1")))


@pytest.mark.parametrize("how", ["lose", "preempt", "break"])
def test_the_task_of_a_lost_node_runs_again(emulator: Running, name: str, how: str) -> None:
    node, pid = working(emulator, name)
    assert emulator.faults.post(f"/pools/{name}/nodes/{node}/{how}").status_code == 204
    until(lambda: not alive(pid))
    info = emulator.client.get_task(name, "t1").execution_info
    assert info
    assert (info.retry_count, info.requeue_count) == (0, 0)
    if how == "break":
        assert emulator.states(name) == ["unusable"]
        assert emulator.client.get_task(name, "t1").state == "active"
    else:
        again = emulator.task_in("running", name, "t1").node_info
        assert again
        assert (again.node_id == node) == (how == "preempt")
    emulator.client.begin_delete_pool(name, polling_interval=POLL).result()


def test_a_partitioned_node_goes_on_while_its_task_runs_elsewhere(emulator: Running, name: str) -> None:
    node, pid = working(emulator, name)
    emulator.faults.post(f"/pools/{name}/nodes/{node}/lose", params={"leave_processes": "true"})
    again = until(lambda: found if (found := emulator.client.get_task(name, "t1")).node_info else None)
    assert again.node_info
    assert again.node_info.node_id != node
    assert alive(pid)
    second = int(until(lambda: emulator.read(name, "t1")))
    assert second != pid
    emulator.client.terminate_task(name, "t1")
    assert alive(pid)


def test_an_allocation_that_fails_is_said_until_it_succeeds(emulator: Running, name: str) -> None:
    emulator.faults.put(
        f"/pools/{name}/allocation-failure", json={"code": "AllocationFailed", "message": "No capacity."}
    )
    text = "$TargetDedicatedNodes=1;"
    emulator.client.create_pool(pool_options(name, enable_auto_scale=True, auto_scale_formula=text))
    errors = until(lambda: emulator.client.get_pool(name).resize_errors)
    assert [(error.code, error.message) for error in errors] == [("AllocationFailed", "No capacity.")]
    assert emulator.states(name) == []
    emulator.faults.delete(f"/pools/{name}/allocation-failure")
    until(lambda: emulator.states(name) == ["idle"])
    assert not emulator.client.get_pool(name).resize_errors


def test_allocation_is_held(emulator: Running, name: str) -> None:
    emulator.faults.put(f"/pools/{name}/allocation-hold")
    emulator.client.create_pool(pool_options(name, target_dedicated_nodes=1))
    time.sleep(0.3)  # three times as long as an allocation takes
    assert emulator.states(name) == ["creating"]
    emulator.faults.delete(f"/pools/{name}/allocation-hold")
    until(lambda: emulator.states(name) == ["idle"])


def test_start_tasks_fail_on_request(emulator: Running, name: str) -> None:
    emulator.faults.put(f"/pools/{name}/start-task-failure")
    emulator.client.create_pool(pool_options(name, target_dedicated_nodes=1, start_task={"commandLine": "/bin/true"}))
    until(lambda: emulator.states(name) == ["starttaskfailed"])
    emulator.faults.delete(f"/pools/{name}/start-task-failure")


def test_the_next_answers_are_as_planned(emulator: Running, job: str) -> None:
    plan = {"method": "GET", "path": f"/jobs/{job}$", "status": 429, "code": "TooManyRequests", "times": 2}
    assert emulator.faults.post("/answers", json=plan).status_code == 204
    for _ in range(2):
        with pytest.raises(HttpResponseError) as refused:
            emulator.client.get_job(job)
        assert refused.value.status_code == 429
    assert emulator.client.get_job(job).id == job


def test_a_lost_answer_shows_as_task_exists_to_a_client_that_retries(emulator: Running, job: str) -> None:
    emulator.faults.post(
        "/answers", json={"method": "POST", "path": f"/jobs/{job}/tasks$", "status": 503, "apply": True}
    )
    with (
        client(emulator.url, retry_total=1, retry_backoff_factor=0) as retrying,
        pytest.raises(HttpResponseError) as refused,
    ):
        retrying.create_task(job, {"id": "t1", "commandLine": "/bin/true"})  # type: ignore[arg-type]
    assert refused.value.error
    assert refused.value.error.code == "TaskExists"
    emulator.completed(job, "t1")


def test_a_fault_that_cannot_be_is_refused(emulator: Running) -> None:
    for body in ({"path": "x"}, {"path": "(", "status": 500}, {"path": "x", "status": 500, "colour": 1}):
        assert emulator.faults.post("/answers", json=body).status_code == 400
    assert emulator.faults.post("/pools/shared/nodes/none/lose").json()["code"] == "NodeNotFound"
    assert emulator.faults.put("/pools/shared/no-such-switch").status_code == 400


def test_faults_are_shown_and_forgotten(emulator: Running, name: str) -> None:
    emulator.faults.put(f"/pools/{name}/scheduling-hold")
    assert name in emulator.faults.get("/faults").json()["scheduling-hold"]
    emulator.faults.delete("/faults")
    assert name not in emulator.faults.get("/faults").json()["scheduling-hold"]
