"""What ssh is between Batch's nodes: a program that runs a command on another node of the same task, and on no other.

``mpirun`` takes it as its agent by environment variables, so that the same command line works on Batch, where the
nodes of a pool with inter-node communication have passwordless ssh. As over ssh, no variable of the caller's arrives.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from shlex import quote

from local.batch.namespaces import program

# Open MPI 4 and 5; a container's root, and the root of a user namespace, may run it as Batch's own users may.
_AGENT = ("OMPI_MCA_plm_rsh_agent", "PRTE_MCA_plm_ssh_agent")
_SESSIONS = ("OMPI_MCA_orte_tmpdir_base", "PRTE_MCA_prte_tmpdir_base")
AS_ROOT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
_SCRIPT = """#!{bash}
case $1 in
{nodes}
*) echo "$1 is no node of this task" >&2; exit 255;;
esac
shift
exec {env} -i {common} "${{own[@]}}" {nsenter} --target "$pid" --uts --mount {bash} --norc -c "cd; $*"
"""


def variables(agent: Path) -> dict[str, str]:
    """What makes ``mpirun`` use the program, and keep its own files where they go with the task."""
    return {**AS_ROOT, **dict.fromkeys(_AGENT, str(agent)), **dict.fromkeys(_SESSIONS, str(agent.parent))}


def write(agent: Path, nodes: Iterable[tuple[str, int, Mapping[str, str]]], home: Path, path: str) -> None:
    """Make the program. ``nodes``: names that mean the node ("a|b"), the process that holds it, its own variables."""
    cases = [f"{names}) pid={pid}; own=({_words(own)});;" for names, pid, own in nodes]
    common = {"HOME": str(home), "PATH": path, **variables(agent)}
    programs = {name: program(name) for name in ("bash", "env", "nsenter")}
    agent.write_text(_SCRIPT.format(nodes="\n".join(cases), common=_words(common), **programs), encoding="utf-8")
    os.chmod(agent, 0o755)


def _words(own: Mapping[str, str]) -> str:
    return " ".join(quote(f"{name}={value}") for name, value in own.items())
