"""Operations on pools."""

import time
from typing import Any

from starlette.responses import Response

from local.batch import allocation, autoscale
from local.batch.call import Answer, Call, listed, made, shown, version_headers
from local.batch.documents import Document, Key, created, enter, key, modified
from local.batch.errors import BatchRefusal
from local.batch.tasks import check_resource_file
from local.batch.validation import invalid, new_id

DEFAULTS: Document = {
    "resizeTimeout": allocation.DEFAULT_TIMEOUT,
    "enableAutoScale": False,
    "enableInterNodeCommunication": False,
    "taskSlotsPerNode": 1,
    "taskSchedulingPolicy": {"jobDefaultOrder": "none", "nodeFillType": "spread"},
}
DELETING_SECONDS = 0.1  # long enough for a client to see the state that Batch shows for minutes
MAX_SLOTS = 256
WRITE_ONLY = ("accountKey", "sasKey", "password")  # of mounts and registries: never shown again
TARGETS = ("targetDedicatedNodes", "targetLowPriorityNodes")


def create(call: Call) -> Answer:
    spec = call.body
    pool_key = key(new_id(spec))
    if call.emulator.store.pools.get(pool_key):
        raise BatchRefusal("PoolExists", PoolId=spec["id"])
    _check(spec)
    pool = created({**DEFAULTS, **spec, "vmSize": spec["vmSize"].lower(), "allocationState": "steady"}, "active")
    pool["allocationStateTransitionTime"] = pool["creationTime"]
    allocation.begin(call.emulator, pool_key, pool, *(spec.get(name, 0) for name in TARGETS))
    if pool["enableAutoScale"]:
        autoscale.enable(call.emulator, pool_key, pool)
    return made(call, f"/pools/{pool['id']}", pool)


def _check(spec: Document) -> None:
    if spec.get("enableAutoScale"):
        if named := [name for name in TARGETS if name in spec]:
            raise invalid(named[0], spec[named[0]], "A pool with enableAutoScale takes no targets.")
        if not spec.get("autoScaleFormula"):
            raise BatchRefusal("MissingRequiredProperty", PropertyName="autoScaleFormula")
    elif "autoScaleFormula" in spec:
        raise invalid("autoScaleFormula", "", "It needs enableAutoScale.")
    autoscale.check(spec)
    _check_targets(spec)
    if not 1 <= spec.get("taskSlotsPerNode", 1) <= MAX_SLOTS:
        raise invalid("taskSlotsPerNode", spec["taskSlotsPerNode"], f"It must be from 1 to {MAX_SLOTS}.")
    for file in spec.get("startTask", {}).get("resourceFiles", ()):
        check_resource_file(file)


def _check_targets(spec: Document) -> None:
    for name in TARGETS:
        if spec.get(name, 0) < 0:
            raise invalid(name, spec[name], "It must not be negative.")


def get(call: Call) -> Answer:
    _, pool = call.pool()
    return shown(call, f"/pools/{pool['id']}", _seen(call, pool))


def exists(call: Call) -> Answer:
    _, pool = call.pool()
    call.check_version(pool)
    return Answer(response=Response(headers=version_headers(pool)))


def list_all(call: Call) -> Answer:
    return listed(call, ((f"/pools/{pool['id']}", _seen(call, pool)) for _, pool in call.emulator.store.pools))


def _seen(call: Call, pool: Document) -> Document:
    """The pool with its current nodes counted and the identities that every pool here has."""
    nodes = [node for _, node in call.emulator.store.nodes.under(*key(pool["id"]))]
    counts = {
        current: sum(node["isDedicated"] == dedicated for node in nodes)
        for dedicated, _, current, _ in allocation.KINDS
    }
    return {
        **{name: _without_secrets(value) for name, value in pool.items() if not name.startswith("previousState")},
        **counts,
        "identity": _identity(call),
    }


def _without_secrets(value: Any) -> Any:
    """A JSON value without the properties that Batch never shows."""
    match value:
        case dict():
            return {name: _without_secrets(item) for name, item in value.items() if name not in WRITE_ONLY}
        case list():
            return [_without_secrets(item) for item in value]
    return value


