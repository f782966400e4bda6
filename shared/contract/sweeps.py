"""Sweeps: many runs of one script, each with other parameters."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from shared.contract.fields import Argument, Name, Pairs, Request, Text
from shared.contract.requests import MetricName
from shared.contract.responses import ReasonModel
from shared.contract.submission import SubmitRunRequest
from shared.domain import limits

Number = Annotated[int, Field(ge=-(2**53), le=2**53)] | float
Parameter = StrictBool | StrictInt | StrictFloat | StrictStr
ParameterName = Annotated[str, Field(pattern=r"^-{0,2}[A-Za-z_][A-Za-z0-9_.-]{0,252}$")]
"""The script gets ``--name value``; a name that begins with '-' is handed over as it is."""


class ChoiceRequest(Request):
    """One of ``values``."""

    kind: Literal["choice"]
    values: Annotated[list[bool | Number | Argument], Field(max_length=limits.PARAMETER_VALUES)]


class RandintRequest(Request):
    """A whole number from 0 to ``upper`` - 1."""

    kind: Literal["randint"]
    upper: Annotated[int, Field(ge=1, le=2**53)]


class RangeRequest(Request):
    """``uniform``: a number from ``min`` to ``max``; ``log...``: e to the power of such; ``q...``: a multiple of ``q``.
    """

    kind: Literal["uniform", "quniform", "loguniform", "qloguniform"]
    min: Number
    max: Number
    q: Number | None = None


class GaussianRequest(Request):
    """``normal``: with mean and deviation; ``log...``: e to the power of such; ``q...``: a multiple of ``q``."""

    kind: Literal["normal", "qnormal", "lognormal", "qlognormal"]
    mu: Number
    sigma: Number
    q: Number | None = None


ExpressionRequest = Annotated[ChoiceRequest | RandintRequest | RangeRequest | GaussianRequest,
                              Field(discriminator="kind")]


class SamplingRequest(Request):
    """How parameters are chosen. ``seed``: of random and Bayesian sampling; none: the sweep's own id."""

    kind: Literal["random", "grid", "bayesian"]
    space: Annotated[dict[ParameterName, ExpressionRequest], Field(max_length=limits.PARAMETERS)]
    seed: Annotated[int, Field(ge=0, lt=2**32)] | None = None


class PolicyRequest(Request):
    """Which trials are ended early, at every ``evaluation_interval``th report of the primary metric from number
    ``delay_evaluation`` on.

    ``bandit`` goes with exactly one of ``slack_factor`` and ``slack_amount``, ``truncation_selection`` with
    ``truncation_percentage``.
    """

    kind: Literal["none", "bandit", "median_stopping", "truncation_selection"] = "none"
    evaluation_interval: Annotated[int, Field(ge=1, le=10**9)] = 1
    delay_evaluation: Annotated[int, Field(ge=0, le=10**9)] = 0
    slack_factor: Annotated[float, Field(ge=0)] | None = None
    slack_amount: Annotated[float, Field(ge=0)] | None = None
    truncation_percentage: Annotated[int, Field(ge=1, le=99)] | None = None


class SweepRequest(Request):
    """``run`` is what every trial runs: its ``arguments`` get the parameters appended as ``--name value``.

    The sweep has a run of its own, the parent of its trials, named and described here; ``run_id`` is that run's.
    """

    run: SubmitRunRequest
    sampling: SamplingRequest
    primary_metric: MetricName
    goal: Literal["maximize", "minimize"]
    policy: PolicyRequest = PolicyRequest()
    max_total_runs: Annotated[int, Field(ge=1, le=limits.SWEEP_RUNS)]
    max_concurrent_runs: Annotated[int, Field(ge=1, le=limits.SWEEP_CONCURRENT_RUNS)] | None = None
    max_duration_seconds: Annotated[int, Field(ge=1, le=limits.RUN_SECONDS)] = limits.DEFAULT_SWEEP_SECONDS
    display_name: Annotated[str, Field(max_length=limits.DISPLAY_NAME_CHARACTERS)] | None = None
    description: Text | None = None
    tags: Pairs = {}
    properties: Pairs = {}
    run_id: Name | None = None


class TrialModel(BaseModel):
    """One run of a sweep. ``metric``: the best value so far. ``reason``: why it was stopped, refused or failed."""

    number: int
    run_id: str
    parameters: dict[str, Parameter]
    status: str
    metric: float | None = None
    reason: ReasonModel | None = None


class SweepModel(BaseModel):
    """A sweep: what was asked for, and its trials by number. ``run_id`` and ``status``: of its own run.

    ``best``: the trial with the best value so far. ``trials_possible``: how many there will be at most.
    """

    run_id: str
    status: str
    sampling: SamplingRequest
    primary_metric: str
    goal: Literal["maximize", "minimize"]
    policy: PolicyRequest
    max_total_runs: int
    max_concurrent_runs: int
    max_duration_seconds: int
    trials_possible: int
    started_at: datetime | None = None
    ended_at: datetime | None = None
    reason: ReasonModel | None = None
    trials: list[TrialModel] = []
    best: TrialModel | None = None
