"""Operations on tasks."""

import json

from local.batch import job_life, task_life, workitems
from local.batch.call import Answer, Call, listed, made, page, shown, version_headers
from local.batch.documents import Document, Key, created, key, modified
from local.batch.errors import BatchRefusal
from local.batch.jobs import REFUSED
from local.batch.transfer import escapes
from local.batch.validation import invalid, new_id

CONSTRAINTS: Document = {
    "maxWallClockTime": "P10675199DT2H48M5.4775807S",
    "retentionTime": "P7D",
    "maxTaskRetryCount": 0,
}
MAX_COLLECTION = 100
MAX_COLLECTION_BYTES = 1024 * 1024
UNSERVED = {
    "containerSettings": "This emulator runs tasks as processes, not in containers.",
    "applicationPackageReferences": "This emulator has no application packages.",
}
RESOURCE_FILE_SOURCES = ("httpUrl", "storageContainerUrl", "autoStorageContainerName")


def create(call: Call) -> Answer:
    job_key, job = _open_job(call)
    task = _create(call, job_key, job, call.body)
    return made(call, _path(job, task), task)


def create_collection(call: Call) -> Answer:
    """Up to 100 tasks; each item of the answer says for itself what became of it."""
    job_key, job = _open_job(call)
    tasks: list[Document] = call.body["value"]
    if len(tasks) > MAX_COLLECTION:
        raise invalid("value", len(tasks), f"A collection has at most {MAX_COLLECTION} tasks.")
    if len(json.dumps(tasks)) > MAX_COLLECTION_BYTES:
        raise BatchRefusal("RequestBodyTooLarge", MaxLimit=str(MAX_COLLECTION_BYTES))
    return Answer({"value": [_create_item(call, job_key, job, task) for task in tasks]})


def _create_item(call: Call, job_key: Key, job: Document, spec: Document) -> Document:
    try:
        task = _create(call, job_key, job, spec)
    except BatchRefusal as refusal:
        return {"taskId": spec["id"], "status": "clienterror", "error": refusal.body}
    return {
        "taskId": task["id"],
        "status": "success",
        "eTag": task["eTag"],
        "lastModified": task["lastModified"],
        "location": call.url(_path(job, task)),
    }


def _open_job(call: Call) -> tuple[Key, Document]:
    job_key, job = call.job()
    if code := REFUSED.get(job["state"]):
        raise BatchRefusal(code, JobId=job["id"])
    return job_key, job


def _create(call: Call, job_key: Key, job: Document, spec: Document) -> Document:
    task_key = (*job_key, *key(new_id(spec)))
    if call.emulator.store.tasks.get(task_key):
        raise BatchRefusal("TaskExists", TaskId=spec["id"])
    _check(job, spec)
    constraints = {
        **CONSTRAINTS,
        "maxTaskRetryCount": job["constraints"]["maxTaskRetryCount"],
        **spec.get("constraints", {}),
    }
    task = created({"requiredSlots": 1, **spec, "constraints": constraints, "_job": job["id"]}, "active")
    task_life.activate(call.emulator, task_key, task)
    return task


def _check(job: Document, spec: Document) -> None:
    for name, reason in UNSERVED.items():
        if name in spec:
            raise invalid(name, "", reason)
    if "dependsOn" in spec and not job["usesTaskDependencies"]:
        raise BatchRefusal("TaskDependenciesNotSpecifiedOnJob", JobId=job["id"])
    if not spec["commandLine"].strip():
        raise invalid("commandLine", "", "The command line must not be empty.")
    for file in spec.get("resourceFiles", ()):
        check_resource_file(file)
    if "multiInstanceSettings" in spec:
        _check_multi_instance(spec, spec["multiInstanceSettings"])


def _check_multi_instance(spec: Document, settings: Document) -> None:
    if (count := workitems.instances(spec)) < 1:
        raise invalid("numberOfInstances", count, "It must be at least 1.")
    if not settings["coordinationCommandLine"].strip():
        raise invalid("coordinationCommandLine", "", "The command line must not be empty.")
    if (slots := spec.get("requiredSlots", 1)) != 1:
        raise invalid("requiredSlots", slots, "A multi-instance task takes one slot of each node.")
    for file in settings.get("commonResourceFiles", ()):
        check_resource_file(file)


def check_resource_file(file: Document) -> None:
    """One source, a path for a URL, and never out of the working directory."""
    if len(named := [name for name in RESOURCE_FILE_SOURCES if name in file]) != 1:
        raise invalid("resourceFiles", named, f"Name exactly one of {', '.join(RESOURCE_FILE_SOURCES)}.")
    if named == ["autoStorageContainerName"]:
        raise invalid("autoStorageContainerName", file[named[0]], "The account has no auto-storage account.")
    if "httpUrl" in file and not file.get("filePath"):
        raise invalid("filePath", "", "A resource file with httpUrl needs a filePath.")
    if escapes(file.get("filePath", "")):
        raise invalid("filePath", file["filePath"], "A resource file must stay in the working directory.")


def get(call: Call) -> Answer:
    _, task = call.task()
    return shown(call, _path_of(task), task)


def list_all(call: Call) -> Answer:
    job_key, _ = call.job()
    return listed(call, ((_path_of(task), task) for _, task in call.emulator.store.tasks.under(*job_key)))


def replace(call: Call) -> Answer:
    """PUT changes the constraints alone; without them they get their defaults."""
    task_key, task = call.task()
    call.check_version(task)
    if task["state"] == "completed":
        raise BatchRefusal("TaskCompleted", TaskId=task["id"])
    modified(task)["constraints"] = {**CONSTRAINTS, **call.body.get("constraints", {})}
    call.emulator.store.tasks.put(task_key, task)
    return Answer(headers=version_headers(task))


async def terminate(call: Call) -> Answer:
    """Answers when the task is completed."""
    task_key, task = call.task()
    call.check_version(task)
    if task["state"] == "completed":
        raise BatchRefusal("TaskCompleted", TaskId=task["id"])
    if execution := call.emulator.executions.get(task_key):
        await execution.stop()
    else:
        task_life.cancel(call.emulator, task_key, task)
    return Answer()


async def delete(call: Call) -> Answer:
    """Kills the task's processes and removes its directory."""
    task_key, task = call.task()
    call.check_version(task)
    call.emulator.queue.pop(task_key, None)
    if execution := call.emulator.executions.get(task_key):
        execution.abandon()
    call.emulator.store.tasks.delete(task_key)
    workitems.discard(call.emulator, task)
    job_life.task_completed(call.emulator, task_key[:1])
    call.emulator.wake()
    return Answer()


def reactivate(call: Call) -> Answer:
    """A failed task runs again, with its retries counted anew."""
    task_key, task = call.task()
    call.check_version(task)
    _open_job(call)
    if task["state"] != "completed" or task["executionInfo"]["result"] == "success":
        raise BatchRefusal(
            "OperationInvalidForCurrentState", TaskId=task["id"], Reason="Only a failed task can be reactivated."
        )
    task["executionInfo"] = {"retryCount": 0, "requeueCount": 0}
    task_life.activate(call.emulator, task_key, task)
    return Answer(headers=version_headers(task))


def list_subtasks(call: Call) -> Answer:
    """Those of a multi-instance task, which do not include the primary."""
    _, task = call.task()
    return page(call, task.get("_subtasks", ()))


def _path(job: Document, task: Document) -> str:
    return f"/jobs/{job['id']}/tasks/{task['id']}"


def _path_of(task: Document) -> str:
    return f"/jobs/{task['_job']}/tasks/{task['id']}"
