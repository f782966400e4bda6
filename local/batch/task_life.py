"""The life of a task: active, running, completed; and back to active when it is retried or its node is lost."""

import os
import signal
from collections.abc import Sequence
from typing import TYPE_CHECKING

from local.batch import job_life, processes, workitems
from local.batch.command import Outcome, failure
from local.batch.documents import Document, Key, enter, now
from local.batch.execution import Execution

if TYPE_CHECKING:
    from local.batch.emulator import Emulator

NO_LIMIT = -1


def activate(emulator: "Emulator", key: Key, task: Document) -> None:
    """Ready to run on the next free node."""
    enter(task, "active")
    counts = task.get("executionInfo", {})
    task["executionInfo"] = {
        name: counts[name]
        for name in ("retryCount", "lastRetryTime", "requeueCount", "lastRequeueTime")
        if name in counts
    } or {"retryCount": 0, "requeueCount": 0}
    for name in ("nodeInfo", "_subtasks"):
        task.pop(name, None)
    emulator.store.tasks.put(key, task)
    emulator.queue[key] = None
    emulator.wake()


def begin(emulator: "Emulator", key: Key, task: Document, nodes: Sequence[tuple[Key, Document]]) -> None:
    """Start an active task on its node; a multi-instance task on its nodes, the primary first."""
    emulator.queue.pop(key, None)
    enter(task, "running")
    task["executionInfo"]["startTime"] = now()
    task["nodeInfo"] = workitems.node_info(emulator, nodes[0][1], task)
    emulator.store.tasks.put(key, task)
    emulator.executions[key] = Execution(emulator, key, task, nodes)


def ended(emulator: "Emulator", key: Key, outcome: Outcome) -> None:
    """A task's command ended: retry it or complete it, and free its node."""
    execution = emulator.executions.pop(key)
    task = emulator.store.tasks.get(key)
    if task is None:
        return
    info = task["executionInfo"]
    limit = _retries(emulator, task)
    if outcome.may_retry and (limit == NO_LIMIT or info["retryCount"] < limit):
        info.update(retryCount=info["retryCount"] + 1, lastRetryTime=now())
        activate(emulator, key, task)
    else:
        complete(emulator, key, task, outcome)
    for node_key in execution.node_keys:
        _count(emulator, node_key, outcome)


def _retries(emulator: "Emulator", task: Document) -> int:
    job = emulator.store.jobs.get((task["_job"].lower(),)) or {}
    default = job.get("constraints", {}).get("maxTaskRetryCount", 0)
    limit: int = task.get("constraints", {}).get("maxTaskRetryCount", default)
    return limit


def complete(emulator: "Emulator", key: Key, task: Document, outcome: Outcome) -> None:
    """The task's last word."""
    emulator.queue.pop(key, None)
    enter(task, "completed")
    info = task["executionInfo"]
    info.update(endTime=now(), result=outcome.result)
    info.setdefault("startTime", info["endTime"])
    if outcome.exit_code is not None:
        info["exitCode"] = outcome.exit_code
    if outcome.failure:
        info["failureInfo"] = outcome.failure
    emulator.store.tasks.put(key, task)
    job_life.task_completed(emulator, key[:1])
    emulator.wake()


def cancel(emulator: "Emulator", key: Key, task: Document) -> None:
    """End a task that never ran."""
    complete(emulator, key, task, Outcome(None, failure("TaskEnded")))


def requeue(emulator: "Emulator", key: Key, *, asked: bool, spared: Key | None = None) -> None:
    """A node of it is gone: run again. ``requeueCount`` counts what a client asked for, never what was lost.

    What runs on the ``spared`` node goes on there, and counts for nothing.
    """
    emulator.executions[key].abandon(spared)
    task = emulator.store.tasks.get(key)
    if task is None:
        return
    if asked:
        task["executionInfo"].update(requeueCount=task["executionInfo"]["requeueCount"] + 1, lastRequeueTime=now())
    activate(emulator, key, task)


def _count(emulator: "Emulator", node_key: Key, outcome: Outcome) -> None:
    if node := emulator.store.nodes.get(node_key):
        node["totalTasksRun"] += 1
        node["totalTasksSucceeded"] += outcome.failure is None
        emulator.store.nodes.put(node_key, node)


def recover(emulator: "Emulator") -> None:
    """After a restart every task that was running is as if its node had been lost: ended, and ready to run anew."""
    for key, record in list(emulator.store.processes):
        if record["birth"] and processes.birth(int(key[0])) == record["birth"]:
            processes.signal_group(os.getpgid(int(key[0])), signal.SIGKILL)
        emulator.store.processes.delete(key)
    for key, task in emulator.store.tasks:
        if task["state"] == "running":
            activate(emulator, key, task)
        elif task["state"] == "active":
            emulator.queue[key] = None
