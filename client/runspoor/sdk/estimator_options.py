"""What estimators are told."""

from __future__ import annotations

import inspect
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Callable, TypeVar

from runspoor.sdk.distribution import DistributedTraining
from runspoor.sdk.docker import ContainerRegistry
from runspoor.sdk.environment import Environment
from runspoor.sdk.exceptions import TrainingException

BACKENDS: Mapping[str, str] = {"mpi": "IntelMpi", "ps": "ParameterServer", "gloo": "Gloo", "nccl": "Nccl"}
"""v1's words for ``distributed_backend``, and the communicator that each means."""

TWICE = (("custom_docker_base_image", "custom_docker_image"), ("distributed_backend", "distributed_training"),
         ("conda_dependencies_file_path", "conda_dependencies_file"),
         ("pip_requirements_file_path", "pip_requirements_file"))
"""Two names for one thing: the older and the newer."""

SAID_BY_ENVIRONMENT = (
    "custom_docker_base_image", "custom_docker_image", "image_registry_details", "user_managed", "conda_packages",
    "pip_packages", "conda_dependencies_file_path", "pip_requirements_file_path", "conda_dependencies_file",
    "pip_requirements_file", "use_gpu", "shm_size")
"""What an ``environment_definition`` leaves nothing to say about."""

_Class = TypeVar("_Class", bound=type)


@dataclass(frozen=True)
class Options:
    """The parameters of all estimators, in v1's order and with its defaults; no estimator has them all."""

    compute_target: object = None
    vm_size: str | None = None
    vm_priority: str | None = None
    entry_script: str | None = None
    script_params: Mapping[str, object] | None = None
    node_count: int = 1
    process_count_per_node: int = 1
    worker_count: int = 1
    parameter_server_count: int = 1
    distributed_backend: str | None = None
    distributed_training: DistributedTraining | None = None
    use_gpu: bool = False
    use_docker: bool = True
    custom_docker_base_image: str | None = None
    custom_docker_image: str | None = None
    image_registry_details: ContainerRegistry | None = None
    user_managed: bool = False
    conda_packages: Sequence[str] | None = None
    pip_packages: Sequence[str] | None = None
    conda_dependencies_file_path: str | os.PathLike[str] | None = None
    pip_requirements_file_path: str | os.PathLike[str] | None = None
    conda_dependencies_file: str | os.PathLike[str] | None = None
    pip_requirements_file: str | os.PathLike[str] | None = None
    environment_variables: Mapping[str, str] | None = None
    environment_definition: Environment | None = None
    inputs: Sequence[object] | None = None
    source_directory_data_store: object = None
    shm_size: str | None = None
    resume_from: object = None
    max_run_duration_seconds: int | None = None
    framework_version: str | None = None

    def check(self, estimator: str) -> None:
        """Raises TrainingException for what contradicts itself."""
        if self.compute_target is None and self.vm_size is None:
            raise TrainingException("An estimator needs to know where it runs: give compute_target.")
        for older, newer in TWICE:
            if getattr(self, older) is not None and getattr(self, newer) is not None:
                raise TrainingException(f"{older} and {newer} say the same thing: give {newer} alone.")
        said = [name for name in SAID_BY_ENVIRONMENT if getattr(self, name)]
        if self.environment_definition is not None and said:
            raise TrainingException(f"environment_definition says everything about the environment: put what "
                                    f"{', '.join(said)} says into it.")
        self._check_distribution(estimator)

    def _check_distribution(self, estimator: str) -> None:
        spread = self.node_count > 1 or self.process_count_per_node > 1
        if spread and self.distributed_backend is None and self.distributed_training is None:
            raise TrainingException("node_count or process_count_per_node above 1 needs distributed_training, such as "
                                    "Mpi(), or distributed_backend='mpi'.")
        if self.distributed_backend is not None and self.distributed_backend.lower() not in BACKENDS:
            raise TrainingException(f"distributed_backend {self.distributed_backend!r} is unknown: use one of "
                                    f"{', '.join(BACKENDS)}.")
        if self.distributed_training is not None:
            self.distributed_training.validate(estimator)

    @property
    def image(self) -> str | None:
        """The container image asked for."""
        return self.custom_docker_image or self.custom_docker_base_image


def parameters(without: Collection[str]) -> Callable[[_Class], _Class]:
    """Shows an estimator class with the parameters it has: those of ``Options`` without some."""
    first = inspect.Parameter("source_directory", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    others = [inspect.Parameter(each.name, inspect.Parameter.KEYWORD_ONLY, default=each.default, annotation=each.type)
              for each in fields(Options) if each.name not in without]

    def decorate(shown: _Class) -> _Class:
        shown.__signature__ = inspect.Signature([first, *others])  # type: ignore[attr-defined] # as inspect looks it up
        return shown

    return decorate
