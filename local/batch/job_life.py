"""The life of a job: how it is disabled, terminated and deleted, each taken up again after a restart."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from local.batch import task_life, workitems
from local.batch.documents import Document, Key, enter, moment, now, seconds

if TYPE_CHECKING:
    from local.batch.emulator import Emulator


def enter_and_do(emulator: "Emulator", key: Key, job: Document, state: str) -> None:
    """Move a job into a transient state and do in the background what ends it."""
    enter(job, state)
    emulator.store.jobs.put(key, job)
    emulator.spawn(_DUTIES[state](emulator, key, job))


def recover(emulator: "Emulator") -> None:
    for key, job in emulator.store.jobs:
        if duty := _DUTIES.get(job["state"]):
            emulator.spawn(duty(emulator, key, job))
        watch(emulator, key)


def watch(emulator: "Emulator", key: Key) -> None:
    """Terminate the job when its maxWallClockTime, counted from its creation, is over."""
    job = emulator.store.jobs.get(key)
    limit = seconds(job.get("constraints", {}).get("maxWallClockTime")) if job else None
    if job is None or limit is None or job["state"] != "active":
        return
    left = limit - (datetime.now(UTC) - moment(job["creationTime"])).total_seconds()
    if left > 0:
        emulator.later(left, lambda: watch(emulator, key))
    else:
        terminate(emulator, key, job, "MaxWallClockTimeExpiry")


def terminate(emulator: "Emulator", key: Key, job: Document, reason: str) -> None:
    job["_reason"] = reason
    enter_and_do(emulator, key, job, "terminating")


def task_completed(emulator: "Emulator", key: Key) -> None:
    """With ``onAllTasksComplete`` = terminatejob a job ends with its last task."""
    job = emulator.store.jobs.get(key)
    if job is None or job["state"] != "active" or job.get("onAllTasksComplete") != "terminatejob":
        return
    if all(task["state"] == "completed" for _, task in emulator.store.tasks.under(*key)):
        terminate(emulator, key, job, "AllTasksCompleted")


async def _terminate(emulator: "Emulator", key: Key, job: Document) -> None:
    await _stop_tasks(emulator, key)
    job["executionInfo"].update(endTime=now(), terminateReason=job.pop("_reason", "UserTerminate"))
    enter(job, "completed")
    emulator.store.jobs.put(key, job)


async def _delete(emulator: "Emulator", key: Key, job: Document) -> None:
    await _stop_tasks(emulator, key)
    for task_key, task in emulator.store.tasks.under(*key):
        workitems.discard(emulator, task)
        emulator.store.tasks.delete(task_key)
    emulator.store.jobs.delete(key)


async def _disable(emulator: "Emulator", key: Key, job: Document) -> None:
    running = [task_key for task_key in emulator.executions if task_key[:1] == key]
    match job.get("_disable_tasks"):
        case "requeue":
            for task_key in running:
                task_life.requeue(emulator, task_key, asked=True)
        case "terminate":
            await asyncio.gather(*(emulator.executions[task_key].stop() for task_key in running))
        case _:
            await asyncio.gather(*(emulator.executions[task_key].finished() for task_key in running))
    if job["state"] == "disabling":
        enter(job, "disabled")
        emulator.store.jobs.put(key, job)


async def _stop_tasks(emulator: "Emulator", key: Key) -> None:
    tasks = emulator.store.tasks.under(*key)
    for task_key, task in tasks:
        if task["state"] == "active":
            task_life.cancel(emulator, task_key, task)
    await asyncio.gather(
        *(emulator.executions[task_key].stop() for task_key, _ in tasks if task_key in emulator.executions)
    )


_DUTIES = {"terminating": _terminate, "deleting": _delete, "disabling": _disable}
