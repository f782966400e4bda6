"""How and where a run runs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runspoor.sdk import yaml_text
from runspoor.sdk.conda_dependencies import CondaDependencies
from runspoor.sdk.distribution import (
    MpiConfiguration,
    ParallelTaskConfiguration,
    PyTorchConfiguration,
    TensorflowConfiguration,
)
from runspoor.sdk.docker import DockerConfiguration
from runspoor.sdk.environment import DEFAULT_NAME, Environment
from runspoor.sdk.exceptions import RunConfigurationException, UserErrorException
from runspoor.sdk.run_data import Data
from runspoor.sdk.section import Section

LOCAL = "local"
FOLDERS = (".azureml", "aml_config", "")
"""Where v1 keeps files of run configurations in a project, and the project itself."""
SUFFIX = ".runconfig"


@dataclass(repr=False, eq=False)
class HistoryConfiguration(Section, v1="azureml.core.runconfig.HistoryConfiguration"):
    """What is kept of a run. Outputs and the snapshot always are."""

    output_collection: bool = field(default=True, init=False)
    snapshot_project: bool = field(default=True, init=False)
    directories_to_watch: list[str] = field(default_factory=lambda: ["logs"], init=False)


@dataclass(repr=False, eq=False)
class AmlComputeConfiguration(Section, v1="azureml.core.runconfig.AmlComputeConfiguration"):
    """A cluster that lives as long as its run, of v1's first years."""

    vm_size: str | None = field(default=None, init=False)
    vm_priority: str | None = field(default=None, init=False)
    retain_cluster: bool = field(default=False, init=False)
    cluster_max_node_count: int | None = field(default=None, init=False)


@dataclass(init=False, repr=False, eq=False)
class RunConfiguration(Section, v1="azureml.core.RunConfiguration"):
    """Settings of a run; those of the script itself count where ScriptRunConfig does not say them.

    ``data`` and ``data_references`` are inputs by name; ``environment_variables`` come on top of the environment's.
    """

    script: str | None = None
    command: str | list[object] | None = None
    arguments: list[object] = field(default_factory=list)
    _target: str = LOCAL
    framework: str = "Python"
    communicator: str = "None"
    max_run_duration_seconds: int | None = None
    node_count: int = 1
    priority: int | None = None
    environment: Environment = field(default_factory=lambda: Environment(DEFAULT_NAME))
    history: HistoryConfiguration = field(default_factory=HistoryConfiguration)
    docker: DockerConfiguration = field(default_factory=DockerConfiguration)
    mpi: MpiConfiguration = field(default_factory=MpiConfiguration)
    pytorch: PyTorchConfiguration = field(default_factory=PyTorchConfiguration)
    tensorflow: TensorflowConfiguration = field(default_factory=TensorflowConfiguration)
    paralleltask: ParallelTaskConfiguration = field(default_factory=ParallelTaskConfiguration)
    data_references: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    output_data: dict[str, Any] = field(default_factory=dict)
    environment_variables: dict[str, str] = field(default_factory=dict)
    amlcompute: AmlComputeConfiguration = field(default_factory=AmlComputeConfiguration)
    source_directory_data_store: str | None = None
    credential_passthrough: bool = False
    services: dict[str, Any] = field(default_factory=dict)

    def __init__(self, script: str | None = None, arguments: list[object] | None = None,
                 framework: str | None = None, communicator: str | None = None,
                 conda_dependencies: CondaDependencies | None = None,
                 command: str | list[object] | None = None) -> None:
        super().__init__()
        self.script, self.command = script, command
        self.arguments = arguments or []
        self.framework = framework or self.framework
        self.communicator = communicator or self.communicator
        if conda_dependencies is not None:
            self.environment.python.conda_dependencies = conda_dependencies

    @property
    def target(self) -> str:
        """The name of the compute target, ``local`` for this machine; a compute target itself may be set as well."""
        return self._target

    @target.setter
    def target(self, target: object) -> None:
        self._target = target_name(target)

    @property
    def auto_prepare_environment(self) -> bool:
        """Always true: a node prepares an environment at its first use."""
        return True

    @auto_prepare_environment.setter
    def auto_prepare_environment(self, value: bool) -> None:
        """Change nothing."""

    def save(self, path: str | os.PathLike[str] | None = None, name: str | None = None,
             separate_environment_yaml: bool = False) -> None:
        """Write ``.azureml/NAME.runconfig`` below a project folder, or the file that ``path`` is without a name.

        The packages stand in that file, whatever ``separate_environment_yaml`` says.
        """
        file = Path(path) if path and not name else Path(path or ".") / FOLDERS[0] / f"{name or self.target}{SUFFIX}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml_text.dump(self._to_file()), encoding="utf-8")

    @staticmethod
    def load(path: str | os.PathLike[str], name: str | None = None) -> RunConfiguration:
        """Read a run configuration: a file, or one of a project folder by its name."""
        made = RunConfiguration()
        made._from_file(yaml_text.load(_file(path, name)))
        return made

    @staticmethod
    def delete(path: str | os.PathLike[str], name: str) -> None:
        """Remove the file of a run configuration."""
        _file(path, name).unlink()

    def _read(self, name: str, value: Any) -> None:
        if name == "data":
            value = {key: _data(each) for key, each in (value or {}).items()}
        if name == "data_references":
            value = {key: _data_reference(each) for key, each in (value or {}).items()}
        if value is not None or getattr(self, name) is None:
            super()._read(name, value)


def target_name(target: object) -> str:
    """The name of a compute target, given itself or its name; None is this machine."""
    name = LOCAL if target is None else getattr(target, "name", target)
    if not isinstance(name, str):
        raise UserErrorException(f"{type(target).__name__} is no compute target: give its name, or the object that "
                                 "ws.compute_targets has for it.")
    return name


def _file(path: str | os.PathLike[str], name: str | None) -> Path:
    if Path(path).is_file():
        return Path(path)
    places = [Path(path) / folder / f"{name}{suffix}" for folder in FOLDERS for suffix in (SUFFIX, "")]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise RunConfigurationException(f"There is no run configuration {name!r} in {path}: none of "
                                        f"{', '.join(str(place) for place in places)} is a file.")
    return found


def _data(value: Mapping[str, Any]) -> Data:
    made = Data()
    made._from_file(value)
    return made


def _data_reference(value: Mapping[str, Any]) -> object:
    from runspoor.sdk.data_reference import DataReferenceConfiguration

    made = DataReferenceConfiguration()
    made._from_file(value)
    return made
