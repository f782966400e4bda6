"""What the tests of multi-instance tasks share: how to ask for one, and what its nodes have."""

import sys
from pathlib import Path
from typing import Any

from azure.batch import models as m

from tests.integration.batch_emulator.running import Running, alive, until

MPIRUN = 'mpirun --host "${AZ_BATCH_HOST_LIST//,/:2,}:2" --map-by ppr:2:node -np 4 ' + f"{sys.executable} -m mpi4py"
MPI_PATIENCE = 60.0
# A coordination command that leaves a process behind, and a task's command that waits for one.
STAYS = """/bin/bash -c 'sleep 600 & echo $! > "$AZ_BATCH_TASK_SHARED_DIR/stays"'"""
WAITS = "/bin/bash -c 'sleep 600 & echo $!; wait'"


def several(coordination: str = "/bin/true", nodes: int = 2, files: list[m.ResourceFile] | None = None) -> Any:
    """Options of a task on several nodes."""
    settings = m.MultiInstanceSettings(
        number_of_instances=nodes, coordination_command_line=coordination, common_resource_files=files
    )
    return {"multi_instance_settings": settings}


def mpi_pool(emulator: Running, pool: str, nodes: int = 2) -> str:
    return emulator.pool(pool, nodes=nodes, enable_inter_node_communication=True)


def failure(task: m.BatchTask) -> tuple[int | None, str | None]:
    assert task.execution_info
    assert task.execution_info.failure_info
    return task.execution_info.exit_code, task.execution_info.failure_info.code


def nodes_of(emulator: Running, job: str) -> list[str]:
    """Ids of the nodes of the task "t", the primary's first."""
    primary = emulator.client.get_task(job, "t").node_info
    infos = [primary, *(subtask.node_info for subtask in emulator.client.list_subtasks(job, "t"))]
    return [info.node_id for info in infos if info and info.node_id]


def hostname(node: str) -> str:
    return node.replace("_", "-")


def state_of(emulator: Running) -> Path:
    arguments = Path(f"/proc/{emulator.process.pid}/cmdline").read_bytes().decode().split("\0")
    return Path(arguments[arguments.index("--state") + 1])


def written(emulator: Running, job: str, name: str) -> dict[str, str]:
    """What each node has in a file of the task "t", by the node's id; a file that is empty does not count."""
    nodes = (state_of(emulator) / "nodes").iterdir()
    files = {node.name: node / "workitems" / job / "job-1" / "t" / name for node in nodes}
    return {node: text for node, file in files.items() if file.is_file() and (text := file.read_text())}


def staying(emulator: Running, job: str) -> list[int]:
    """The processes of a task "t" that STAYS and WAITS: one of each node, then the primary's."""
    emulator.task_in("running", job, "t")
    waiting = int(until(lambda: emulator.read(job, "t").strip()))
    return [*(int(pid) for pid in written(emulator, job, "stays").values()), waiting]


def held(mark: str) -> list[int]:
    """Processes of emulated nodes that have a variable ("NAME=value"), those that keep the namespaces included."""
    return [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/environ") if mark.encode() in _bytes(path)]


def _bytes(environ: Path) -> bytes:
    try:
        return environ.read_bytes() if alive(int(environ.parent.name)) else b""
    except OSError:
        return b""
