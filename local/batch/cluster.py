"""The nodes of one multi-instance task as its processes see them: names, addresses, paths, a way to each other.

Where namespaces are allowed a node has its own hostname and sees its own directories at the path that every node has
them at. Elsewhere the nodes are this machine, once each: they have its address, and the primary's directory is shared.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from local.batch import environment, namespaces, node_shell, processes, workitems
from local.batch.command import Place
from local.batch.documents import Document
from local.batch.namespaces import Held

if TYPE_CHECKING:
    from local.batch.emulator import Emulator

LOOPBACK = "127.0.0.1"  # of the primary: it is the one address that mpirun takes for the machine that it runs on
MASTER_PORT = 6000  # Batch's own, of no use to a task
HOSTS = Path("/etc/hosts")


class Cluster:
    """``nodes``: the primary first. ``open`` before any command is run there, ``close`` ends all that runs there."""

    def __init__(self, emulator: "Emulator", task: Document, nodes: Sequence[Document]) -> None:
        self._apart = namespaces.kind() is not None and HOSTS.exists()
        self._emulator = emulator
        self._nodes = nodes
        self._root = workitems.root(task)
        self._held: dict[int, Held] = {}
        self._attempt = uuid4().hex
        self._files = emulator.clusters_directory / self._attempt
        self._hostnames = [str(node["id"]).replace("_", "-").strip("-") for node in nodes]
        self.addresses = [
            node["ipAddress"] if self._apart and number else LOOPBACK for number, node in enumerate(nodes)
        ]
        self.directories = [workitems.directory(emulator, node["id"], task) for node in nodes]

    @property
    def shared(self) -> list[Path]:
        """On this machine: what is AZ_BATCH_TASK_SHARED_DIR of each node, once each."""
        return self.directories if self._apart else self.directories[:1]

    async def open(self) -> None:
        """Raises OSError when the system refuses the nodes."""
        if not self._apart:
            return
        self._emulator.common_root.mkdir(exist_ok=True)
        self._files.mkdir(parents=True)
        known = HOSTS.read_text(encoding="utf-8")
        lines = [f"{address} {hostname}" for address, hostname in zip(self.addresses, self._hostnames, strict=True)]
        self._hosts.write_text("\n".join((known, *lines, "")), encoding="utf-8")
        for number, hostname in enumerate(self._hostnames):
            own = {**self._marks(number), "PATH": environment.path()}
            self._held[number] = await Held.make(hostname, self._mounts(number), own, self._held.get(0))
        names = [f"{address}|{hostname}" for address, hostname in zip(self.addresses, self._hostnames, strict=True)]
        reached = [(names[number], held.pid, self._marks(number)) for number, held in self._held.items()]
        node_shell.write(self._agent, reached, self._emulator.common_root, environment.path())

    def _mounts(self, number: int) -> dict[Path, Path]:
        """What the node shows where.

        Programs that are installed in the shared directory know its path, which is another one for ordinary tasks: so
        multi-instance tasks have a shared directory of their own.
        """
        common, own = self._emulator.common_root, self._own_root(number)
        apart = own / "shared-apart"
        apart.mkdir(exist_ok=True)
        return {common: own, common / "shared": apart, HOSTS: self._hosts}

    @property
    def _hosts(self) -> Path:
        return self._files / "hosts"

    @property
    def _agent(self) -> Path:
        return self._files / "node-shell"

    def _own_root(self, number: int) -> Path:
        return self._emulator.nodes_directory / str(self._nodes[number]["id"])

    def _root_of(self, number: int) -> Path:
        """The node's root directory as its processes see it."""
        return self._emulator.common_root if self._apart else self._own_root(number)

    def _marks(self, number: int) -> dict[str, str]:
        return {
            processes.NODE: str(self._own_root(number)),
            processes.SESSION: f"{self._emulator.session}/{self._attempt}/{number}",
        }

    def place(self, number: int, job: Document, task: Document) -> Place:
        """Where a command of the task runs on a node; the cluster is open."""
        root = self._root_of(number)
        directory = root / self._root
        variables = {
            **environment.of_task(self._emulator, job, task, self._nodes[number], directory, root),
            **self._variables(number),
        }
        held = self._held.get(number)
        enter = (*held.enter(), namespaces.program("env"), f"--chdir={directory / 'wd'}") if held else ()
        return Place(self.directories[number], variables, enter, held.uts if held else None)

    def _variables(self, number: int) -> dict[str, str]:
        return {
            "AZ_BATCH_HOST_LIST": ",".join(self.addresses),
            "AZ_BATCH_NODE_LIST": ";".join(self.addresses),
            "AZ_BATCH_MASTER_NODE": f"{self.addresses[0]}:{MASTER_PORT}",
            "AZ_BATCH_IS_CURRENT_NODE_MASTER": str(number == 0).lower(),
            "AZ_BATCH_TASK_SHARED_DIR": str(self._root_of(0) / self._root),
            "CCP_NODES": " ".join([str(len(self.addresses)), *(f"{address} 1" for address in self.addresses)]),
            **(node_shell.variables(self._agent) if self._apart else node_shell.AS_ROOT),
            **self._marks(number),
        }

    def close(self, spared: int | None = None) -> None:
        """End everything on the nodes, but what runs on the one that is ``spared``. Blocking."""
        for number in range(len(self._nodes)):
            if number != spared:
                self._sweep(number)
        if spared is None:
            shutil.rmtree(self._files, ignore_errors=True)

    def _sweep(self, number: int) -> None:
        """By the mark before the namespace is there: tools of Open MPI carry marks from node to node."""
        if held := self._held.get(number):
            processes.kill_inside(held.uts)
        else:
            processes.kill(processes.SESSION, self._marks(number)[processes.SESSION])
