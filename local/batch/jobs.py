"""Operations on jobs."""

from local.batch import job_life
from local.batch.call import Answer, Call, listed, made, shown, version_headers
from local.batch.documents import Document, created, enter, key, modified, now
from local.batch.errors import BatchRefusal
from local.batch.validation import invalid, new_id

# What a state refuses, whatever is asked but reading.
REFUSED = {"deleting": "JobBeingDeleted", "terminating": "JobBeingTerminated", "completed": "JobCompleted"}
DEFAULTS: Document = {
    "usesTaskDependencies": False,
    "priority": 0,
    "maxParallelTasks": -1,
    "allowTaskPreemption": False,
    "onAllTasksComplete": "noaction",
    "onTaskFailure": "noaction",
}
CONSTRAINTS: Document = {"maxWallClockTime": "P10675199DT2H48M5.4775807S", "maxTaskRetryCount": 0}
UNSERVED = ("jobManagerTask", "jobPreparationTask", "jobReleaseTask")


def create(call: Call) -> Answer:
    job = call.body
    job_key = key(new_id(job))
    if call.emulator.store.jobs.get(job_key):
        raise BatchRefusal("JobExists", JobId=job["id"])
    for name in UNSERVED:
        if name in job:
            raise invalid(name, "", f"This emulator does not run {name}.")
    _check_pool(call, job["poolInfo"])
    job = created(
        {
            **DEFAULTS,
            **job,
            "constraints": {**CONSTRAINTS, **job.get("constraints", {})},
            "executionInfo": {"startTime": now(), "poolId": job["poolInfo"]["poolId"]},
        },
        "active",
    )
    call.emulator.store.jobs.put(job_key, job)
    job_life.watch(call.emulator, job_key)
    return made(call, f"/jobs/{job['id']}", job)


def _check_pool(call: Call, pool: Document) -> None:
    if "poolId" not in pool:
        raise invalid("poolInfo", "autoPoolSpecification", "This emulator has no auto pools: name a poolId.")
    found = call.emulator.store.pools.get(key(pool["poolId"]))
    if found is None:
        raise BatchRefusal("PoolNotFound", PoolId=pool["poolId"])
    if found["state"] == "deleting":
        raise BatchRefusal("PoolBeingDeleted", PoolId=pool["poolId"])


def get(call: Call) -> Answer:
    _, job = call.job()
    return shown(call, f"/jobs/{job['id']}", job)


def list_all(call: Call) -> Answer:
    return listed(call, ((f"/jobs/{job['id']}", job) for _, job in call.emulator.store.jobs))


def update(call: Call) -> Answer:
    """PATCH: only what is named changes."""
    return _change(call, call.body)


def replace(call: Call) -> Answer:
    """PUT: what may change and is not named gets its default."""
    changeable = (
        "priority",
        "maxParallelTasks",
        "allowTaskPreemption",
        "constraints",
        "poolInfo",
        "onAllTasksComplete",
        "metadata",
    )
    named = {name: call.body[name] for name in changeable if name in call.body}
    return _change(
        call,
        {
            **{name: DEFAULTS[name] for name in changeable if name in DEFAULTS},
            "metadata": [],
            **named,
            "constraints": {**CONSTRAINTS, **named.get("constraints", {})},
        },
    )


def _change(call: Call, changes: Document) -> Answer:
    job_key, job = call.job()
    call.check_version(job)
    _refuse(job)
    if "poolInfo" in changes:
        _check_pool(call, changes["poolInfo"])
    if "constraints" in changes:
        changes = {**changes, "constraints": {**job["constraints"], **changes["constraints"]}}
    modified(job).update(changes)
    call.emulator.store.jobs.put(job_key, job)
    job_life.watch(call.emulator, job_key)
    job_life.task_completed(call.emulator, job_key)
    call.emulator.wake()
    return Answer(headers=version_headers(job))


def _refuse(job: Document, *codes: str) -> None:
    code = REFUSED.get(job["state"])
    if code and code not in codes:
        raise BatchRefusal(code, JobId=job["id"])


def delete(call: Call) -> Answer:
    job_key, job = call.job()
    call.check_version(job)
    _refuse(job, "JobBeingTerminated", "JobCompleted")
    job_life.enter_and_do(call.emulator, job_key, job, "deleting")
    return Answer()


def terminate(call: Call) -> Answer:
    job_key, job = call.job()
    call.check_version(job)
    _refuse(job)
    job_life.terminate(call.emulator, job_key, job, call.body.get("terminateReason", "UserTerminate"))
    return Answer()


def disable(call: Call) -> Answer:
    job_key, job = call.job()
    call.check_version(job)
    _refuse(job)
    job["_disable_tasks"] = call.body["disableTasks"]
    job_life.enter_and_do(call.emulator, job_key, job, "disabling")
    return Answer()


def enable(call: Call) -> Answer:
    job_key, job = call.job()
    call.check_version(job)
    _refuse(job)
    if job["state"] != "active":
        call.emulator.store.jobs.put(job_key, enter(job, "active"))
        call.emulator.wake()
    return Answer()


def task_counts(call: Call) -> Answer:
    job_key, _ = call.job()
    tasks = [task for _, task in call.emulator.store.tasks.under(*job_key)]
    return Answer(
        {
            "taskCounts": _counts([(task, 1) for task in tasks]),
            "taskSlotCounts": _counts([(task, task.get("requiredSlots", 1)) for task in tasks]),
        }
    )


def _counts(tasks: list[tuple[Document, int]]) -> Document:
    counts = {
        state: sum(n for task, n in tasks if task["state"] == state) for state in ("active", "running", "completed")
    }
    results = [(task["executionInfo"].get("result"), n) for task, n in tasks if task["state"] == "completed"]
    return {
        **counts,
        "succeeded": sum(n for result, n in results if result == "success"),
        "failed": sum(n for result, n in results if result == "failure"),
    }
