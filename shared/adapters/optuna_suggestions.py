"""Bayesian optimization by Optuna's tree-structured Parzen estimator.

Optuna is imported when the first suggestion is asked for: it takes a second, and most instances never need it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from shared.application.suggestions import Tried
from shared.domain.sweep_policy import Goal
from shared.domain.sweep_space import Choice, Expression, Parameter, Range, Space, multiple, settled

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

LEARNS_AFTER = 10
"""So many trials are drawn at random first: Optuna's own number."""


class OptunaSuggestions:
    """``Suggestions``. A trial that ended without a metric tells nothing; one that runs is counted as a bad one, so
    that the next does not go to the same place."""

    def suggest(self, space: Space, goal: Goal, seed: int, tried: Sequence[Tried]) -> dict[str, Parameter]:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        distributions = {name: _distribution(space[name]) for name in sorted(space)}
        # One seed for each number of trials: the sampler's own state does not outlive this call.
        sampler = optuna.samplers.TPESampler(
            seed=(seed + len(tried)) % 2**32, n_startup_trials=LEARNS_AFTER, constant_liar=True)
        study = optuna.create_study(direction=goal, sampler=sampler)
        study.add_trials([_trial(space, distributions, each) for each in tried])
        chosen = study.ask(distributions).params
        return {name: _parameter(space[name], chosen[name]) for name in sorted(space)}


def _distribution(expression: Expression) -> BaseDistribution:
    """Choices by their position, multiples by their factor: both are exact."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(expression, Choice):
        return CategoricalDistribution(range(len(expression.values)))
    assert isinstance(expression, Range)
    if expression.q is None:
        return FloatDistribution(expression.min, expression.max)
    return IntDistribution(round(expression.min / expression.q), round(expression.max / expression.q))


def _trial(space: Space, distributions: Mapping[str, BaseDistribution], tried: Tried) -> FrozenTrial:
    from optuna.trial import TrialState, create_trial

    state = TrialState.RUNNING if not tried.ended else TrialState.FAIL if tried.metric is None else TrialState.COMPLETE
    params = {name: _inner(space[name], value) for name, value in tried.parameters.items()}
    return create_trial(state=state, value=tried.metric if tried.ended else None, params=params,
                        distributions=dict(distributions))


def _inner(expression: Expression, value: Parameter) -> Parameter:
    """What stands for a parameter's value in a distribution."""
    if isinstance(expression, Choice):
        settled_values = [settled(each) for each in expression.values]
        return next(n for n, each in enumerate(settled_values) if each == value and type(each) is type(value))
    assert isinstance(expression, Range)
    assert isinstance(value, int | float)
    return float(value) if expression.q is None else round(value / expression.q)


def _parameter(expression: Expression, chosen: int | float) -> Parameter:
    if isinstance(expression, Choice):
        return settled(expression.values[int(chosen)])
    assert isinstance(expression, Range)
    return settled(chosen if expression.q is None else multiple(int(chosen), expression.q))
