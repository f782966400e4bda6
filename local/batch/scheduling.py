"""Which active task runs on which free node: jobs by priority, then tasks by age."""

from typing import TYPE_CHECKING

from local.batch import task_life, workitems
from local.batch.documents import Document, Key, enter

if TYPE_CHECKING:
    from local.batch.emulator import Emulator

READY = ("idle", "running")


def assign(emulator: "Emulator") -> None:
    """Start every task that can start now, and let node states show who is busy."""
    if not emulator.queue:
        _show(emulator)
        return
    for pool_key, pool in emulator.store.pools:
        if pool_key[0] not in emulator.faults.scheduling_hold:
            _fill(emulator, pool_key, pool)
    _show(emulator)


def _fill(emulator: "Emulator", pool_key: Key, pool: Document) -> None:
    free = _free_slots(emulator, pool_key, pool)
    waiting = _waiting(emulator, pool_key[0]) if any(free.values()) else ()
    for task_key in waiting:
        if not any(free.values()):
            return
        task = emulator.store.tasks.get(task_key)
        if task and _can_ever_run(pool, task):
            _place(emulator, pool_key, pool, free, task_key, task)


def _can_ever_run(pool: Document, task: Document) -> bool:
    """Batch leaves a multi-instance task active for ever in a pool that is not made for it, without a word."""
    return "multiInstanceSettings" not in task or (
        pool["enableInterNodeCommunication"] and pool["taskSlotsPerNode"] == 1
    )


def _place(
    emulator: "Emulator", pool_key: Key, pool: Document, free: dict[Key, int], task_key: Key, task: Document
) -> None:
    """Start the task if there is room. Else, if it waits for several nodes, those that are free are kept for it."""
    slots, wanted = task.get("requiredSlots", 1), workitems.instances(task)
    taken = [key for key, left in free.items() if left >= slots][:wanted]
    if len(taken) < wanted and not (wanted > 1 and _may_have(emulator, pool_key, pool, wanted)):
        return
    for key in taken:
        free[key] -= slots
    if len(taken) == wanted:
        nodes = [(key, node) for key in taken if (node := emulator.store.nodes.get(key))]
        task_life.begin(emulator, task_key, task, nodes)


def _may_have(emulator: "Emulator", pool_key: Key, pool: Document, wanted: int) -> bool:
    """Whether the pool has so many nodes, or is to have them: else nodes would be kept in vain."""
    target: int = pool["targetDedicatedNodes"] + pool["targetLowPriorityNodes"]
    expected = 0 if pool.get("resizeErrors") else target
    return wanted <= max(expected, len(emulator.store.nodes.under(*pool_key)))


def _free_slots(emulator: "Emulator", pool_key: Key, pool: Document) -> dict[Key, int]:
    free = {
        key: pool["taskSlotsPerNode"]
        for key, node in emulator.store.nodes.under(*pool_key)
        if node["state"] in READY and node["schedulingState"] == "enabled" and "_leaving" not in node
    }
    for execution in emulator.executions.values():
        for key in execution.node_keys:
            if key in free:
                free[key] -= execution.slots
    return free


def _waiting(emulator: "Emulator", pool_id: str) -> list[Key]:
    jobs = {
        key: job
        for key, job in emulator.store.jobs
        if job["state"] == "active" and job["poolInfo"].get("poolId", "").lower() == pool_id
    }
    ready = [key for key in emulator.queue if key[:1] in jobs and _depends_on_nothing(emulator, key)]
    return sorted(ready, key=lambda key: -jobs[key[:1]].get("priority", 0))


def _depends_on_nothing(emulator: "Emulator", key: Key) -> bool:
    task = emulator.store.tasks.get(key) or {}
    needed = task.get("dependsOn")
    if not needed:
        return True
    names = [
        *needed.get("taskIds", ()),
        *(str(n) for span in needed.get("taskIdRanges", ()) for n in range(span["start"], span["end"] + 1)),
    ]
    found = (emulator.store.tasks.get((key[0], name.lower())) or {} for name in names)
    return all(other.get("executionInfo", {}).get("result") == "success" for other in found)


def _show(emulator: "Emulator") -> None:
    busy: dict[Key, list[int]] = {}
    for execution in emulator.executions.values():
        for key in execution.node_keys:
            busy.setdefault(key, []).append(execution.slots)
    for key, node in emulator.store.nodes:
        slots = busy.get(key, [])
        state = "running" if slots else "idle"
        if node["state"] in READY and (node["state"], node["runningTasksCount"]) != (state, len(slots)):
            node.update(runningTasksCount=len(slots), runningTaskSlotsCount=sum(slots))
            emulator.store.nodes.put(key, enter(node, state) if node["state"] != state else node)
