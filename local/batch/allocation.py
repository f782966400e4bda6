"""How a pool gets from the nodes it has to the nodes it should have.

``begin`` states the wish; ``advance``, called in every turn, creates and removes nodes until the wish is met and the
pool is steady again. What could not be met stays in ``resizeErrors`` until the next resize, as in Batch.
"""

import re
import time
from random import randint
from typing import TYPE_CHECKING
from uuid import uuid4

from local.batch import task_life
from local.batch.documents import Document, Key, created, modified, now, seconds

if TYPE_CHECKING:
    from local.batch.emulator import Emulator

DEFAULT_TIMEOUT = "PT15M"
# A kind of node: whether it is dedicated, the pool's target, its current count, and the code of its quota.
KINDS = (
    (True, "targetDedicatedNodes", "currentDedicatedNodes", "AccountCoreQuotaReached"),
    (False, "targetLowPriorityNodes", "currentLowPriorityNodes", "AccountSpotCoreQuotaReached"),
)
# Nodes that do nothing leave before nodes that work.
_LEAVE_FIRST = (
    "unusable",
    "starttaskfailed",
    "preempted",
    "creating",
    "starting",
    "waitingforstarttask",
    "idle",
    "running",
)


def cores(vm_size: str) -> int:
    """vCPUs by the size's name (standard_d2s_v3 has 2); 1 when it does not say."""
    found = re.match(r"(?:standard|basic)_[a-z]+(\d+)", vm_size.lower())
    return int(found.group(1)) if found else 1


def begin(
    emulator: "Emulator",
    key: Key,
    pool: Document,
    dedicated: int,
    spot: int,
    option: str = "requeue",
    timeout: str | None = None,
) -> None:
    """Start a resize to these targets; earlier errors are forgotten."""
    pool.update(
        targetDedicatedNodes=dedicated,
        targetLowPriorityNodes=spot,
        _deallocation=option,
        resizeTimeout=timeout or pool.get("resizeTimeout", DEFAULT_TIMEOUT),
    )
    pool.pop("resizeErrors", None)
    _enter(pool, "resizing")
    modified(pool)
    pool["_deadline"] = time.time() + (seconds(pool["resizeTimeout"]) or 0)
    emulator.store.pools.put(key, pool)
    _watch(emulator, pool)
    emulator.wake()


def _watch(emulator: "Emulator", pool: Document) -> None:
    """Take a turn when the resize has had its time (a little later: the clocks of timers and times differ)."""
    emulator.later(max(0.0, pool["_deadline"] - time.time()) + 0.1, emulator.wake)


def advance(emulator: "Emulator", key: Key, pool: Document) -> None:
    """One step towards the targets."""
    if pool["state"] == "deleting":
        _empty(emulator, key, pool)
        return
    if pool["allocationState"] == "steady":
        return
    if pool["allocationState"] == "stopping":
        _stop(emulator, key, pool)
    elif pool["_deadline"] <= time.time() and _drop_creating(emulator, key):
        _add_error(emulator, key, pool, "AllocationTimedOut", "The nodes could not be allocated in the time given.")
    for dedicated, target, _, quota_code in KINDS:
        _towards(emulator, key, pool, dedicated, pool[target], quota_code)
    for node_key, node in emulator.store.nodes.under(*key):
        if "_leaving" in node:
            leave(emulator, node_key, node)
    _settle(emulator, key, pool)


def _towards(emulator: "Emulator", key: Key, pool: Document, dedicated: bool, target: int, quota_code: str) -> None:
    staying = [
        (node_key, node)
        for node_key, node in emulator.store.nodes.under(*key)
        if node["isDedicated"] == dedicated and "_leaving" not in node
    ]
    if len(staying) > target:
        staying.sort(key=lambda item: _LEAVE_FIRST.index(item[1]["state"]))
        for node_key, node in staying[: len(staying) - target]:
            node["_leaving"] = pool["_deallocation"]
            emulator.store.nodes.put(node_key, node)
    elif not pool.get("resizeErrors"):
        _grow(emulator, key, pool, dedicated, target - len(staying), quota_code)


def _grow(emulator: "Emulator", key: Key, pool: Document, dedicated: bool, missing: int, quota_code: str) -> None:
    if missing and (failure := emulator.faults.allocation_failures.get(key[0])):
        _add_error(emulator, key, pool, *failure)
        return
    possible = min(missing, _room(emulator, pool, dedicated))
    for _ in range(possible):
        _create(emulator, key, pool, dedicated)
    if possible < missing:
        _add_error(emulator, key, pool, quota_code, "The specified account has reached its core quota.")


def _room(emulator: "Emulator", pool: Document, dedicated: bool) -> int:
    quota = emulator.settings.core_quota
    if quota is None:
        return 1_000_000
    used = sum(cores(node["vmSize"]) for _, node in emulator.store.nodes if node["isDedicated"] == dedicated)
    return max(0, quota - used) // cores(pool["vmSize"])


