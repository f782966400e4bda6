"""Runs with outputs in a deployment in memory, and what their nodes do."""

import json
from typing import Any

from shared.application import datastores, runs
from shared.application.signals import record
from shared.contract.responses import RunResponse
from shared.contract.submission import SubmitRunRequest
from tests.unit.application.deployment import CAUSE, RUN, Deployment

STORE = "workspaceblobstore"
MODEL: dict[str, Any] = {"path": {"datastore": STORE, "path": "models"}}


def submit(world: Deployment, run_id: str, where: dict[str, Any] | None = None, **more: Any) -> RunResponse:
    definition = runs.find(world.backend, RUN).definition
    assert definition
    assert definition.snapshot
    return runs.submit(world.backend, SubmitRunRequest.model_validate({
        "experiment": "tests", "snapshot_id": definition.snapshot.id, "compute_target": "cpu", "script": "train.py",
        "run_id": run_id, "outputs": where or {"model": MODEL}, **more}), CAUSE, None)[0]


def running(world: Deployment, outputs: dict[str, Any], run_id: str = "first") -> None:
    submit(world, run_id, outputs)
    world.react_to(run_id)
    for signal in ("started", "running"):
        say(world, signal, {"attempt": 1, "node": "n1", "pid": 7}, run_id)


def say(world: Deployment, signal: str, said: dict[str, Any], run_id: str = "first", attempt: int = 1) -> None:
    record(world.backend, run_id, attempt, signal, json.dumps(said).encode(), CAUSE)


def write(world: Deployment, files: dict[str, str], name: str = "model", attempt: int = 1) -> None:
    """What the node does: the files, and their list."""
    for path, text in files.items():
        world.blobs.put("data", f"models/{path}", text.encode(), overwrite=True)
    store = datastores.opened(world.backend, STORE)
    found = {path: store.look(f"models/{path}") for path in files}
    lines = [json.dumps({"path": path, "size": each.size, "etag": each.etag}) for path, each in found.items() if each]
    world.blobs.put("runs", f"first/{attempt}/written/{name}.jsonl", "\n".join(lines).encode(), overwrite=True)


def completed(outcome: str = "succeeded", files: int = 2, failed: int = 0) -> dict[str, Any]:
    reason = None if outcome == "succeeded" else {"code": "ScriptFailed", "message": "-"}
    return {"attempt": 1, "outcome": outcome, "reason": reason, "written": [
        {"name": "model", "files": files, "bytes": 5, "failed": [{"path": "x", "message": "-"}] * failed}]}


REGISTERED = {"model": {**MODEL, "register_as": {"name": "nets", "tags": {"stage": "test"}}}}
FILES = {"net.pkl": "net", "deep/a.png": "42"}
