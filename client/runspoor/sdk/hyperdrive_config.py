"""Sweeps as v1 defines them: a configuration, a space of parameters, and when enough is known."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar

from runspoor.sdk.arguments import Declared
from runspoor.sdk.exceptions import AzureMLException, NotOffered
from runspoor.sdk.hyperdrive_expressions import HyperDriveConfigException
from runspoor.sdk.hyperdrive_policy import EarlyTerminationPolicy, NoTerminationPolicy
from runspoor.sdk.hyperdrive_sampling import HyperParameterSampling
from runspoor.sdk.run_configuration import LOCAL
from runspoor.sdk.surface import Surface

if TYPE_CHECKING:
    from runspoor.sdk.estimator import MMLBaseEstimator
    from runspoor.sdk.experiment import Experiment
    from runspoor.sdk.hyperdrive_run import HyperDriveRun
    from runspoor.sdk.script_run_config import ScriptRunConfig

SECONDS = 60
_WAYS: Mapping[str, str] = {
    "pipeline": "give run_config: trials are runs of one script",
    "resume_from": "register the outputs of the earlier run as a model, and have the script read that",
    "resume_child_runs": "register the outputs of the earlier run as a model, and have the script read that",
}


class PrimaryMetricGoal(Enum):
    """Whether large or small values of the primary metric are good."""

    MAXIMIZE = "MAXIMIZE"
    MINIMIZE = "MINIMIZE"


class HyperDriveConfig(Surface, v1="azureml.train.hyperdrive.HyperDriveConfig"):
    """A sweep, submitted as any configuration: ``experiment.submit(config)`` gives a HyperDriveRun.

    Each trial gets its parameters as arguments, ``--name value``, behind those that the configuration has. Exactly one
    of ``run_config`` and ``estimator``, else HyperDriveConfigException.
    """

    _error: ClassVar[type[AzureMLException]] = HyperDriveConfigException

    def __init__(self, hyperparameter_sampling: HyperParameterSampling, primary_metric_name: str,
                 primary_metric_goal: PrimaryMetricGoal, max_total_runs: int, max_concurrent_runs: int | None = None,
                 max_duration_minutes: int | None = 10080, policy: EarlyTerminationPolicy | None = None,
                 estimator: MMLBaseEstimator | None = None, run_config: ScriptRunConfig | None = None,
                 resume_from: object = None, resume_child_runs: object = None, pipeline: object = None,
                 debug_flag: object = None, custom_run_id: str | None = None) -> None:
        refused = {"pipeline": pipeline, "resume_from": resume_from, "resume_child_runs": resume_child_runs}
        if name := next((name for name, given in refused.items() if given), None):
            raise NotOffered(f"HyperDriveConfig({name}=...)", _WAYS[name])
        if (estimator is None) == (run_config is None):
            raise HyperDriveConfigException("A sweep runs one thing: give exactly one of run_config (a "
                                            "ScriptRunConfig) and estimator.")
        if not isinstance(primary_metric_goal, PrimaryMetricGoal):
            raise AttributeError("primary_metric_goal has to be PrimaryMetricGoal.MAXIMIZE or "
                                 f"PrimaryMetricGoal.MINIMIZE, and is {primary_metric_goal!r}")
        if not isinstance(hyperparameter_sampling, HyperParameterSampling):
            raise HyperDriveConfigException("hyperparameter_sampling has to be RandomParameterSampling, "
                                            "GridParameterSampling or BayesianParameterSampling of a space.")
        self._estimator, self._run_config = estimator, run_config
        self._sampling, self._policy = hyperparameter_sampling, policy or NoTerminationPolicy()
        self._metric, self._goal = primary_metric_name, primary_metric_goal
        self._total, self._concurrent, self._minutes = max_total_runs, max_concurrent_runs, max_duration_minutes
        self._run_id = custom_run_id

    @property
    def estimator(self) -> MMLBaseEstimator | None:
        """The estimator whose script the trials run, if there is one."""
        return self._estimator

    @property
    def run_config(self) -> ScriptRunConfig | None:
        """The configuration whose script the trials run, if it is no estimator."""
        return self._run_config

    @property
    def pipeline(self) -> None:
        """None: trials are runs of one script."""

    @property
    def source_directory(self) -> str:
        """The folder whose files the trials have."""
        config = self._run_config or self._estimator
        assert config
        return str(config.source_directory)

    def _to_request(self) -> dict[str, Any]:
        """SweepRequest, without what the trials run and what names the sweep."""
        seconds = None if self._minutes is None else int(self._minutes * SECONDS)
        said = {"sampling": self._sampling._to_request(), "policy": self._policy._to_request(),
                "primary_metric": self._metric, "goal": self._goal.value.lower(), "max_total_runs": self._total,
                "max_concurrent_runs": self._concurrent, "max_duration_seconds": seconds}
        return {name: value for name, value in said.items() if value is not None}

    def _submit(self, experiment: Experiment, tags: Mapping[str, object] | None, parent: str | None) -> HyperDriveRun:
        """Start the sweep. Its outputs have a place of their own for each trial, so nothing is followed."""
        from runspoor.sdk.hyperdrive_run import HyperDriveRun
        from runspoor.sdk.submission import prepared, texts

        if parent is not None:
            raise NotOffered("A sweep as a child", "submit it with Experiment.submit, and tag it")
        config = self._run_config or self._estimator
        assert config
        if config._to_submit().target == LOCAL:
            raise HyperDriveConfigException("The trials of a sweep run on a compute target: name one.")
        run = prepared(experiment, config, Declared())
        body = {"run": run, **self._to_request(), "run_id": self._run_id or f"hd_{uuid.uuid4()}",
                "tags": texts(tags), "properties": run["properties"]}
        made = experiment.workspace.api.write("POST", "sweeps", body).json()
        return HyperDriveRun(experiment, str(made["run_id"]), self, _document=made)


class HyperDriveRunConfig(HyperDriveConfig, v1="azureml.train.hyperdrive.HyperDriveRunConfig"):
    """v1's former word for HyperDriveConfig."""