def _identity(call: Call) -> Document:
    known = [{"resourceId": resource_id} for resource_id in call.emulator.settings.identities]
    return {"type": "UserAssigned", "userAssignedIdentities": known} if known else {"type": "None"}


def update(call: Call) -> Answer:
    """PATCH: only what is named changes."""
    pool_key, pool = _open_pool(call)
    return _change(call, pool_key, pool, call.body)


def replace_properties(call: Call) -> Answer:
    """What may be replaced and is not named is removed."""
    pool_key, pool = _open_pool(call)
    pool.pop("startTask", None)
    return _change(call, pool_key, pool, call.body)


def _change(call: Call, pool_key: Key, pool: Document, changes: Document) -> Answer:
    modified(pool).update(changes)
    call.emulator.store.pools.put(pool_key, pool)
    return Answer(headers=version_headers(pool))


def _open_pool(call: Call) -> tuple[Key, Document]:
    pool_key, pool = call.pool()
    call.check_version(pool)
    if pool["state"] == "deleting":
        raise BatchRefusal("PoolBeingDeleted", PoolId=pool["id"])
    return pool_key, pool


def delete(call: Call) -> Answer:
    pool_key, pool = _open_pool(call)
    pool["_gone_at"] = time.time() + DELETING_SECONDS
    call.emulator.store.pools.put(pool_key, enter(pool, "deleting"))
    call.emulator.wake()
    return Answer()


def resize(call: Call) -> Answer:
    pool_key, pool = _steady_pool(call)
    if pool["enableAutoScale"]:
        raise BatchRefusal(
            "OperationInvalidForCurrentState", PoolId=pool["id"], Reason="The pool has autoscale enabled."
        )
    if not any(name in call.body for name in TARGETS):
        raise BatchRefusal("MissingRequiredProperty", PropertyName=TARGETS[0])
    _check_targets(call.body)
    dedicated, spot = ({**pool, **call.body}[name] for name in TARGETS)
    option, timeout = call.body.get("nodeDeallocationOption", "requeue"), call.body.get("resizeTimeout")
    allocation.begin(call.emulator, pool_key, pool, dedicated, spot, option, timeout)
    return Answer(headers=version_headers(pool))


def _steady_pool(call: Call) -> tuple[Key, Document]:
    pool_key, pool = _open_pool(call)
    if pool["allocationState"] != "steady":
        raise BatchRefusal("PoolBeingResized", PoolId=pool["id"])
    return pool_key, pool


def stop_resize(call: Call) -> Answer:
    pool_key, pool = _open_pool(call)
    if pool["allocationState"] == "resizing":
        allocation.request_stop(call.emulator, pool_key, pool)
    return Answer(headers=version_headers(pool))


def enable_autoscale(call: Call) -> Answer:
    """Also changes the formula or the interval of a pool that has autoscale already."""
    pool_key, pool = _steady_pool(call)
    autoscale.check_gap(call.emulator, pool_key)
    changes = call.body
    if not pool["enableAutoScale"] and "autoScaleFormula" not in changes:
        raise BatchRefusal("MissingRequiredProperty", PropertyName="autoScaleFormula")
    autoscale.check(changes)
    modified(pool).update({**changes, "enableAutoScale": True})
    autoscale.enable(call.emulator, pool_key, pool)
    return Answer(headers=version_headers(pool))


def disable_autoscale(call: Call) -> Answer:
    pool_key, pool = _steady_pool(call)
    for name in ("autoScaleFormula", "autoScaleEvaluationInterval", "autoScaleRun"):
        pool.pop(name, None)
    modified(pool)["enableAutoScale"] = False
    call.emulator.store.pools.put(pool_key, pool)
    return Answer(headers=version_headers(pool))


def evaluate_autoscale(call: Call) -> Answer:
    """What a formula would give now; nothing changes."""
    pool_key, pool = _open_pool(call)
    if not pool["enableAutoScale"]:
        raise BatchRefusal(
            "OperationInvalidForCurrentState", PoolId=pool["id"], Reason="The pool has not autoscale enabled."
        )
    autoscale.check(call.body)
    return Answer(autoscale.run(call.emulator, pool_key, pool, call.body["autoScaleFormula"]).document)
