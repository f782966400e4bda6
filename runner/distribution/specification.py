"""``distribution`` of the task document: how many processes there are, and who starts them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MPI, PYTORCH, TENSORFLOW = "mpi", "pytorch", "tensorflow"


@dataclass(frozen=True)
class Distribution:
    """``processes`` in all, as many on each node; of kind ``tensorflow`` there are parameter servers beside them."""

    kind: str
    nodes: int
    processes: int
    parameter_servers: int

    @property
    def per_node(self) -> int:
        return self.processes // self.nodes


def parse(given: Mapping[str, Any] | None) -> Distribution | None:
    """None: one process on one node."""
    if given is None:
        return None
    return Distribution(given["kind"], given["nodes"], given["processes"], given.get("parameter_servers") or 0)
