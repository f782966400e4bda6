"""One script to be run, and how."""

from __future__ import annotations

import copy
import logging
import os
from typing import ClassVar, Union

from runspoor.sdk.distribution import MpiConfiguration, PyTorchConfiguration, TensorflowConfiguration
from runspoor.sdk.docker import DockerConfiguration
from runspoor.sdk.environment import Environment
from runspoor.sdk.exceptions import RunConfigurationException, UserErrorException
from runspoor.sdk.run_configuration import RunConfiguration
from runspoor.sdk.surface import Surface

log = logging.getLogger(__name__)

Distribution = Union[MpiConfiguration, PyTorchConfiguration, TensorflowConfiguration]


class ScriptRunConfig(Surface, v1="azureml.core.ScriptRunConfig"):
    """Everything that one submission needs: a folder, what is run in it, and ``run_config``: where and with what.

    ``command`` is an argument vector, or a text that is split as a shell would; it is never given to a shell. With
    ``run_config`` the parameters that are parts of one count for nothing, as in v1.
    """

    MAX_DURATION_SECONDS_DEFAULT: ClassVar[int] = 2592000

    _error: ClassVar = UserErrorException

    def __init__(self, source_directory: str | os.PathLike[str], script: str | None = None,
                 arguments: list[object] | None = None, run_config: RunConfiguration | None = None,
                 compute_target: object = None, environment: Environment | None = None,
                 distributed_job_config: Distribution | None = None, resume_from: object = None,
                 max_run_duration_seconds: int | None = MAX_DURATION_SECONDS_DEFAULT,
                 command: str | list[object] | None = None,
                 docker_runtime_config: DockerConfiguration | None = None) -> None:
        self.source_directory = source_directory
        self.script, self.command = script, command
        self.arguments = [] if arguments is None else arguments
        self.resume_from = resume_from
        parts = {"compute_target": compute_target, "environment": environment,
                 "distributed_job_config": distributed_job_config, "docker_runtime_config": docker_runtime_config}
        if run_config is not None:
            _say_ignored([name for name, part in parts.items() if part is not None])
            self.run_config = run_config
            return
        self.run_config = RunConfiguration()
        self.run_config.target = compute_target
        self.run_config.max_run_duration_seconds = max_run_duration_seconds
        self.run_config.environment = environment or self.run_config.environment
        self.run_config.docker = docker_runtime_config or self.run_config.docker
        if distributed_job_config is not None:
            distribute(self.run_config, distributed_job_config)

    def _to_submit(self) -> RunConfiguration:
        """The run configuration with what is said here."""
        whole = copy.copy(self.run_config)
        whole.script = self.script or whole.script
        whole.command = self.command or whole.command
        whole.arguments = self.arguments or whole.arguments
        return whole


def distribute(run_config: RunConfiguration, distribution: Distribution) -> None:
    """Have the run spread in this way. Raises RunConfigurationException when it is none."""
    if not isinstance(distribution, (MpiConfiguration, PyTorchConfiguration, TensorflowConfiguration)):
        raise RunConfigurationException(
            f"distributed_job_config cannot be {type(distribution).__name__}: give MpiConfiguration, "
            "PyTorchConfiguration or TensorflowConfiguration.")
    run_config.framework = distribution._framework
    run_config.communicator = distribution._communicator
    run_config.node_count = distribution._nodes
    setattr(run_config, distribution._section, distribution)


def _say_ignored(names: list[str]) -> None:
    if names:
        log.warning("%s: not looked at, because run_config is given and says it", ", ".join(names))
