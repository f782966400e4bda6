"""Tasks run as processes: what they see, how they end, and what is known of them afterwards."""

from datetime import timedelta

import pytest
from azure.batch import models as m
from azure.core.exceptions import HttpResponseError

from tests.integration.batch_emulator.running import POLL, Running, alive, until


def test_a_task_runs_and_its_output_can_be_read(emulator: Running, job: str) -> None:
    emulator.task(job, "t1", "/bin/sh -c 'echo out; echo err >&2; echo data > result.txt'")
    task = emulator.completed(job, "t1")
    assert task.execution_info
    assert task.node_info
    assert (task.execution_info.exit_code, task.execution_info.result) == (0, "success")
    assert task.previous_state == "running"
    assert [emulator.read(job, "t1", path) for path in ("stdout.txt", "stderr.txt", "wd/result.txt")] == [
        "out\n",
        "err\n",
        "data\n",
    ]


def test_the_command_line_is_not_given_to_a_shell(emulator: Running, job: str) -> None:
    emulator.task(job, "t1", "/bin/echo $HOME; echo 'two words' && true")
    emulator.completed(job, "t1")
    assert emulator.read(job, "t1") == "$HOME; echo two words && true\n"


def test_the_environment_is_batchs_and_the_users_and_not_the_emulators(emulator: Running, pool: str, name: str) -> None:
    job = emulator.job(
        name,
        pool,
        common_environment_settings=[
            m.EnvironmentSetting(name="A", value="job"),
            m.EnvironmentSetting(name="B", value="job"),
        ],
    )
    emulator.task(job, "t1", "/usr/bin/env", environment_settings=[m.EnvironmentSetting(name="A", value="task")])
    emulator.completed(job, "t1")
    seen = dict(line.split("=", 1) for line in emulator.read(job, "t1").splitlines())
    assert (seen["A"], seen["B"], seen["AZ_BATCH_JOB_ID"], seen["AZ_BATCH_TASK_ID"]) == ("task", "job", job, "t1")
    assert seen["AZ_BATCH_TASK_WORKING_DIR"] == seen["HOME"]
    assert seen["AZ_BATCH_POOL_ID"] == pool
    assert not {"EMULATOR_SECRET", "RUNSPOOR_BATCH_KEY", "RUNSPOOR_BATCH_IDENTITIES"} & set(seen)


@pytest.mark.parametrize(
    ("command", "exit_code", "code"),
    [
        ("/bin/sh -c 'exit 3'", 3, "FailureExitCode"),
        ("/bin/sh -c 'kill -9 $$'", 137, "FailureExitCode"),
        ("no-such-program", None, "CommandProgramNotFound"),
        ("'unclosed", None, "CommandLaunchFailed"),
    ],
)
def test_a_failed_task_says_how(emulator: Running, job: str, command: str, exit_code: int | None, code: str) -> None:
    emulator.task(job, "t1", command)
    info = emulator.completed(job, "t1").execution_info
    assert info
    assert info.failure_info
    assert (info.exit_code, info.result, info.failure_info.code) == (exit_code, "failure", code)
    assert info.failure_info.category == "usererror"


def test_a_failed_task_is_retried_as_often_as_asked(emulator: Running, job: str) -> None:
    emulator.task(
        job,
        "t1",
        "/bin/sh -c 'echo x >> $AZ_BATCH_NODE_SHARED_DIR/tries; exit 1'",
        constraints=m.BatchTaskConstraints(max_task_retry_count=2),
    )
    info = emulator.completed(job, "t1").execution_info
    assert info
    assert (info.retry_count, info.exit_code, info.requeue_count) == (2, 1, 0)


def test_a_task_that_runs_too_long_is_ended_with_its_children(emulator: Running, job: str) -> None:
    limit = m.BatchTaskConstraints(max_wall_clock_time=timedelta(seconds=0.5))
    emulator.task(job, "t1", "/bin/sh -c 'setsid sleep 600 & echo $!; sleep 600'", constraints=limit)
    info = emulator.completed(job, "t1").execution_info
    assert info
    assert info.failure_info
    assert info.failure_info.code == "TaskWallClockTimeExceeded"
    assert not alive(int(emulator.read(job, "t1")))


def test_a_running_task_is_terminated_with_all_it_started(emulator: Running, job: str) -> None:
    emulator.task(
        job, "t1", "/bin/bash -c 'trap \"\" TERM; setsid sleep 600 & echo $!; (sleep 600 & echo $!; wait); wait'"
    )
    emulator.task_in("running", job, "t1")
    pids = until(lambda: found if len(found := emulator.read(job, "t1").split()) == 2 else None)
    emulator.client.terminate_task(job, "t1")
    info = emulator.client.get_task(job, "t1").execution_info
    assert info
    assert info.failure_info
    assert info.failure_info.code == "TaskEnded"
    assert not any(alive(int(pid)) for pid in pids)
    with pytest.raises(HttpResponseError) as refused:
        emulator.client.terminate_task(job, "t1")
    assert (refused.value.status_code, refused.value.error.code) == (409, "TaskCompleted")  # type: ignore[union-attr]


def test_a_waiting_task_is_terminated_without_running(emulator: Running, name: str) -> None:
    job = emulator.job(name, _empty_pool(emulator, name))
    emulator.task(job, "t1", "/bin/true")
    emulator.client.terminate_task(job, "t1")
    info = emulator.client.get_task(job, "t1").execution_info
    assert info
    assert info.failure_info
    assert (info.exit_code, info.failure_info.code) == (None, "TaskEnded")


