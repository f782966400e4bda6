"""Where a task is: its directory on each of its nodes, and what Batch says of that."""

from pathlib import Path
from typing import TYPE_CHECKING

from local.batch.documents import Document

if TYPE_CHECKING:
    from local.batch.emulator import Emulator


def root(task: Document) -> str:
    """The task's directory below its node's."""
    return f"workitems/{task['_job']}/job-1/{task['id']}"


def directory(emulator: "Emulator", node_id: str, task: Document) -> Path:
    return emulator.nodes_directory / node_id / root(task)


def node_info(emulator: "Emulator", node: Document, task: Document) -> Document:
    """The BatchNodeInfo of a task, or of a subtask, that runs on ``node``."""
    url = f"{emulator.url}/pools/{node['_pool']}/nodes/{node['id']}"
    return {
        "affinityId": node["affinityId"],
        "nodeUrl": url,
        "poolId": node["_pool"],
        "nodeId": node["id"],
        "taskRootDirectory": root(task),
        "taskRootDirectoryUrl": f"{url}/files/{root(task)}",
    }


def discard(emulator: "Emulator", task: Document) -> None:
    """Remove the task's directories from its nodes."""
    for place in (task, *task.get("_subtasks", ())):
        if node := place.get("nodeInfo"):
            emulator.discard(directory(emulator, node["nodeId"], task))


def instances(task: Document) -> int:
    """How many nodes the task runs on at once."""
    count: int = task.get("multiInstanceSettings", {}).get("numberOfInstances", 1)
    return count
