"""The run configuration that an estimator means."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runspoor.sdk.arguments import HasInput
from runspoor.sdk.conda_dependencies import CondaDependencies
from runspoor.sdk.docker import DEFAULT_CPU_IMAGE, ContainerRegistry
from runspoor.sdk.environment import DEFAULT_NAME, Environment
from runspoor.sdk.estimator_options import BACKENDS, Options
from runspoor.sdk.exceptions import TrainingException
from runspoor.sdk.requirements_file import requirement_lines
from runspoor.sdk.run_configuration import RunConfiguration
from runspoor.sdk.run_request import RUN_CLUSTER


def run_configuration(options: Options, folder: str, packages: Sequence[str]) -> RunConfiguration:
    """The run configuration of an estimator whose framework is ``packages``. Raises TrainingException."""
    made = RunConfiguration(script=options.entry_script)
    made.target = RUN_CLUSTER if options.compute_target is None else options.compute_target
    made.amlcompute.vm_size, made.amlcompute.vm_priority = options.vm_size, options.vm_priority
    made.environment = options.environment_definition or _environment(options, folder, packages)
    made.environment_variables = dict(options.environment_variables or {})
    made.max_run_duration_seconds = options.max_run_duration_seconds
    made.docker.use_docker = options.use_docker
    made.docker.shm_size = options.shm_size or made.docker.shm_size
    store = options.source_directory_data_store
    made.source_directory_data_store = None if store is None else str(getattr(store, "name", store))
    _distribute(made, options)
    made.arguments = _arguments(options.script_params or {}, made)
    for each in options.inputs or ():
        _declare(each, made)
    return made


def _environment(options: Options, folder: str, packages: Sequence[str]) -> Environment:
    made = Environment(DEFAULT_NAME)
    made.docker.base_image = options.image or DEFAULT_CPU_IMAGE
    made.docker.base_image_registry = options.image_registry_details or ContainerRegistry()
    made.python.user_managed_dependencies = options.user_managed
    made.python.conda_dependencies = _dependencies(options, folder, packages)
    return made


def _dependencies(options: Options, folder: str, packages: Sequence[str]) -> CondaDependencies:
    """Packages from all places that name some; a conda file takes the place of the framework's, as in v1."""
    file = options.conda_dependencies_file or options.conda_dependencies_file_path
    made = CondaDependencies(_found(file, folder) if file else None)
    requirements = options.pip_requirements_file or options.pip_requirements_file_path
    lines = requirement_lines(_found(requirements, folder)) if requirements else []
    if lines:
        made.set_pip_requirements([*made._pip(), *lines])
    for package in options.conda_packages or ():
        made.add_conda_package(package)
    for package in (*([] if file else packages), *(options.pip_packages or ())):
        made.add_pip_package(package)
    return made


def _found(file: str | os.PathLike[str], folder: str) -> Path:
    """A path in the source folder, or else as it is."""
    inside = Path(folder) / file
    return inside if inside.is_file() else Path(file)


def _distribute(run_config: RunConfiguration, options: Options) -> None:
    run_config.node_count = options.node_count
    if options.distributed_backend is not None:
        run_config.communicator = BACKENDS[options.distributed_backend.lower()]
    elif options.distributed_training is not None:
        run_config.communicator = options.distributed_training._communicator
    training: Any = options.distributed_training or options
    run_config.mpi.process_count_per_node = getattr(training, "process_count_per_node", options.process_count_per_node)
    run_config.tensorflow.worker_count = getattr(training, "worker_count", options.worker_count)
    run_config.tensorflow.parameter_server_count = getattr(training, "parameter_server_count",
                                                           options.parameter_server_count)
    if options.process_count_per_node > 1:
        run_config.pytorch.process_count = options.node_count * options.process_count_per_node


def _arguments(script_params: Mapping[str, object], run_config: RunConfiguration) -> list[object]:
    """Names and values in their order; a name whose value is empty or None stands alone, a list is many values."""
    if not isinstance(script_params, Mapping):
        raise TrainingException("script_params has to be a dict, as in {'--rate': 0.1}, and is "
                                f"{type(script_params).__name__}.")
    made: list[object] = []
    for name, value in script_params.items():
        made.append(name)
        if _is_reference(value):
            _declare(value, run_config)
            made.append(str(value))
        elif isinstance(value, (list, tuple)):
            made += value
        elif value is not None and not (isinstance(value, str) and value == ""):
            made.append(value)
    return made


def _is_reference(value: object) -> bool:
    return hasattr(value, "data_reference_name") and hasattr(value, "to_config")


def _declare(value: Any, run_config: RunConfiguration) -> None:
    """Have the run read this data, whether an argument names it or not."""
    if _is_reference(value):
        run_config.data_references[value.data_reference_name] = value.to_config()
    elif isinstance(value, HasInput) and hasattr(value, "name"):
        run_config.data[value.name] = value
    else:
        raise TrainingException(f"inputs cannot have {type(value).__name__}: give dataset.as_named_input(NAME), or a "
                                "path of a datastore such as datastore.as_mount().")
