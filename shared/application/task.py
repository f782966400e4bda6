"""The Batch task of an attempt, and the document by which its node learns what to do."""

import hashlib
import json
from datetime import timedelta

from shared.application import earlier
from shared.application.backend import Backend
from shared.application.paths import attempt_prefix
from shared.application.ports import TaskSpec
from shared.domain.definition import Input, RunDefinition
from shared.domain.environment import digest
from shared.domain.ids import pool_id, task_id
from shared.domain.run_state import Run

COMMAND = "python3 runner.pyz"
"""Batch runs it without a shell; nothing of a user's is in it."""
COMMAND_ON_NODES = """/bin/bash -c 'cd "$AZ_BATCH_TASK_SHARED_DIR" && exec python3 runner.pyz'"""
"""The same on the first of several nodes: Batch puts what all of them get into a folder that it only names."""
OF_DATASETS = {"register_as", "table"}
"""Of an output: what becomes of its files, which is no matter of the node's."""
UPLOAD_TIME = timedelta(minutes=30)
"""What Batch adds to the run's own limit before it ends the task itself: time to prepare and to upload."""


def prepare(backend: Backend, run: Run) -> TaskSpec:
    """Put runner and task document in place, and describe the task. Repeating it changes nothing."""
    assert run.definition
    prefix = attempt_prefix(run.id, run.attempt)
    runner = runner_blob(backend)
    backend.blobs.put("runs", f"{prefix}task.json", json.dumps(document(backend, run, run.definition)).encode())
    return TaskSpec(
        id=task_id(run.id, run.attempt),
        pool=pool_id(run.definition.compute_target),
        job=run.definition.job,
        command=COMMAND if run.definition.nodes == 1 else COMMAND_ON_NODES,
        files={
            "runner.pyz": backend.blobs.url("runner", runner),
            "task.json": backend.blobs.url("runs", f"{prefix}task.json"),
        },
        evidence=backend.blobs.url("runs", ""),
        evidence_prefix=f"{prefix}batch",
        variables={"RUNSPOOR_RUN_ID": run.id, "RUNSPOOR_ATTEMPT": str(run.attempt)},
        limit=_limit(run.definition),
        nodes=run.definition.nodes,
    )


def _limit(definition: RunDefinition) -> timedelta | None:
    """When Batch ends the task: the run's limit holds for making its environment and, after that, for its script."""
    if definition.max_run_duration_seconds is None:
        return None
    made = definition.environment.packages is not None or definition.environment.image is not None
    return timedelta(seconds=definition.max_run_duration_seconds) * (2 if made else 1) + UPLOAD_TIME


def runner_blob(backend: Backend) -> str:
    """The name of the runner's blob, which is there from now on."""
    name = f"{hashlib.sha256(backend.runner).hexdigest()}.pyz"
    if backend.blobs.size("runner", name) is None:
        backend.blobs.put("runner", name, backend.runner)
    return name


def _inputs(backend: Backend, run: Run, definition: RunDefinition) -> dict[str, Input]:
    return {**definition.inputs, **earlier.offered(backend, run.id, run.attempt, definition)}


def document(backend: Backend, run: Run, definition: RunDefinition) -> dict[str, object]:
    """The task document: ``docs/architecture.md`` says what is in it."""
    launch = definition.launch
    return {
        "run_id": run.id,
        "attempt": run.attempt,
        "experiment": definition.experiment,
        "api": backend.public_url,
        "local": definition.is_local,
        "may_be_tried_again": run.attempt < definition.max_attempts,
        "token": backend.tokens.issue(run.id, run.attempt, backend.clock()),
        "snapshot": definition.snapshot and definition.snapshot.model_dump(exclude={"datastore"}),
        "launch": launch.model_dump(),
        "environment": {**definition.environment.model_dump(), "digest": digest(definition.environment)},
        "inputs": {name: each.model_dump() for name, each in _inputs(backend, run, definition).items()},
        "outputs": {name: each.model_dump(exclude=OF_DATASETS) for name, each in definition.outputs.items()},
        "distribution": definition.distribution and definition.distribution.model_dump(),
        "compatibility": definition.compatibility,
        "limits": {"duration_seconds": definition.max_run_duration_seconds, "grace_seconds": definition.grace_seconds},
    }