def test_a_deleted_task_is_gone_with_its_processes(emulator: Running, job: str) -> None:
    emulator.task(job, "t1", "/bin/sh -c 'echo $$; sleep 600'")
    emulator.task_in("running", job, "t1")
    pid = int(until(lambda: emulator.read(job, "t1")))
    emulator.client.delete_task(job, "t1")
    with pytest.raises(HttpResponseError) as refused:
        emulator.client.get_task(job, "t1")
    assert refused.value.error
    assert refused.value.error.code == "TaskNotFound"
    until(lambda: not alive(pid))
    emulator.task(job, "t1", "/bin/true")
    assert emulator.completed(job, "t1").execution_info


def test_a_failed_task_runs_again_when_reactivated(emulator: Running, job: str) -> None:
    emulator.task(job, "t1", "/bin/sh -c 'mkdir $AZ_BATCH_NODE_ROOT_DIR/../second-$AZ_BATCH_JOB_ID && exit 1; exit 0'")
    assert emulator.completed(job, "t1").execution_info.result == "failure"  # type: ignore[union-attr]
    emulator.client.reactivate_task(job, "t1")
    assert emulator.completed(job, "t1").execution_info.result == "success"  # type: ignore[union-attr]


def test_a_task_waits_for_those_it_depends_on(emulator: Running, pool: str, name: str) -> None:
    job = emulator.job(name, pool, uses_task_dependencies=True)
    emulator.task(job, "second", "/bin/true", depends_on=m.BatchTaskDependencies(task_ids=["first"]))
    assert emulator.client.get_task(job, "second").state == "active"
    emulator.task(job, "first", "/bin/sleep 0.1")
    second, first = emulator.completed(job, "second"), emulator.client.get_task(job, "first")
    assert first.execution_info
    assert second.execution_info
    assert first.execution_info.end_time
    assert second.execution_info.start_time
    assert first.execution_info.end_time <= second.execution_info.start_time


def test_a_node_runs_as_many_tasks_as_it_has_slots(emulator: Running, name: str) -> None:
    pool = emulator.pool(name, nodes=1, task_slots_per_node=2)
    job = emulator.job(name, pool)
    for task_id in ("a", "b", "c"):
        emulator.task(job, task_id, "/bin/sleep 600")
    emulator.task_in("running", job, "b")
    counts = emulator.client.get_job_task_counts(job)
    assert (counts.task_counts.running, counts.task_counts.active) == (2, 1)
    node = next(iter(emulator.client.list_nodes(pool)))
    assert (node.state, node.running_tasks_count) == ("running", 2)
    emulator.client.begin_delete_job(job, polling_interval=POLL).result()


def test_a_collection_answers_for_each_task(emulator: Running, job: str) -> None:
    emulator.task(job, "b", "/bin/true")
    tasks = [m.BatchTaskCreateOptions(id=task_id, command_line="/bin/true") for task_id in ("a", "B", "bad id")]
    answer = emulator.client.create_task_collection(job, m.BatchTaskGroup(task_values=tasks)).result_values
    assert [(item.task_id, item.status, item.error.code if item.error else None) for item in answer or []] == [
        ("a", "success", None),
        ("B", "clienterror", "TaskExists"),
        ("bad id", "clienterror", "InvalidPropertyValue"),
    ]


def test_many_tasks_are_created_and_counted(emulator: Running, job: str) -> None:
    emulator.client.create_tasks(
        job, [m.BatchTaskCreateOptions(id=f"t{n}", command_line="/bin/true") for n in range(120)]
    )
    assert len(list(emulator.client.list_tasks(job))) == 120
    until(lambda: emulator.client.get_job_task_counts(job).task_counts.succeeded == 120, patience=60)


def test_only_the_limits_of_a_task_can_be_replaced(emulator: Running, name: str) -> None:
    job = emulator.job(name, _empty_pool(emulator, name))
    emulator.task(job, "t1", "/bin/true")
    emulator.client.replace_task(job, "t1", m.BatchTask(constraints=m.BatchTaskConstraints(max_task_retry_count=4)))
    constraints = emulator.client.get_task(job, "t1").constraints
    assert constraints
    assert constraints.max_task_retry_count == 4


@pytest.mark.parametrize(
    ("spec", "name_of_property"),
    [
        ({"multiInstanceSettings": {"coordinationCommandLine": " "}}, "coordinationCommandLine"),
        ({"multiInstanceSettings": {"coordinationCommandLine": "x"}, "requiredSlots": 2}, "requiredSlots"),
        ({"containerSettings": {"imageName": "x"}}, "containerSettings"),
        ({"resourceFiles": [{"httpUrl": "http://h/x", "filePath": "../x"}]}, "filePath"),
        ({"resourceFiles": [{"filePath": "x"}]}, "resourceFiles"),
    ],
)
def test_what_is_not_served_is_refused_by_name(
    emulator: Running, job: str, spec: dict[str, object], name_of_property: str
) -> None:
    with pytest.raises(HttpResponseError) as refused:
        emulator.client.create_task(job, {"id": "t1", "commandLine": "x", **spec})  # type: ignore[arg-type]
    body = refused.value.response.json()  # type: ignore[union-attr]
    assert (refused.value.status_code, body["code"]) == (400, "InvalidPropertyValue")
    assert body["values"][0] == {"key": "PropertyName", "value": name_of_property}


def _empty_pool(emulator: Running, name: str) -> str:
    return emulator.pool(name, nodes=0)
