"""What a sweep is asked to do, and what can have happened to it. These are storage formats, as those of runs are."""

from collections.abc import Mapping

from shared.domain.definition import Outcome, RunDefinition
from shared.domain.run_events import End
from shared.domain.sweep_policy import Goal, Policy
from shared.domain.sweep_space import Parameter, Sampling, Space, grid_size
from shared.domain.value import Reason, Value


class SweepDefinition(Value):
    """Many runs of one script with other parameters.

    ``trial``: the body of ``POST runs`` of which each trial is a copy. ``seed``: from it all chance follows.
    """

    trial: Mapping[str, object]
    sampling: Sampling
    space: Space
    seed: int
    primary_metric: str
    goal: Goal
    policy: Policy = Policy()
    max_total_runs: int
    max_concurrent_runs: int
    max_duration_seconds: int

    @property
    def possible(self) -> int:
        """How many trials there will be at most: a grid has no more points than it has."""
        return min(self.max_total_runs, grid_size(self.space)) if self.sampling == "grid" else self.max_total_runs


class SweepStarted(Value):
    """Somebody wants the sweep. ``run``, ``tags`` and ``properties`` are of its own run, the parent of its trials."""

    definition: SweepDefinition
    run: RunDefinition
    tags: Mapping[str, str] = {}
    properties: Mapping[str, str] = {}


class TrialPlanned(Value):
    """Trial ``number`` is to be run with these parameters. Trials count from 0."""

    number: int
    parameters: Mapping[str, Parameter]


class TrialSubmitted(Value):
    """The run of the trial exists."""

    number: int


class TrialStopped(Value):
    """The run of the trial has been told to end."""

    number: int
    reason: Reason


class TrialEnded(Value):
    """The run of the trial has ended, or (``reason``) could not be submitted. ``metric``: the best it reported."""

    number: int
    status: End
    metric: float | None = None
    reason: Reason | None = None


class SweepStopped(Value):
    """No more trials are started, and those that run are told to end."""

    outcome: Outcome
    reason: Reason


class SweepEnded(Value):
    """All trials have ended, and there will be no more; the sweep's own run ends with this outcome."""

    outcome: Outcome
    reason: Reason | None = None


SweepEvent = (
    SweepStarted | TrialPlanned | TrialSubmitted | TrialStopped | TrialEnded | SweepStopped | SweepEnded
)
