"""Options that spread a run over processes and nodes."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, Optional

import typer

from runspoor.cli.options import known

__all__ = ["Distribution", "Nodes", "Priority", "Processes", "Servers", "TorchBackend", "distribution"]


class Kind(str, Enum):
    """How the processes are started, and find each other."""

    mpi = "mpi"
    pytorch = "pytorch"
    tensorflow = "tensorflow"


class Backend(str, Enum):
    """By what the processes of PyTorch talk."""

    nccl = "nccl"
    gloo = "gloo"


class Priorities(str, Enum):
    """Which of the runs that wait gets nodes first."""

    low = "low"
    normal = "normal"
    high = "high"


Distribution = Annotated[Optional[Kind], typer.Option(
    "--distribution", help="Start many processes, which find each other in this way.")]
Nodes = Annotated[Optional[int], typer.Option("--nodes", min=1, help="With --distribution: on so many nodes.")]
Processes = Annotated[Optional[int], typer.Option(
    "--processes", min=1, help="With --distribution: so many in all; one per node if not said.")]
Servers = Annotated[Optional[int], typer.Option(
    "--parameter-servers", min=0, help="With --distribution tensorflow: beside the workers.")]
TorchBackend = Annotated[Optional[Backend], typer.Option(
    "--backend", help="With --distribution pytorch: by what processes talk.")]
Priority = Annotated[Optional[Priorities], typer.Option("--priority", help="Which waiting run gets nodes first.")]


def distribution(kind: Kind | None, **settings: Any) -> dict[str, Any]:
    """The part of SubmitRunRequest that says it; nothing without a kind."""
    given = known(**settings)
    if kind is None and given:
        raise typer.BadParameter(f"--{min(given).replace('_', '-')} goes with --distribution")
    return {} if kind is None else {"distribution": {"kind": kind.value, **given}}