def _create(emulator: "Emulator", key: Key, pool: Document, dedicated: bool) -> None:
    node_id = f"tvmps_{uuid4().hex}_{'d' if dedicated else 'p'}"
    node = created(
        {
            "id": node_id,
            "_pool": pool["id"],
            "isDedicated": dedicated,
            "vmSize": pool["vmSize"],
            "affinityId": f"TVM:{node_id}",
            "schedulingState": "enabled",
            "allocationTime": now(),
            "lastBootTime": now(),
            "ipAddress": _address(emulator),
            "ipv6Address": "",
            "totalTasksRun": 0,
            "totalTasksSucceeded": 0,
            "runningTasksCount": 0,
            "runningTaskSlotsCount": 0,
            "nodeAgentInfo": {"version": "1.12.2", "lastUpdateTime": now()},
            "virtualMachineInfo": {
                "imageReference": pool.get("virtualMachineConfiguration", {}).get("imageReference", {})
            },
        },
        "creating",
    )
    if "startTask" in pool:
        node["startTask"] = pool["startTask"]
    emulator.store.nodes.put((*key, node_id), node)
    emulator.boots.begin((*key, node_id))


def _address(emulator: "Emulator") -> str:
    """A loopback address that no other node has, and hardly a node of another emulator."""
    taken = {node["ipAddress"] for _, node in emulator.store.nodes}
    while True:
        address = f"127.{randint(1, 254)}.{randint(0, 254)}.{randint(1, 254)}"
        if address not in taken:
            return address


def leave(emulator: "Emulator", node_key: Key, node: Document) -> None:
    """Let a leaving node go as soon as what was asked for its tasks is done."""
    busy = _tasks_on(emulator, node_key)
    match node["_leaving"]:
        case "requeue":
            for task_key in busy:
                task_life.requeue(emulator, task_key, asked=True)
        case "terminate":
            for task_key in busy:
                emulator.spawn(emulator.executions[task_key].stop())
            if busy:
                node["_leaving"] = "taskcompletion"
                return
        case _ if busy:
            return
    remove(emulator, node_key, node)


def remove(emulator: "Emulator", node_key: Key, node: Document, *, keep_files: bool = False) -> None:
    """The node is no more."""
    emulator.boots.cancel(node_key)
    emulator.store.nodes.delete(node_key)
    if not keep_files:
        emulator.discard(emulator.nodes_directory / node["id"])
    emulator.wake()


def lose(emulator: "Emulator", node_key: Key, *, leave_processes: bool = False) -> None:
    """The tasks of a node are gone with it: they become active again."""
    for task_key in _tasks_on(emulator, node_key):
        task_life.requeue(emulator, task_key, asked=False, spared=node_key if leave_processes else None)


def _tasks_on(emulator: "Emulator", node_key: Key) -> list[Key]:
    return [key for key, execution in emulator.executions.items() if node_key in execution.node_keys]


def restore(emulator: "Emulator", key: Key) -> None:
    """Replace nodes that vanished from a pool."""
    pool = emulator.store.pools.get(key)
    if pool and pool["state"] == "active" and pool["allocationState"] == "steady":
        begin(emulator, key, pool, pool["targetDedicatedNodes"], pool["targetLowPriorityNodes"], pool["_deallocation"])


def request_stop(emulator: "Emulator", key: Key, pool: Document) -> None:
    """Keep what there is: nodes still being created go, and the targets become what remains."""
    _enter(pool, "stopping")
    emulator.store.pools.put(key, pool)
    emulator.wake()


def _stop(emulator: "Emulator", key: Key, pool: Document) -> None:
    _drop_creating(emulator, key)
    nodes = emulator.store.nodes.under(*key)
    for node_key, node in nodes:
        if node.pop("_leaving", None):
            emulator.store.nodes.put(node_key, node)
    for dedicated, target, _, _ in KINDS:
        pool[target] = sum(node["isDedicated"] == dedicated for _, node in nodes)
    _add_error(emulator, key, pool, "ResizeStopped", "The resize was stopped by the user.")


def _drop_creating(emulator: "Emulator", key: Key) -> bool:
    """Give up the nodes that are not there yet; whether there were any."""
    creating = [(node_key, node) for node_key, node in emulator.store.nodes.under(*key) if node["state"] == "creating"]
    for node_key, node in creating:
        remove(emulator, node_key, node)
    return bool(creating)


def _settle(emulator: "Emulator", key: Key, pool: Document) -> None:
    nodes = [node for _, node in emulator.store.nodes.under(*key)]
    if not any(node["state"] == "creating" or "_leaving" in node for node in nodes):
        _enter(pool, "steady")
        emulator.store.pools.put(key, pool)


def _empty(emulator: "Emulator", key: Key, pool: Document) -> None:
    if (left := pool["_gone_at"] - time.time()) > 0:
        emulator.later(left, emulator.wake)
        return
    for node_key, node in emulator.store.nodes.under(*key):
        lose(emulator, node_key)
        remove(emulator, node_key, node)
    emulator.store.pools.delete(key)


def _add_error(emulator: "Emulator", key: Key, pool: Document, code: str, message: str) -> None:
    pool.setdefault("resizeErrors", []).append({"code": code, "message": message, "values": []})
    emulator.store.pools.put(key, pool)


def _enter(pool: Document, state: str) -> None:
    pool["allocationState"] = state
    pool["allocationStateTransitionTime"] = now()


def recover(emulator: "Emulator") -> None:
    """After a restart nodes that were not ready yet start over."""
    for _, pool in emulator.store.pools:
        if pool["allocationState"] == "resizing":
            _watch(emulator, pool)
    for key, node in emulator.store.nodes:
        if node["state"] in ("creating", "starting", "waitingforstarttask", "preempted"):
            emulator.boots.begin(key)
