"""Submitting: check, freeze the folder, post the run."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable
from urllib.parse import quote

from runspoor.errors import NotFound
from runspoor.sdk.arguments import Declared
from runspoor.sdk.environment import DEFAULT_NAME, Environment
from runspoor.sdk.exceptions import AzureMLException, NotOffered, UserErrorException, translated
from runspoor.sdk.run_configuration import LOCAL, RunConfiguration
from runspoor.sdk.run_request import run_request

if TYPE_CHECKING:
    from runspoor.sdk.experiment import Experiment
    from runspoor.sdk.run import Run
    from runspoor.sdk.workspace import Workspace

COMPATIBILITY = "azureml-v1"
TARGET_TYPES = {True: "local", False: "amlcompute"}
RUN_ID_CHARACTERS = 56
"""Of a run id; the part after the experiment's name is ``_<10 digits>_<8 hexadecimal digits>``."""
CURATED_PREFIX = "azureml-"


@runtime_checkable
class Submittable(Protocol):
    """ScriptRunConfig, and the estimators."""

    _error: ClassVar[type[AzureMLException]]
    resume_from: object

    @property
    def source_directory(self) -> Any:
        """The folder whose files the run has."""

    def _to_submit(self) -> RunConfiguration:
        """How it is run."""


@translated()
def submit(experiment: Experiment, config: object, tags: Mapping[str, object] | None = None,
           parent: str | None = None) -> Run:
    """Submit a ScriptRunConfig, an estimator or a HyperDriveConfig; returns when the backend has the run.

    Everything is checked before anything is sent. The run id is made here, so that a repeated request is the same
    run. A named environment is registered as a side effect, as in v1. ``parent``: the id of the run it is a child of.
    Raises UserErrorException, TrainingException (estimators), SnapshotException, NotOffered.
    """
    from runspoor.sdk.hyperdrive_config import HyperDriveConfig
    from runspoor.sdk.script_run import ScriptRun

    if isinstance(config, HyperDriveConfig):
        return config._submit(experiment, tags, parent)
    data = Declared()
    body = {**prepared(experiment, config, data), "run_id": run_id(experiment.name), "tags": texts(tags),
            **({"parent": parent} if parent else {})}
    made = experiment.workspace.api.write("POST", "runs", body).json()
    run = ScriptRun(experiment, str(made["run_id"]))
    for name, output in data.followed.items():
        output._submitted(run, name)
    if body["compute_target"] == LOCAL:
        from runspoor.sdk.local_run import start

        start(run)
    return run


def prepared(experiment: Experiment, config: object, data: Declared) -> dict[str, Any]:
    """SubmitRunRequest of a configuration, without what names the run; its folder is frozen, its environment known.

    ``data`` gets what the run reads and writes.
    """
    if not isinstance(config, Submittable):
        raise UserErrorException(f"{type(config).__name__} cannot be submitted: give a ScriptRunConfig, an Estimator, "
                                 "or a HyperDriveConfig.")
    if config.resume_from is not None:
        raise NotOffered("resume_from", "register the outputs of the earlier run as a model, and have the script read "
                         "that")
    workspace, folder = experiment.workspace, _folder(config)
    run_config = config._to_submit()
    asked = run_request(run_config, folder, workspace, config._error, data)
    target_exists(workspace, run_config.target)
    environment = _registered(workspace, run_config.environment, asked.get("environment", {}))
    snapshot_id = workspace.client.snapshot(folder, datastore=run_config.source_directory_data_store)
    return {**asked, "experiment": experiment.name, "environment": environment, "snapshot_id": snapshot_id,
            "compatibility": COMPATIBILITY, "properties": _properties(folder, snapshot_id, run_config)}


def run_id(experiment: str) -> str:
    """``<experiment>_<unix seconds>_<8 hexadecimal digits>``; of the name what a run id may have, and has room for."""
    end = f"_{int(time.time())}_{secrets.token_hex(4)}"
    slug = re.sub(r"[^a-z0-9_-]+", "-", experiment.lower())[:RUN_ID_CHARACTERS - len(end)].strip("-_")
    return f"{slug or 'run'}{end}"


def texts(pairs: Mapping[str, object] | None) -> dict[str, str]:
    """Tags as texts; None is the empty one."""
    return {str(name): "" if value is None else str(value) for name, value in (pairs or {}).items()}


def target_exists(workspace: Workspace, target: str) -> None:
    """Raises UserErrorException with the names there are, before a folder is sent for nothing."""
    if target == LOCAL:
        return
    try:
        workspace.api.get(f"compute-targets/{quote(target, safe='')}")
    except NotFound:
        names = ", ".join(sorted(each["name"] for each in workspace.api.pages("compute-targets")))
        raise UserErrorException(f"There is no compute target {target!r} in the workspace (there are: "
                                 f"{names or 'none'}); create it, or use 'local' for this machine.") from None


def _folder(config: Submittable) -> Path:
    folder = Path(config.source_directory)
    if not folder.is_dir():
        raise config._error(f"The source folder {str(folder)!r} is not a folder of this machine.")
    return folder


def _registered(workspace: Workspace, environment: Environment, asked: dict[str, Any]) -> dict[str, Any]:
    """The run's environment with the version under which it is registered; curated ones are there already."""
    if environment.name == DEFAULT_NAME or environment.name.lower().startswith(CURATED_PREFIX):
        return asked
    return {**asked, "version": environment.register(workspace).version}


def _properties(folder: Path, snapshot_id: str, run_config: RunConfiguration) -> dict[str, str]:
    from runspoor.snapshot.git import properties

    return {"_azureml.ComputeTargetType": TARGET_TYPES[run_config.target == LOCAL], "ContentSnapshotId": snapshot_id,
            **properties(folder)}
