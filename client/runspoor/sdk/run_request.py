"""A run configuration, made into what ``POST runs`` takes."""

from __future__ import annotations

import logging
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Callable

from runspoor.sdk.arguments import Argument, Declared, HasInput, HasOutput, arguments, command
from runspoor.sdk.distribution_request import distribution_request, priority_request
from runspoor.sdk.environment import DEFAULT_NAME, variables
from runspoor.sdk.exceptions import AzureMLException, NotOffered, UserErrorException
from runspoor.sdk.run_configuration import LOCAL, RunConfiguration

if TYPE_CHECKING:
    from runspoor.sdk.workspace import Workspace

log = logging.getLogger(__name__)

RUN_CLUSTER = "amlcompute"
"""The target that in v1 means: a cluster made for this run alone."""

Test = Callable[[RunConfiguration], object]

_REFUSED: tuple[tuple[Test, str, str], ...] = (
    (lambda c: c.framework.lower() == "pyspark", "Spark", "run a Python script that starts Spark in local mode"),
    (lambda c: c.target == RUN_CLUSTER, "A cluster made for one run",
     "create a compute target with min_nodes=0, which costs nothing while it is idle, and name it as the target"),
    (lambda c: c.credential_passthrough, "credential_passthrough", "leave it False: scripts use the nodes' identity"),
)
"""What makes a run configuration impossible, its name, and the way to do it."""

_WITHOUT_EFFECT: tuple[tuple[Test, str], ...] = (
    (lambda c: c.docker.arguments or c.environment.docker.arguments, "arguments of docker"),
    (lambda c: c.services, "services"),
)


WAYS = {"data": "dataset.as_named_input({!r})", "output_data": "OutputFileDatasetConfig({!r})"}
"""What the entries of a setting are made with."""


def check(run_config: RunConfiguration) -> None:
    """Raises NotOffered for what cannot be run; says in the log what makes no difference."""
    for applies, feature, way in _REFUSED:
        if applies(run_config):
            raise NotOffered(feature, way)
    ignored = [name for applies, name in _WITHOUT_EFFECT if applies(run_config)]
    if ignored:
        log.warning("%s: set in the run configuration, and makes no difference", ", ".join(ignored))


def script_path(folder: Path, script: str, error: type[AzureMLException] = UserErrorException) -> str:
    """The script's path in the snapshot, with ``/``. Raises ``error`` when the folder has no such file."""
    given = PurePath(str(script).replace("\\", "/"))
    where = (folder / given).resolve()
    if not where.is_file():
        raise error(f"There is no file {script!r} in {folder}: the script's path is relative to source_directory.")
    try:
        return where.relative_to(folder.resolve()).as_posix() if given.is_absolute() or ".." in given.parts \
            else given.as_posix()
    except ValueError:
        raise error(f"{script!r} is not in {folder}: only that folder is sent to the compute target.") from None


def launch(run_config: RunConfiguration, folder: Path, declared: Declared, workspace: Workspace,
           error: type[AzureMLException] = UserErrorException) -> dict[str, Any]:
    """``{"script", "arguments"}`` or ``{"command"}``; adds the data among the arguments to ``declared``."""
    if run_config.command:
        if run_config.script:
            raise error("script and command are both given: a run has one of them.")
        return {"command": arguments([*command(run_config.command), *run_config.arguments], declared, workspace)}
    if not run_config.script:
        raise error("There is nothing to run: give a script (or entry_script), or a command.")
    script = script_path(folder, run_config.script, error)
    given: list[Argument] = arguments(run_config.arguments, declared, workspace)
    return {"script": script, **({"arguments": given} if given else {})}


def declared(run_config: RunConfiguration, workspace: Workspace, found: Declared | None = None) -> Declared:
    """What the run configuration names itself, in ``data_references``, ``data`` and ``output_data``."""
    found = Declared() if found is None else found
    for name, reference in run_config.data_references.items():
        if reference.is_output:
            found.outputs[name] = reference.to_output(name)[1]
        else:
            found.inputs[name] = reference.to_input(name)[1]
    for setting, kind_of_data in (("data", HasInput), ("output_data", HasOutput)):
        for name, data in getattr(run_config, setting).items():
            if not isinstance(data, kind_of_data):
                raise UserErrorException(f"run_config.{setting}[{name!r}] is {type(data).__name__}: give "
                                         f"{WAYS[setting].format(name)}.")
            found.add(data, workspace, name)
    return found


def environment_request(run_config: RunConfiguration) -> dict[str, Any]:
    """EnvironmentRequest of a run: its environment, and on top of that the run's own variables.

    A run on this machine is in a container only if ``docker.use_docker`` says so.
    """
    environment = run_config.environment
    asked = environment._to_request()
    if asked.get("name") == DEFAULT_NAME:
        del asked["name"]
    if run_config.target == LOCAL and not (run_config.docker.use_docker or environment.docker.enabled):
        asked.pop("image", None)
    all_variables = {**asked.get("variables", {}), **variables(run_config.environment_variables)}
    return {**asked, "variables": all_variables} if all_variables else asked


def run_request(run_config: RunConfiguration, folder: Path, workspace: Workspace,
                error: type[AzureMLException] = UserErrorException, data: Declared | None = None) -> dict[str, Any]:
    """The part of SubmitRunRequest that a run configuration and its folder decide. Raises ``error``, NotOffered.

    ``data``: gets what the run reads and writes.
    """
    check(run_config)
    distribution = distribution_request(run_config, error)
    if distribution and distribution["nodes"] > 1 and run_config.target == LOCAL:
        raise error(f"This machine is one node, and {distribution['nodes']} are asked for: name a compute target.")
    data = declared(run_config, workspace, data)
    asked = {
        "compute_target": run_config.target,
        **launch(run_config, folder, data, workspace, error),
        "environment": environment_request(run_config),
        "inputs": data.inputs,
        "outputs": data.outputs,
        "distribution": distribution,
        "priority": priority_request(run_config, error),
        "max_run_duration_seconds": run_config.max_run_duration_seconds,
    }
    return {name: value for name, value in asked.items() if value}
