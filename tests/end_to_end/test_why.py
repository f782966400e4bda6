"""``GET /runs/{id}/why`` in every phase, while the system really is in it."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.end_to_end.api import until
from tests.end_to_end.intercepted import Intercepted

Why = dict[str, object]
LOOP = "import time\nprint('here', flush=True)\nwhile True: time.sleep(.05)"


class Target:
    """A compute target of its own, and the runs on it."""

    def __init__(self, world: Intercepted, name: str) -> None:
        self.world, self.api, self.name = world, world.api, name
        self._runs: list[str] = []

    def create(self, **settings: object) -> None:
        self.world.create_target(self.name, **settings)

    def submit(self, script: str = LOOP, **settings: object) -> str:
        run_id = self.api.submit(script, key=None, compute_target=self.name, grace_seconds=0, **settings)
        self._runs.append(run_id)
        return run_id

    def why(self, run_id: str) -> Why:
        answer = self.api.http.get(f"runs/{run_id}/why")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def waits_for(self, run_id: str, word: str, *said: str) -> Why:
        """The explanation once it is this one; it says all this and when it became so."""
        answers: list[Why] = []

        def is_it() -> bool:
            answers.append(self.why(run_id))
            text = f"{answers[-1]['summary']} {answers[-1]['next']}"
            return answers[-1]["waiting_for"] == word and all(each in text for each in said)

        until(is_it, 30, lambda: f"{word}, {said}: {answers[-1]}")
        why = answers[-1]
        assert why["run_id"] == run_id
        assert why["since"]
        assert float(str(why["seconds"])) >= 0
        return why

    def switch(self, name: str, body: dict[str, str] | None = None) -> None:
        path = f"/_emulator/pools/{self.name}/{name}"
        assert self.world.batch.put(path, json=body or {}).status_code == 204

    def clear(self, name: str) -> None:
        assert self.world.batch.delete(f"/_emulator/pools/{self.name}/{name}").status_code == 204

    def reconciled(self, run_id: str) -> dict[str, object]:
        """The run after a comparison with Batch."""
        self.world.reconcile()
        return self.api.run(run_id)

    def close(self) -> None:
        for run_id in self._runs:
            self.api.http.post(f"runs/{run_id}/cancel")
        self.api.http.delete(f"compute-targets/{self.name}")


@pytest.fixture
def target(world: Intercepted) -> Iterator[Target]:
    target = Target(world, f"t{uuid4().hex[:10]}")
    yield target
    world.proxy.clear()
    target.close()


def test_accepted_and_not_yet_picked_up(world: Intercepted, target: Target) -> None:
    target.create()
    until(lambda: bool(world.api.http.get(f"compute-targets/{target.name}").json()["pool"]))
    held = world.proxy.trap("queue", "POST", "/reactions/messages", times=100)
    run_id = target.submit("")
    held.wait()
    why = target.waits_for(run_id, "backend", "picked up", "every minute")
    assert (why["status"], why["task"], why["pool"]) == ("NotStarted", None, None)


def test_the_pool_is_being_made(world: Intercepted, target: Target) -> None:
    held = world.proxy.trap("batch", "POST", "^/pools$", target.name, times=100)
    target.create()
    run_id = target.submit("")
    held.wait()
    why = target.waits_for(run_id, "pool", "is being made", "task is queued")
    assert why["status"] == "Preparing"


def test_the_task_is_being_made(world: Intercepted, target: Target) -> None:
    target.create()
    held = world.proxy.trap("batch", "POST", f"/jobs/j-{target.name}/tasks", times=100)
    run_id = target.submit("")
    held.wait()
    assert target.waits_for(run_id, "task", "attempt 1 is being made")["status"] == "Preparing"


def test_batch_does_not_answer(world: Intercepted, target: Target) -> None:
    target.create()
    target.switch("allocation-hold")
    run_id = target.submit("")
    target.waits_for(run_id, "node")
    plan = {"method": "GET", "path": f"/jobs/j-{target.name}/tasks/", "status": 503, "times": 50, "retry_after": 0}
    assert world.batch.post("/_emulator/answers", json=plan).status_code == 204
    why = target.waits_for(run_id, "batch", "does not answer", "Queued")
    assert (why["status"], why["task"]) == ("Queued", None)
    assert world.batch.delete("/_emulator/answers").status_code == 204
    target.waits_for(run_id, "node")


def test_nodes_are_allocated(target: Target) -> None:
    target.create()
    target.switch("allocation-hold")
    run_id = target.submit("")
    why = target.waits_for(run_id, "node", "allocating nodes: ", "The run starts when the first one is ready")
    assert why["status"] == "Queued"
    assert str(why["task"]).count("active") == 1
    target.clear("allocation-hold")
    target.api.wait(run_id, "Completed")


def test_no_node_is_free(target: Target) -> None:
    target.create(max_nodes=1)
    first = target.submit()
    target.api.wait(first, "Running")
    second = target.submit("")
    target.waits_for(second, "free node", "All 1 nodes are busy", "no more than 1", "raise max_nodes")
    changed = target.api.http.patch(f"compute-targets/{target.name}", json={"max_nodes": 2})
    assert changed.status_code == 200
    target.world.reconcile()
    target.api.wait(second, "Completed")


def test_batch_is_slow_to_schedule(target: Target) -> None:
    target.create(min_nodes=1)
    target.switch("scheduling-hold")
    run_id = target.submit("")
    target.waits_for(run_id, "scheduling", "idle: 1", "in seconds")
    target.clear("scheduling-hold")
    target.api.wait(run_id, "Completed")


@pytest.mark.parametrize(("code", "advice"), [
    ("AccountCoreQuotaReached", "more core quota"), ("AllocationFailed", "other vm sizes or regions"),
])
def test_allocation_fails(target: Target, code: str, advice: str) -> None:
    target.create()
    target.switch("allocation-failure", {"code": code, "message": "There is no room."})
    run_id = target.submit("")
    why = target.waits_for(run_id, "allocation", f"{code}: There is no room.", advice)
    assert code in str(why["pool"])


def test_no_node_works(target: Target) -> None:
    target.create(min_nodes=1)
    pool = f"/pools/{target.name}"
    about = f"compute-targets/{target.name}"
    until(lambda: "idle" in ((target.api.http.get(about).json()["pool"] or {}).get("nodes") or {}))
    node = next(iter(target.world.compute.list_nodes(target.name))).id
    target.world.fault(f"{pool}/nodes/{node}/break")
    run_id = target.submit("")
    target.waits_for(run_id, "working node", "1 unusable", "NodeAgentUnreachable", "never recover")


def test_the_pool_or_task_has_been_deleted(world: Intercepted, target: Target) -> None:
    target.create()
    target.switch("allocation-hold")
    run_id = target.submit("", max_attempts=1)
    target.waits_for(run_id, "node")
    world.delete_in_batch(f"/jobs/j-{target.name}/tasks/{run_id}-a1")
    target.waits_for(run_id, "task", "gone from Batch", "attempt is lost")
    target.clear("allocation-hold")
    world.delete_in_batch(f"/jobs/j-{target.name}")
    world.delete_in_batch(f"/pools/{target.name}")
    target.waits_for(run_id, "pool", "somebody deleted it", "attempt is lost")


def test_a_script_runs(target: Target) -> None:
    target.create(min_nodes=2)
    free, limited = target.submit(), target.submit(max_run_duration_seconds=600)
    for run_id in (free, limited):
        target.api.wait(run_id, "Running")
    why = target.waits_for(free, "script", "runs on node tvm", "no time limit")
    assert (why["status"], str(why["task"]).count("running")) == ("Running", 1)
    target.waits_for(limited, "script", "It is stopped at", "UTC latest")


def test_a_cancellation_is_on_its_way(target: Target) -> None:
    target.create(min_nodes=1)
    script = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf', flush=True)\n" \
        "while True: time.sleep(.05)"
    run_id = target.api.submit(script, compute_target=target.name, grace_seconds=2)
    target.api.wait(run_id, "Running")
    log = f"runs/{run_id}/logs/user_logs/std_log.txt"
    until(lambda: "deaf" in target.api.http.get(log).text)
    assert target.api.http.post(f"runs/{run_id}/cancel", json={"reason": "no progress"}).status_code == 202
    why = target.waits_for(run_id, "cancellation", "caller asked for cancellation", "(no progress)")
    assert why["status"] == "CancelRequested"
    until(lambda: "2 s to stop" in str(target.why(run_id)["summary"]))
    target.waits_for(run_id, "cancellation", "Otherwise its task is ended at")
    target.api.wait(run_id, "Canceled")
    assert target.waits_for(run_id, "nothing", "caller", "no progress")["status"] == "Canceled"


def test_a_node_is_lost(world: Intercepted, target: Target) -> None:
    target.create(min_nodes=1)
    run_id = target.submit()
    target.api.wait(run_id, "Running")
    world.fault(f"/pools/{target.name}/nodes/{world.node(run_id)}/lose")
    until(lambda: target.api.run(run_id)["attempt"] == 2, 30)
    lost = target.why(run_id)["lost_attempts"]
    assert isinstance(lost, dict)
    assert lost["1"]["code"] == "NodeLost"
    assert "lost" in lost["1"]["message"]


def test_the_next_attempt_is_about_to_be_opened(world: Intercepted, target: Target) -> None:
    target.create(min_nodes=1)
    run_id = target.submit()
    target.api.wait(run_id, "Running")
    world.proxy.trap("cosmos", "POST", "/docs", "run.attempt_opened", run_id, times=100)
    world.fault(f"/pools/{target.name}/nodes/{world.node(run_id)}/lose")
    why = target.waits_for(run_id, "next attempt", "Attempt 2 is opened in a moment")
    assert why["status"] == "NotStarted"
    assert "node" in str(why["summary"])


def test_the_report_is_awaited(world: Intercepted, target: Target) -> None:
    target.create(min_nodes=1)
    script = "import os, signal, time\nprint('bye', flush=True)\ntime.sleep(.5)\n" \
        "os.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(60)"
    run_id = target.submit(script)
    target.api.wait(run_id, "Running")
    why = target.waits_for(run_id, "node report", "ended with exit code", "Without a report the run is ended at")
    assert why["status"] == "Running"
    until(lambda: target.reconciled(run_id)["status"] == "Failed", 20)
    target.waits_for(run_id, "nothing", "without reporting")


def test_outputs_are_checked(world: Intercepted, target: Target) -> None:
    target.create(min_nodes=1)
    held = world.proxy.trap("cosmos", "POST", "/docs", "run.ended", times=100)
    run_id = target.submit("open('outputs/a', 'w').write('a')")
    held.wait(30)
    assert target.waits_for(run_id, "outputs", "being checked", "Then the run ends")["status"] == "Finalizing"


ENDS = {
    "Completed": ("open('outputs/a', 'w').write('a')", {}, ("ended well", "1 output files")),
    "Failed": ("raise SystemExit(3)", {}, ("3",)),
    "Canceled": (LOOP, {"max_run_duration_seconds": 1}, ("1 s",)),
}


@pytest.mark.parametrize("status", ENDS)
def test_a_run_that_has_ended(world: Intercepted, status: str) -> None:
    script, settings, said = ENDS[status]
    target = Target(world, "cpu")
    run_id = target.submit(script, **settings)
    assert world.api.wait(run_id)["status"] == status
    why = target.waits_for(run_id, "nothing", *said, "Nothing: the run has ended.")
    assert (why["status"], why["task"], why["pool"]) == (status, None, None)
