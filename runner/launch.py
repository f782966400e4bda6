"""What is executed, and in which environment."""

from __future__ import annotations

import os
import shutil
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

from runner import compatibility
from runner.errors import RunFailed
from runner.names import OUTPUTS
from runner.task import Task

RUN_ID, ATTEMPT, NODE = "RUNSPOOR_RUN_ID", "RUNSPOOR_ATTEMPT", "RUNSPOOR_NODE"
# What a node may tell its tasks but the script has no business with.
WITHHELD = frozenset({"AZ_BATCH_AUTHENTICATION_TOKEN"})
NAMES_SHOWN = 20


def marker(task: Task) -> dict[str, str]:
    """The variables by which every process of this attempt is known, where it has several those of this node."""
    return {**attempt_marker(task), **({NODE: str(task.node)} if task.distribution else {})}


def attempt_marker(task: Task) -> dict[str, str]:
    """The same of the whole attempt; what starts the processes of several nodes has it too."""
    return {RUN_ID: task.run_id, ATTEMPT: str(task.attempt)}


def node_variables(task: Task, inherited: Mapping[str, str]) -> dict[str, str]:
    """The node's variables and the user's, in which the environment is made too; every process carries the marker."""
    return {**{name: value for name, value in inherited.items() if name not in WITHHELD}, **task.variables,
            **marker(task)}


def variables(task: Task, root: Path, tracking: Path, packages: Path, access: Path,
              inherited: Mapping[str, str]) -> dict[str, str]:
    """The script's environment: the node's, then the user's, then ours."""
    result = {**node_variables(task, inherited), **compatibility.variables(task)}
    paths = [*compatibility.site(task, packages), str(packages), result.get("PYTHONPATH", "")]
    result.update(RUNSPOOR_EXPERIMENT=task.experiment, RUNSPOOR_TRACKING_DIR=str(tracking),
                  RUNSPOOR_OUTPUTS_DIR=str(root / OUTPUTS), RUNSPOOR_ACCESS_FILE=str(access), PYTHONUNBUFFERED="1",
                  PYTHONPATH=os.pathsep.join(filter(None, paths)))
    return result


def argv(task: Task, root: Path, environment: Mapping[str, str] | None) -> list[str]:
    """The argument vector; without ``environment`` for a container, where programs are looked for when it runs.

    Raises RunFailed: ScriptNotFound or InterpreterNotFound.
    """
    if task.command:
        first, *rest = task.command
        if first in ("python", "python3"):
            return [interpreter(task, environment), *rest]
        return [_program(first, root, environment), *rest]
    script = task.script or ""
    if not (root / script).is_file():
        raise RunFailed("ScriptNotFound", f"There is no file {script!r} in the source snapshot; {_top_level(root)}.")
    return [interpreter(task, environment), script, *task.arguments]


def interpreter(task: Task, environment: Mapping[str, str] | None) -> str:
    if environment is None:
        return task.python or "python"
    wanted = task.python or sys.executable
    found = shutil.which(wanted, path=environment.get("PATH"))
    if found is None:
        raise RunFailed("InterpreterNotFound", f"The environment's Python {wanted!r} is not an executable file on the "
                        "compute node; correct environment.python or leave it out.")
    return found


def _program(name: str, root: Path, environment: Mapping[str, str] | None) -> str:
    if environment is None:
        return name
    where = str(root / name) if "/" in name and not name.startswith("/") else name
    found = shutil.which(where, path=environment.get("PATH"))
    if found is None:
        raise RunFailed("ScriptNotFound", f"The command {name!r} is neither an executable file of the source snapshot "
                        f"nor a program of the compute node; {_top_level(root)}.")
    return found


def _top_level(root: Path) -> str:
    names = sorted(entry.name + ("/" if entry.is_dir() else "") for entry in root.iterdir())
    if not names:
        return "the snapshot is empty"
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return f"at its top level are {', '.join(names[:NAMES_SHOWN])}{more}"


def extract_package(archive: Path, target: Path) -> None:
    """Put the package ``runspoor``, which travels in the runner's own archive, where the script can import it."""
    with zipfile.ZipFile(archive) as source:
        source.extractall(target, [name for name in source.namelist() if name.startswith("runspoor/")])
