"""Sweeps as v1 defines them: wire forms, refusals, what is sent, what comes first."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from runspoor.sdk import hyperdrive_expressions as expressions
from runspoor.sdk.exceptions import NotOffered, UserErrorException
from runspoor.sdk.hyperdrive_config import HyperDriveConfig, HyperDriveRunConfig, PrimaryMetricGoal
from runspoor.sdk.hyperdrive_expressions import Expression, HyperDriveConfigException, choice, normal, uniform
from runspoor.sdk.hyperdrive_policy import (
    BanditPolicy,
    EarlyTerminationPolicy,
    MedianStoppingPolicy,
    NoTerminationPolicy,
    TruncationSelectionPolicy,
)
from runspoor.sdk.hyperdrive_sampling import (
    BayesianParameterSampling,
    GridParameterSampling,
    HyperParameterSampling,
    RandomParameterSampling,
)
from runspoor.sdk.script_run_config import ScriptRunConfig
from runspoor.sdk.sweep_stream import summary
from runspoor.sdk.sweep_trials import by_metric, line

from shared.contract.submission import SubmitRunRequest
from shared.contract.sweeps import SweepRequest
from shared.domain.sweep_space import KNOWN_TO

RUN = {"experiment": "e", "snapshot_id": "0" * 64, "compute_target": "cpu", "script": "train.py"}
MAXIMIZE = PrimaryMetricGoal.MAXIMIZE
CONFIG = ScriptRunConfig(".", "train.py", compute_target="cpu")

WIRE: dict[str, tuple[Expression, Expression]] = {
    "choice": (choice(1, [2, 3], range(4, 6), "a"), ["choice", [[1, 2, 3, 4, 5, "a"]]]),
    "randint": (expressions.randint(5), ["randint", [5]]),
    "uniform": (uniform(0, 1), ["uniform", [0, 1]]),
    "quniform": (expressions.quniform(0, 10, 2), ["quniform", [0, 10, 2]]),
    "loguniform": (expressions.loguniform(-6, -1), ["loguniform", [-6, -1]]),
    "qloguniform": (expressions.qloguniform(0, 6, 1), ["qloguniform", [0, 6, 1]]),
    "normal": (normal(0, 1), ["normal", [0, 1]]),
    "qnormal": (expressions.qnormal(5, 1, 0.5), ["qnormal", [5, 1, 0.5]]),
    "lognormal": (expressions.lognormal(0, 1), ["lognormal", [0, 1]]),
    "qlognormal": (expressions.qlognormal(0, 1, 1), ["qlognormal", [0, 1, 1]]),
}


def config(sampling: HyperParameterSampling | None = None, **settings: Any) -> HyperDriveConfig:
    return HyperDriveConfig(**{
        "hyperparameter_sampling": sampling or RandomParameterSampling({"--x": uniform(0, 1)}),
        "primary_metric_name": "accuracy", "primary_metric_goal": MAXIMIZE, "max_total_runs": 4, "run_config": CONFIG,
        **settings})


def sent(made: HyperDriveConfig) -> SweepRequest:
    """What the backend makes of it."""
    return SweepRequest.model_validate_json(json.dumps({"run": RUN, **made._to_request()}))


@pytest.mark.parametrize(("made", "wire"), WIRE.values(), ids=WIRE)
def test_expressions_have_the_wire_form_of_v1_and_the_backend_knows_them(made: Expression, wire: Expression) -> None:
    assert made == wire
    request = sent(config(RandomParameterSampling({"--x": made})))
    assert request.sampling.space["--x"].kind == wire[0]
    values = list(request.sampling.space["--x"].model_dump(exclude_none=True).values())[1:]
    assert values == wire[1]


def test_samplings_have_the_wire_form_of_v1() -> None:
    space = {"--x": choice(1, 2)}
    assert RandomParameterSampling(space, {"seed": 5}).to_json() == {
        "name": "RANDOM", "parameter_space": {"--x": ["choice", [[1, 2]]]}, "properties": {"seed": 5}}
    assert GridParameterSampling(space).to_json() == {"name": "GRID", "parameter_space": space}
    assert BayesianParameterSampling(space).to_json()["name"] == "BayesianOptimization"
    for made, kind in ((RandomParameterSampling, "random"), (GridParameterSampling, "grid"),
                       (BayesianParameterSampling, "bayesian")):
        assert sent(config(made(space))).sampling.kind == kind
    assert sent(config(RandomParameterSampling(space, {"seed": 5}))).sampling.seed == 5


@pytest.mark.parametrize(("made", "wire", "kind"), [
    (BanditPolicy(2, slack_factor=0.1, delay_evaluation=5), {
        "name": "Bandit",
        "properties": {"evaluation_interval": 2, "slack_factor": 0.1, "delay_evaluation": 5}}, "bandit"),
    (MedianStoppingPolicy(), {
        "name": "MedianStopping", "properties": {"evaluation_interval": 1, "delay_evaluation": 0}}, "median_stopping"),
    (TruncationSelectionPolicy(20), {
        "name": "TruncationSelection", "properties": {
            "truncation_percentage": 20, "evaluation_interval": 1, "delay_evaluation": 0,
            "exclude_finished_jobs": False}}, "truncation_selection"),
    (NoTerminationPolicy(), {"name": "Default", "properties": {}}, "none"),
])
def test_policies_have_the_wire_form_of_v1_and_the_backend_knows_them(
        made: EarlyTerminationPolicy, wire: dict[str, Any], kind: str) -> None:
    assert made.to_json() == wire
    policy = sent(config(policy=made)).policy
    assert policy.kind == kind
    known = {name: value for name, value in wire["properties"].items() if name != "exclude_finished_jobs"}
    assert policy.model_dump(include={*known}) == known


def test_a_sweep_is_sent_whole() -> None:
    request = sent(config(max_concurrent_runs=2, max_duration_minutes=5))
    assert (request.primary_metric, request.goal, request.max_total_runs, request.max_concurrent_runs,
            request.max_duration_seconds) == ("accuracy", "maximize", 4, 2, 300)
    assert request.run == SubmitRunRequest.model_validate(RUN)
    assert sent(config()).max_duration_seconds == 10_080 * 60
    assert HyperDriveRunConfig(RandomParameterSampling({"x": uniform(0, 1)}), "a", MAXIMIZE, 1,
                               run_config=CONFIG).source_directory == "."


def test_values_of_numpy_are_numbers_and_what_is_none_is_text() -> None:
    made = choice(np.float64(0.5), np.int64(3), None, Path("/a"), True)
    assert expressions.expression_request(made)["values"] == [0.5, 3, "None", "/a", True]


@pytest.mark.parametrize(("make", "sentence"), [
    (lambda: choice(), "nothing to choose from"),
    (lambda: RandomParameterSampling({}), "at least one parameter"),
    (lambda: RandomParameterSampling({"x": 5}), "has to be an expression"),  # type: ignore[dict-item] # as callers may
    (lambda: RandomParameterSampling({"x": ["beta", [1]]}), "has to be an expression"),
    (lambda: GridParameterSampling({"x": uniform(0, 1)}), "takes only choice"),
    (lambda: BayesianParameterSampling({"x": normal(0, 1)}), "takes only choice, quniform, uniform"),
    (lambda: BanditPolicy(), "exactly one slack"),
    (lambda: BanditPolicy(slack_factor=1, slack_amount=1), "exactly one slack"),
    (lambda: TruncationSelectionPolicy(100), "give 1 to 99"),
    (lambda: config(run_config=None), "exactly one of run_config"),
    (lambda: config(estimator=CONFIG), "exactly one of run_config"),
])
def test_what_contradicts_itself(make: Any, sentence: str) -> None:
    with pytest.raises(HyperDriveConfigException, match=sentence):
        make()


def test_what_is_not_offered_and_what_is_no_goal() -> None:
    refused: dict[str, Any] = dict.fromkeys(("pipeline", "resume_from", "resume_child_runs"), object())
    for name, value in refused.items():
        with pytest.raises(NotOffered, match=name):
            config(**{name: value})
    with pytest.raises(AttributeError, match="MAXIMIZE"):
        config(primary_metric_goal="MAXIMIZE")
    assert issubclass(HyperDriveConfigException, UserErrorException)


def test_each_way_of_sampling_knows_what_the_backend_takes() -> None:
    for made, kind in ((GridParameterSampling, "grid"), (BayesianParameterSampling, "bayesian")):
        known = KNOWN_TO[kind]  # type: ignore[index] # a literal
        assert known
        for name, (expression, _) in WIRE.items():
            if name in known:
                made({"x": expression})
            else:
                with pytest.raises(HyperDriveConfigException):
                    made({"x": expression})


@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=False))), st.sampled_from(["maximize", "minimize"]))
def test_the_best_comes_first_and_what_has_no_value_last(metrics: list[float | None], goal: str) -> None:
    trials = [{"number": number, "metric": metric} for number, metric in enumerate(metrics)]
    found = [each["metric"] for each in by_metric(trials, goal)]
    values = [value for value in found if value is not None]
    assert values == sorted(values, reverse=goal == "maximize")
    assert found == values + [None] * (len(found) - len(values))
    worst = [each["metric"] for each in by_metric(trials, goal, reverse=True) if each["metric"] is not None]
    assert worst == values[::-1]


def test_a_trial_in_one_line() -> None:
    trial = {"number": 0, "run_id": "s_0", "parameters": {"x": 1, "-k": "a"}, "status": "Canceled", "metric": 0.5,
             "reason": {"code": "StoppedEarly", "message": "It was bad."}}
    assert line(trial, "loss") == "s_0 --x 1 -k a: Canceled, loss 0.5: It was bad."
    sweep = {"status": "Canceled", "trials": [trial], "goal": "minimize", "primary_metric": "loss",
             "reason": {"code": "TimeLimit", "message": "Too long."}}
    assert "Canceled with 1 trials: Too long." in summary("s", sweep)
