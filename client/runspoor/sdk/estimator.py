"""Estimators: a script, where it runs and what it needs, in one object."""

from __future__ import annotations

import os
from typing import Any, ClassVar

from runspoor.sdk.conda_dependencies import CondaDependencies
from runspoor.sdk.estimator_config import run_configuration
from runspoor.sdk.estimator_options import Options, parameters
from runspoor.sdk.exceptions import TrainingException
from runspoor.sdk.run_configuration import RunConfiguration
from runspoor.sdk.surface import Surface

TENSORFLOW_ONLY = ("worker_count", "parameter_server_count")


class MMLBaseEstimator(Surface, v1="azureml.train.estimator.MMLBaseEstimator"):
    """What all estimators are: a folder, and a run configuration, which may be changed until it is submitted."""

    _error: ClassVar = TrainingException

    def __init__(self, source_directory: str | os.PathLike[str], *, compute_target: object,
                 estimator_config: RunConfiguration | None = None) -> None:
        self._source_directory = os.fspath(source_directory or ".")
        self._run_config = estimator_config or RunConfiguration()
        self._run_config.target = compute_target
        self.resume_from: object = None

    @property
    def source_directory(self) -> str:
        """The folder whose files the run has."""
        return self._source_directory

    @property
    def run_config(self) -> RunConfiguration:
        """Where and with what the script runs."""
        return self._run_config

    @property
    def conda_dependencies(self) -> CondaDependencies:
        """The packages of the environment."""
        return self._run_config.environment.python.conda_dependencies

    def _to_submit(self) -> RunConfiguration:
        return self._run_config


@parameters(without=(*TENSORFLOW_ONLY, "framework_version"))
class Estimator(MMLBaseEstimator, v1="azureml.train.estimator.Estimator"):
    """Any Python script. ``script_params`` are its arguments: ``{"--rate": 0.1, "--verbose": ""}``.

    Raises TrainingException for parameters that contradict each other.
    """

    def __init__(self, source_directory: str | os.PathLike[str], **settings: Any) -> None:
        options = self._options(settings)
        config = run_configuration(options, os.fspath(source_directory), self._packages(options))
        super().__init__(source_directory, compute_target=config.target, estimator_config=config)
        self.resume_from = options.resume_from

    @classmethod
    def _options(cls, settings: dict[str, Any]) -> Options:
        known = getattr(cls, "__signature__").parameters  # noqa: B009 - set by a decorator, which mypy cannot see
        if unknown := set(settings) - set(known):
            raise TypeError(f"{cls.__name__}() has no parameter {min(unknown)!r}")
        options = Options(**settings)
        options.check(cls.__name__)
        return options

    def _packages(self, options: Options) -> list[str]:
        """Those of the framework, for pip."""
        return []
