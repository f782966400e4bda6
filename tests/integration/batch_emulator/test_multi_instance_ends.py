"""How a multi-instance task ends: one node's end is everybody's, and nothing is left running on any of them."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from azure.batch import models as m

from tests.integration.batch_emulator.running import Running, alive, launch, running, until
from tests.integration.batch_emulator.several import (
    MPI_PATIENCE,
    MPIRUN,
    STAYS,
    WAITS,
    failure,
    held,
    mpi_pool,
    nodes_of,
    several,
    state_of,
    staying,
    written,
)

HANGS = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"


@pytest.fixture(scope="module")
def pool(emulator: Running) -> str:
    return mpi_pool(emulator, "cluster")


@pytest.fixture
def lossy(emulator: Running, name: str) -> Iterator[str]:
    """A job whose task "t" runs on the two nodes of a pool of its own; both have its name."""
    emulator.job(name, mpi_pool(emulator, name))
    emulator.task(name, "t", WAITS, **several(STAYS))
    emulator.task_in("running", name, "t")
    yield name
    emulator.delete_job(name)


def gone(*pids: int) -> bool:
    return not any(alive(pid) for pid in pids)


def test_the_primarys_failure_is_the_tasks_and_is_tried_again(emulator: Running, job: str) -> None:
    fails = "/bin/bash -c 'echo x >> $AZ_BATCH_NODE_SHARED_DIR/tries-$AZ_BATCH_JOB_ID; exit 7'"
    once_more = m.BatchTaskConstraints(max_task_retry_count=1)
    emulator.task(job, "t", fails, constraints=once_more, **several(STAYS))
    done = emulator.completed(job, "t")
    assert failure(done) == (7, "FailureExitCode")
    assert done.execution_info
    assert done.execution_info.retry_count == 1
    tries = (state_of(emulator) / "nodes").glob(f"*/shared-apart/tries-{job}")
    assert [line for file in tries for line in file.read_text().split()] == ["x", "x"]
    stayed = written(emulator, job, "stays")
    assert len(stayed) == 2
    until(lambda: gone(*map(int, stayed.values())))


def test_what_clears_its_environment_is_ended_as_well(emulator: Running, job: str) -> None:
    emulator.task(job, "t", "/bin/true", **several(STAYS.replace("sleep", "env -i sleep")))
    emulator.completed(job, "t")
    stayed = written(emulator, job, "stays")
    assert len(stayed) == 2
    until(lambda: gone(*map(int, stayed.values())))


def test_a_coordination_command_that_fails_fails_the_task(emulator: Running, pool: str, job: str) -> None:
    fails = "/bin/bash -c '[ $AZ_BATCH_IS_CURRENT_NODE_MASTER = true ] && exec sleep 600; exit 4'"
    emulator.task(job, "t", "/bin/bash -c 'echo x > ran'", **several(fails))
    assert failure(emulator.completed(job, "t")) == (4, "FailureExitCode")
    (subtask,) = emulator.client.list_subtasks(job, "t")
    assert (subtask.state, subtask.exit_code, subtask.result) == ("completed", 4, "failure")
    assert not written(emulator, job, "wd/ran")
    until(lambda: emulator.states(pool) == ["idle", "idle"])


def test_a_task_that_runs_too_long_is_ended_on_every_node(emulator: Running, job: str) -> None:
    limit = m.BatchTaskConstraints(max_wall_clock_time=timedelta(seconds=2))
    emulator.task(job, "t", WAITS, constraints=limit, **several(STAYS))
    pids = staying(emulator, job)
    assert failure(emulator.completed(job, "t"))[1] == "TaskWallClockTimeExceeded"
    until(lambda: gone(*pids))


@pytest.mark.parametrize("end", ["terminate_task", "delete_task"])
def test_ending_the_task_ends_its_ranks_on_every_node(emulator: Running, job: str, tmp_path: Path, end: str) -> None:
    program = tmp_path / "hangs.py"
    program.write_text(HANGS)
    emulator.task(job, "t", f"/bin/bash -c 'exec {MPIRUN} {program}'", **several())
    emulator.task_in("running", job, "t")
    ranks = until(lambda: found if len(found := emulator.read(job, "t").split()) == 4 else None, MPI_PATIENCE)
    getattr(emulator.client, end)(job, "t")
    until(lambda: gone(*map(int, ranks)))
    until(lambda: not held(f"BATCH_EMULATOR_NODE={state_of(emulator)}"))
    assert not list((state_of(emulator) / "clusters").iterdir())
    if end == "terminate_task":
        assert failure(emulator.client.get_task(job, "t"))[1] == "TaskEnded"
        assert [subtask.state for subtask in emulator.client.list_subtasks(job, "t")] == ["completed"]


@pytest.mark.parametrize("how", ["lose", "preempt", "break"])
def test_the_loss_of_any_node_starts_the_task_anew(emulator: Running, lossy: str, how: str) -> None:
    pids, before = staying(emulator, lossy), nodes_of(emulator, lossy)
    assert emulator.faults.post(f"/pools/{lossy}/nodes/{before[1]}/{how}").status_code == 204
    until(lambda: gone(*pids))
    if how == "break":
        assert emulator.client.get_task(lossy, "t").state == "active"
        assert emulator.states(lossy) == ["idle", "unusable"]
        assert list(emulator.client.list_subtasks(lossy, "t")) == []
    else:
        assert not set(staying(emulator, lossy)) & set(pids)
        assert (set(nodes_of(emulator, lossy)) == set(before)) == (how == "preempt")
    info = emulator.client.get_task(lossy, "t").execution_info
    assert info
    assert (info.retry_count, info.requeue_count) == (0, 0)


def test_a_partitioned_node_goes_on_while_the_task_runs_elsewhere(emulator: Running, lossy: str) -> None:
    pids, lost = staying(emulator, lossy), nodes_of(emulator, lossy)[1]
    goes_on = int(written(emulator, lossy, "stays")[lost])
    emulator.faults.post(f"/pools/{lossy}/nodes/{lost}/lose", params={"leave_processes": "true"})
    until(lambda: gone(*set(pids) - {goes_on}))
    staying(emulator, lossy)
    assert lost not in nodes_of(emulator, lossy)
    assert alive(goes_on)


@pytest.mark.parametrize("end", ["close", "kill"])
def test_nothing_runs_on_when_the_emulator_ends_and_the_task_is_taken_up(state: Path, end: str) -> None:
    first = launch(state)
    first.job("j", mpi_pool(first, "p"))
    first.task("j", "t", WAITS, **several(STAYS))
    pids = staying(first, "j")
    getattr(first, end)()
    until(lambda: gone(*pids))
    until(lambda: not held(f"BATCH_EMULATOR_NODE={state}"))
    with running(state) as second:
        assert not set(staying(second, "j")) & set(pids)
