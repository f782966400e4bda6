"""The Batch adapter keeps the contract of ``Compute``, and says what Batch shows of tasks and pools."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from azure.batch import models as m
from azure.storage.blob import BlobServiceClient

from local.azurite import Azurite
from shared.adapters.azure_batch import AzureBatch
from shared.application import compute_targets
from shared.application.ports import Queue, TaskSpec
from shared.application.task import COMMAND_ON_NODES
from shared.contract.requests import ComputeTargetRequest
from shared.domain.batch_states import TaskObservation
from shared.domain.compute import BROKEN_FOR
from shared.domain.definition import Priority
from shared.domain.ids import job_id
from tests.contract import batch_account
from tests.contract.batch_account import spec, task
from tests.contract.compute import ComputeContract, now, tried
from tests.integration.batch_emulator.running import Running, pool_options, until
from tests.unit.application.deployment import CAUSE, Deployment

PRIMARY = {"task.json": b"{}", "runner.pyz": b"""
import os
assert os.path.samefile(os.getcwd(), os.environ["AZ_BATCH_TASK_SHARED_DIR"]), os.getcwd()
assert os.path.exists("task.json"), os.listdir()
assert len(set(os.environ["AZ_BATCH_HOST_LIST"].split(","))) == 2, os.environ["AZ_BATCH_HOST_LIST"]
assert os.environ["AZ_BATCH_IS_CURRENT_NODE_MASTER"] == "true"
assert os.environ["RUNSPOOR_ATTEMPT"] == "1"
"""}
"""What stands in for runner and task document: it fails unless it runs where it is to."""


class TestAzureBatch(ComputeContract):
    @pytest.fixture(autouse=True)
    def _use(self, batch: Running, azurite: Azurite, name: str) -> Iterator[None]:
        self.batch, self.storage = batch, azurite.blob_endpoint
        yield
        until(lambda: self.make().delete(name, [name]))

    def make(self) -> AzureBatch:
        return batch_account.compute(self.batch.client)

    @pytest.fixture
    def compute(self) -> AzureBatch:
        return self.make()

    @pytest.fixture
    def warm(self, compute: AzureBatch, name: str) -> str:
        """A pool with one node, and its job."""
        compute.ensure_pool(name, spec(smallest=1), 1, now())
        compute.ensure_job(name, name)
        until(lambda: self.has(compute, name, 1))
        return name

    def ended(self, compute: AzureBatch, wanted: TaskSpec) -> TaskObservation:
        """Submit, and what Batch says at the end."""
        assert compute.submit(wanted)
        return self.reached(compute, wanted.job, "completed")

    def reached(self, compute: AzureBatch, job: str, state: str) -> TaskObservation:
        return until(lambda: seen if (seen := compute.task(job, "t1")) and seen.state == state else None)

    def running(self, compute: AzureBatch, job: str) -> TaskObservation:
        compute.submit(task(job, storage=self.storage))
        return self.reached(compute, job, "running")

    def test_a_task_runs_and_is_ended(self, compute: AzureBatch, warm: str) -> None:
        seen = self.running(compute, warm)
        assert (seen.exit_code, seen.failure, seen.ended_at) == (None, None, None)
        assert seen.node
        assert seen.started_at
        assert abs(now() - seen.started_at) < timedelta(minutes=1)
        assert (compute.demand([warm], 3), compute.queue([warm])) == (1, Queue(waiting=0, running=1))
        assert not compute.ended_since([warm], now() - timedelta(minutes=1))
        assert compute.submit(task(warm, storage=self.storage)), "it runs, and it is the same"
        compute.terminate(warm, "t1")
        seen = self.reached(compute, warm, "completed")
        assert seen.failure
        assert seen.failure.code == "TaskEnded"
        assert seen.ended_at

    def test_a_task_succeeds(self, compute: AzureBatch, warm: str) -> None:
        seen = self.ended(compute, task(warm, command="printenv RUNSPOOR_ATTEMPT", storage=self.storage))
        assert (seen.exit_code, seen.failure, compute.further_nodes(warm, "t1")) == (0, None, [])
        assert list(compute.tasks(warm)) == [("t1", seen)]

    @pytest.mark.parametrize(("command", "exit_code", "code"), [
        ("false", 1, "FailureExitCode"),
        ("python3 -c 'raise SystemExit(75)'", 75, "FailureExitCode"),
        ("no-such-program", None, "CommandProgramNotFound"),
    ])
    def test_a_task_fails(
        self, compute: AzureBatch, warm: str, command: str, exit_code: int | None, code: str
    ) -> None:
        seen = self.ended(compute, task(warm, command=command, storage=self.storage))
        assert seen.failure
        assert (seen.exit_code, seen.failure.code) == (exit_code, code)
        assert seen.failure.message

    def test_a_task_that_takes_too_long_is_ended(self, compute: AzureBatch, warm: str) -> None:
        seen = self.ended(compute, task(warm, storage=self.storage, limit=timedelta(seconds=1)))
        assert seen.failure
        assert seen.failure.code == "TaskWallClockTimeExceeded"

    def test_a_file_that_is_not_there_is_named(self, compute: AzureBatch, warm: str) -> None:
        url = f"{self.storage}/{batch_account.EVIDENCE}/nothing.pyz"
        seen = self.ended(compute, task(warm, storage=self.storage, files={"runner.pyz": url}))
        assert seen.failure
        assert (seen.exit_code, seen.failure.code) == (None, "BlobNotFound")
        assert "nothing.pyz" in seen.failure.message

    def test_a_task_on_two_nodes_has_its_files_where_its_command_goes(
        self, compute: AzureBatch, name: str, azurite: Azurite
    ) -> None:
        compute.ensure_pool(name, spec(smallest=2), 2, now())
        compute.ensure_job(name, name)
        until(lambda: self.has(compute, name, 2))
        files = {file: self.stored(azurite, f"{name}/{file}", body) for file, body in PRIMARY.items()}
        first = compute.submit(task(name, "t0", storage=self.storage, nodes=2))
        further = until(lambda: compute.further_nodes(name, "t0"))
        seen = dict(compute.tasks(name))["t0"]
        assert (first, {seen.node, *further}, seen.nodes) == (True, set(self.shown(compute, name).members), 2)
        compute.terminate(name, "t0")
        wanted = task(name, command=COMMAND_ON_NODES, storage=self.storage, files=files, nodes=2)
        seen = self.ended(compute, wanted)
        assert (seen.exit_code, seen.failure) == (0, None)
        assert seen.node in {node.id for node in self.batch.client.list_nodes(name)}
        assert [sub.result for sub in self.batch.client.list_subtasks(name, "t1")] == ["success"]

    def stored(self, azurite: Azurite, name: str, body: bytes) -> str:
        with BlobServiceClient.from_connection_string(azurite.connection_string) as storage:
            blob = storage.get_blob_client(batch_account.EVIDENCE, name)
            blob.upload_blob(body, overwrite=True)
            return str(blob.url)

    def test_a_free_node_goes_to_the_job_of_the_highest_priority(self, compute: AzureBatch, warm: str) -> None:
        jobs: dict[Priority, str] = {"low": f"{warm}_low", "normal": warm, "high": f"{warm}_high"}
        with self.fault(warm, "scheduling-hold"):
            for priority, job in jobs.items():
                compute.ensure_job(job, warm, priority)
                for id in ("t1", "t2"):
                    compute.submit(replace(task(warm, id, "true", storage=self.storage), job=job))
        until(lambda: compute.demand(list(jobs.values()), 9) == 0)
        seen = [(each.started_at or now(), job, id) for job in jobs.values() for id, each in compute.tasks(job)]
        assert [(job, id) for _, job, id in sorted(seen)] == [
            (jobs[priority], id) for priority in ("high", "normal", "low") for id in ("t1", "t2")]
        until(lambda: compute.delete(warm, list(jobs.values())))

    def test_a_task_whose_node_is_lost_waits_and_runs_elsewhere(self, compute: AzureBatch, warm: str) -> None:
        first = self.running(compute, warm)
        with self.fault(warm, "scheduling-hold"):
            self.batch.faults.post(f"/pools/{warm}/nodes/{first.node}/lose").raise_for_status()
            seen = self.reached(compute, warm, "active")
            assert (seen.node, seen.started_at) == (None, None)
        assert self.reached(compute, warm, "running").node not in (None, first.node)

    def test_a_node_that_cannot_be_used_is_a_problem(self, compute: AzureBatch, warm: str) -> None:
        [node] = [node.id for node in self.batch.client.list_nodes(warm)]
        self.batch.faults.post(f"/pools/{warm}/nodes/{node}/break").raise_for_status()
        assert (pool := compute.pool(warm))
        assert (pool.nodes, [problem.code for problem in pool.problems]) == ({"unusable": 1}, ["NodeAgentUnreachable"])
        assert abs(now() - pool.members_since[str(node)]) < timedelta(minutes=1)
        compute.remove(warm, [str(node)])
        until(lambda: (pool := compute.pool(warm)) and not pool.members)

    def test_a_node_that_cannot_be_used_is_replaced(self, compute: AzureBatch, name: str) -> None:
        later = now() + BROKEN_FOR + timedelta(minutes=1)
        backend = replace(Deployment().backend, compute=compute, clock=lambda: later)
        asked = ComputeTargetRequest(name=name, vm_size="standard_d2s_v3", min_nodes=1)
        compute_targets.create(backend, asked, CAUSE)
        compute_targets.react(backend, name, CAUSE)
        until(lambda: self.has(compute, name, 1))
        (broken,) = self.shown(compute, name).members
        self.batch.faults.post(f"/pools/{name}/nodes/{broken}/break").raise_for_status()
        compute_targets.mend(backend, name, CAUSE)
        until(lambda: tried(lambda: compute_targets.react(backend, name, CAUSE)))
        until(lambda: self.has(compute, name, 1))
        pool = self.shown(compute, name)
        assert (pool.scales, broken in pool.members) == (True, False)
        until(lambda: compute.delete(name, [job_id(name)]))

    def test_nodes_that_the_account_does_not_get_are_a_problem(self, compute: AzureBatch, target: str) -> None:
        with self.fault(target, "allocation-failure", code="AccountCoreQuotaReached", message="No cores are left."):
            compute.scale(target, spec(), 2, now())
            pool = until(lambda: seen if (seen := compute.pool(target)) and seen.problems else None)
            assert [(problem.code, problem.message) for problem in pool.problems] == [
                ("AccountCoreQuotaReached", "No cores are left.")]
            assert (pool.target, pool.current) == (2, 0)
        until(lambda: self.has(compute, target, 2))

    def test_a_node_that_does_not_start_is_a_problem(self, compute: AzureBatch, name: str) -> None:
        start = m.BatchStartTask(command_line="true", wait_for_success=True)
        with self.fault(name, "start-task-failure"):
            self.batch.client.create_pool(pool_options(name, target_dedicated_nodes=1, start_task=start))
            pool = until(lambda: seen if (seen := compute.pool(name)) and seen.problems else None)
        assert pool.nodes == {"starttaskfailed": 1}
        assert [problem.code for problem in pool.problems] == ["StartTaskFailed"]

    def test_nodes_are_counted_by_state(self, compute: AzureBatch, target: str) -> None:
        with self.fault(target, "allocation-hold"):
            compute.scale(target, spec(), 2, now())
            pool = until(lambda: seen if (seen := compute.pool(target)) and seen.nodes else None)
            assert (pool.allocation, pool.nodes) in (("resizing", {"creating": 2}), ("steady", {"creating": 2}))
        until(lambda: self.has(compute, target, 2))

    @contextmanager
    def fault(self, pool: str, name: str, **what: str) -> Iterator[None]:
        """Something goes wrong with a pool while inside."""
        path = f"/pools/{pool}/{name}"
        self.batch.faults.put(path, json=what).raise_for_status()
        try:
            yield
        finally:
            self.batch.faults.delete(path).raise_for_status()
