"""What every ``Compute`` does. An adapter's test class inherits this and says how to make one."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest

from shared.application.ports import Compute, ComputeRejected, PoolObservation, Queue, TryLater
from tests.contract.batch_account import spec, task
from tests.integration.batch_emulator.running import until


def now() -> datetime:
    return datetime.now(UTC)


def tried(call: Callable[[], object]) -> bool:
    """Whether it could be done now."""
    try:
        call()
    except TryLater:
        return False
    return True


class ComputeContract:
    """``make`` gives a service; pools and jobs have the name of the test's own ``target``."""

    def make(self) -> Compute:
        raise NotImplementedError

    @pytest.fixture
    def compute(self) -> Compute:
        return self.make()

    @pytest.fixture
    def name(self) -> str:
        return f"n{uuid4().hex[:12]}"

    @pytest.fixture
    def target(self, compute: Compute, name: str) -> str:
        """A pool without nodes, and its job."""
        compute.ensure_pool(name, spec(), 0, now())
        compute.ensure_job(name, name)
        return name

    def test_what_nobody_made_is_not_there(self, compute: Compute, name: str) -> None:
        assert (compute.pool(name), compute.task(name, "t1"), list(compute.tasks(name))) == (None, None, [])
        assert (compute.demand([name], 3), compute.further_nodes(name, "t1")) == (0, [])
        assert not compute.ended_since([name], now() - timedelta(minutes=1))
        compute.terminate(name, "t1")
        compute.scale(name, spec(), 2, now())
        assert (compute.delete(name, [name]), compute.pool(name)) == (True, None)

    def test_making_it_again_changes_nothing(self, compute: Compute, target: str) -> None:
        compute.submit(task(target))
        compute.ensure_pool(target, spec(smallest=2), 2, now())
        compute.ensure_job(target, target)
        assert (pool := compute.pool(target))
        assert pool.target == 0
        assert [id for id, _ in compute.tasks(target)] == ["t1"]

    def test_without_a_job_there_is_no_task(self, compute: Compute, name: str) -> None:
        assert not compute.submit(task(name))
        compute.ensure_pool(name, spec(), 0, now())
        assert not compute.submit(task(name))
        compute.ensure_job(name, name)
        assert compute.submit(task(name))

    @pytest.mark.parametrize("nodes", [1, 2])
    def test_submitting_twice_is_submitting_once(self, compute: Compute, target: str, nodes: int) -> None:
        assert [compute.submit(task(target, nodes=nodes)) for _ in range(2)] == [True, True]
        assert [(id, seen.state) for id, seen in compute.tasks(target)] == [("t1", "active")]

    @pytest.mark.parametrize(("command", "variables", "nodes"), [
        ("sleep 61", None, 1), ("sleep 60", {"RUNSPOOR_ATTEMPT": "2"}, 1),
        ("sleep 60", {"RUNSPOOR_ATTEMPT": "1", "X": "y"}, 1), ("sleep 60", None, 2)])
    def test_another_task_of_the_same_name_is_refused(
        self, compute: Compute, target: str, command: str, variables: Mapping[str, str] | None, nodes: int
    ) -> None:
        compute.submit(task(target))
        with pytest.raises(ComputeRejected, match="another task") as refusal:
            compute.submit(task(target, command=command, variables=variables, nodes=nodes))
        assert refusal.value.reason.code == "TaskExists"
        assert compute.submit(task(target))

    def test_a_waiting_task_is_ended(self, compute: Compute, target: str) -> None:
        compute.submit(task(target))
        for _ in range(2):
            compute.terminate(target, "t1")
            assert (seen := compute.task(target, "t1"))
            assert (seen.state, seen.exit_code) == ("completed", None)
        assert compute.submit(task(target)), "it ended, and it is the same"

    def test_the_demand_is_the_nodes_of_what_waits(self, compute: Compute, target: str) -> None:
        before = now() - timedelta(seconds=5)
        for id, nodes in (("t1", 1), ("t2", 2)):
            compute.submit(task(target, id, nodes=nodes))
        assert (compute.demand([target], 9), compute.ended_since([target], before)) == (3, False)
        assert compute.demand([target], 2) >= 2, "more than that nobody needs to know"
        compute.terminate(target, "t1")
        assert (compute.demand([target], 9), compute.ended_since([target], before)) == (2, True)
        assert not compute.ended_since([target], now() + timedelta(minutes=2))

    def test_the_jobs_of_a_pool_are_counted_and_deleted_together(self, compute: Compute, target: str) -> None:
        jobs = [target, f"{target}_high", f"{target}_low"]
        compute.ensure_job(jobs[1], target, "high")
        for job in jobs[:2]:
            assert compute.submit(replace(task(target), job=job))
        assert compute.queue(jobs) == Queue(waiting=2, running=0)
        assert not compute.submit(replace(task(target), job=jobs[2])), "nobody has made it"
        assert compute.demand(jobs, 9) == 2
        compute.terminate(jobs[1], "t1")
        assert compute.demand(jobs, 9) == 1
        assert compute.ended_since(jobs, now() - timedelta(minutes=1))
        until(lambda: compute.delete(target, jobs))
        assert [list(compute.tasks(job)) for job in jobs] == [[], [], []]

    def test_a_pool_has_as_many_nodes_as_asked_for_within_its_limits(self, compute: Compute, target: str) -> None:
        for nodes, limits, expected in ((2, spec(), 2), (9, spec(), 3), (0, spec(smallest=1), 1), (0, spec(), 0)):
            compute.scale(target, limits, nodes, now())
            until(partial(self.has, compute, target, expected))

    def has(self, compute: Compute, target: str, nodes: int) -> bool:
        """Whether the pool has that many nodes, idle, and wants no other number."""
        pool = compute.pool(target)
        idle = {"idle": nodes} if nodes else {}
        if pool:
            assert pool.nodes == Counter(pool.members.values())
        return bool(pool and (pool.allocation, pool.target, pool.current, pool.nodes, list(pool.problems))
                    == ("steady", nodes, nodes, idle, []))

    def test_deleting_is_done_when_all_is_gone(self, compute: Compute, target: str) -> None:
        compute.submit(task(target))
        until(lambda: compute.delete(target, [target]))
        assert (compute.pool(target), compute.task(target, "t1"), list(compute.tasks(target))) == (None, None, [])
        assert compute.delete(target, [target])
        assert not compute.submit(task(target))

    def test_nodes_that_are_given_back_come_again_when_they_are_asked_for(self, compute: Compute, target: str) -> None:
        compute.remove(f"{target}-none", ["x"])
        compute.scale(target, spec(), 2, now())
        until(partial(self.has, compute, target, 2))
        before = self.shown(compute, target)
        compute.remove(target, [min(before.members)])
        until(partial(self.has, compute, target, 1))
        after = self.shown(compute, target)
        compute.scale(target, spec(), 2, now())
        until(partial(self.has, compute, target, 2))
        assert [pool.scales for pool in (before, after, self.shown(compute, target))] == [True, False, True]

    def shown(self, compute: Compute, target: str) -> PoolObservation:
        pool = compute.pool(target)
        assert pool
        return pool
