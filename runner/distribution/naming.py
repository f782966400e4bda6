"""What the files of a further node are called, so that those of several nodes are kept apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from runner.connections import Connections
from runner.grants import Grants
from runner.names import LOGS, OUTPUTS
from runner.task import Task

CHUNKS_PER_NODE = 1_000_000
"""Metric chunks of node i are numbered from i times this."""


def outputs_of(node: int) -> str:
    """What the names of a node's output files begin with."""
    return f"{OUTPUTS}/node-{node}" if node else OUTPUTS


def of_node(node: int, name: str) -> str:
    """The name of a further node's blob, from what it would be called on the first one."""
    folder, _, inner = name.partition("/")
    if folder == LOGS:
        return f"{folder}/{node}/{inner}"
    if folder in ("system_logs", "written") or not inner:
        stem, _, suffix = name.rpartition(".")
        return f"{stem}-node-{node}.{suffix}"
    return name


class NodeGrants(Grants):
    """Grants of a further node: what it writes has names of its own. Outputs and metrics are named by who sends them.
    """

    def __init__(self, task: Task, connections: Connections, renewed: Callable[[str], None] = lambda _: None) -> None:
        super().__init__(task, connections, renewed)
        self._node = task.node

    def url(self, right: str, name: str) -> str:
        return super().url(right, self._named(right, name))

    def forget(self, right: str, name: str) -> None:
        super().forget(right, self._named(right, name))

    def ask(self, wanted: Mapping[str, Sequence[str]]) -> None:
        super().ask({right: [self._named(right, name) for name in names] for right, names in wanted.items()})

    def _named(self, right: str, name: str) -> str:
        return of_node(self._node, name) if right == "write" else name
