"""Bayesian suggestions: in the space, the same for the same, better than chance, and not paid for before their use."""

import subprocess
import sys
from statistics import mean

from shared.adapters.optuna_suggestions import OptunaSuggestions
from shared.application.suggestions import Tried
from shared.domain.sweep_space import Choice, Parameter, Range, Space

SPACE: Space = {
    "x": Range(kind="uniform", min=-5, max=5),
    "kind": Choice(values=(1, True, "1", 2.0)),
    "q": Range(kind="quniform", min=0, max=1, q=0.1),
}


def cost(parameters: dict[str, Parameter]) -> float:
    x, q = parameters["x"], parameters["q"]
    assert isinstance(x, int | float)
    assert isinstance(q, int | float)
    return (x - 2) ** 2 + q + (parameters["kind"] is not True)


def suggest(tried: list[Tried], seed: int = 7) -> dict[str, Parameter]:
    return OptunaSuggestions().suggest(SPACE, "minimize", seed, tried)


def test_it_learns_within_the_space() -> None:
    tried: list[Tried] = []
    for _ in range(40):
        parameters = suggest(tried)
        assert list(parameters) == ["kind", "q", "x"]
        assert parameters["q"] in [number / 10 for number in range(11)]
        assert str(parameters["kind"]) in ("1", "True", "2")
        tried.append(Tried(parameters, True, cost(parameters)))
    costs = [each.metric or 0 for each in tried]
    assert mean(costs[-10:]) < mean(costs[:10]) / 2


def test_the_same_past_has_the_same_future() -> None:
    past = [Tried({"x": 1.5, "kind": True, "q": 0.3}, True, 0.5), Tried({"x": 1, "kind": "1", "q": 1}, True),
            Tried({"x": -2.5, "kind": 2, "q": 0}, False)]
    assert suggest(past) == suggest(past)
    assert suggest(past) != suggest(past, seed=8)


def test_trials_at_once_are_not_alike() -> None:
    tried: list[Tried] = []
    for _ in range(14):
        tried.append(Tried(suggest(tried), False))
    assert len({each.parameters["x"] for each in tried}) == 14


def test_the_app_starts_without_it() -> None:
    code = "import sys, function_app, function_app.wiring; assert 'optuna' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
