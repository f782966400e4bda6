"""Spaces of parameters, and how a point of one is chosen. Pure: what looks random follows from a seed.

The expressions are those of Azure ML's hyperdrive, with its meanings.
"""

import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from random import Random
from typing import Annotated, Literal

from pydantic import Field

from shared.domain.errors import Invalid
from shared.domain.value import Value

Parameter = bool | int | float | str
Number = int | float
Sampling = Literal["random", "grid", "bayesian"]


class Choice(Value):
    """One of ``values``."""

    kind: Literal["choice"] = "choice"
    values: tuple[Parameter, ...]


class Randint(Value):
    """A whole number from 0 to ``upper`` - 1."""

    kind: Literal["randint"] = "randint"
    upper: int


class Range(Value):
    """A number between two; of ``log...`` the bounds are logarithms; ``q...``: the multiple of ``q`` next to it."""

    kind: Literal["uniform", "quniform", "loguniform", "qloguniform"]
    min: Number
    max: Number
    q: Number | None = None


class Gaussian(Value):
    """A normally distributed number; of ``log...`` its logarithm is; ``q...``: the multiple of ``q`` next to it."""

    kind: Literal["normal", "qnormal", "lognormal", "qlognormal"]
    mu: Number
    sigma: Number
    q: Number | None = None


Expression = Annotated[Choice | Randint | Range | Gaussian, Field(discriminator="kind")]
Space = Mapping[str, Expression]

KNOWN_TO: Mapping[Sampling, tuple[str, ...] | None] = {
    "random": None, "grid": ("choice",), "bayesian": ("choice", "uniform", "quniform"),
}
"""Way of sampling -> the expressions it can be used with (none: all), as Azure ML has it."""
LARGEST = 1e300
LARGEST_EXPONENT = 700
"""e to the power of more is no floating-point number."""
MOST_MULTIPLES = 2**53
"""Beyond it floating-point numbers cannot tell multiples apart."""
DEVIATIONS = 40
"""No normal variate lies so many standard deviations from its mean."""


def option(name: str) -> str:
    """The argument before a parameter's value: Azure ML's rule."""
    return name if name.startswith("-") else f"--{name}"


def check(sampling: Sampling, space: Space) -> None:
    """``Invalid`` unless every point of ``space`` can be chosen and handed over."""
    if not space:
        raise Invalid("The space of parameters is empty: give at least one parameter to choose.")
    if len({option(name) for name in space}) < len(space):
        raise Invalid("Two parameters would be the same argument of the script: leave one of them out.")
    known = KNOWN_TO[sampling]
    for name, expression in space.items():
        if known and expression.kind not in known:
            raise Invalid(f"Parameter {name!r} is {expression.kind!r}, and {sampling} sampling takes only "
                          f"{', '.join(map(repr, known))}: use one of these, or random sampling.")
        if wrong := _wrong(expression):
            raise Invalid(f"Parameter {name!r} cannot be chosen: {wrong}.")


def _wrong(expression: Expression) -> str | None:
    match expression:
        case Choice():
            return None if expression.values else "there is nothing to choose from; give its 'values'"
        case Randint():
            return None if expression.upper >= 1 else "its 'upper' must be at least 1"
        case Range():
            wrong = "its 'min' must be less than its 'max'" if expression.min >= expression.max else None
            return wrong or _unusable(expression, float(expression.min), float(expression.max))
        case Gaussian():
            wrong = "its 'sigma' must be more than 0" if expression.sigma <= 0 else None
            reach = DEVIATIONS * float(expression.sigma)
            return wrong or _unusable(expression, expression.mu - reach, expression.mu + reach)


def _unusable(expression: Range | Gaussian, least: float, most: float) -> str | None:
    """What is wrong with values between these, or with their step."""
    if "log" in expression.kind:
        if most > LARGEST_EXPONENT:
            return f"e to the power of {most:g} is too large; the bounds of {expression.kind!r} are logarithms"
        least, most = 0, math.exp(most)
    largest = max(abs(least), abs(most))
    if largest > LARGEST:
        return "its numbers are too large"
    if expression.kind.startswith("q") != (expression.q is not None):
        return "'q' goes with the expressions whose names begin with 'q', and with all of them"
    if expression.q is not None and (expression.q <= 0 or largest / expression.q > MOST_MULTIPLES):
        return "its 'q' must be more than 0, and not too small for its numbers"
    return None


def sample(space: Space, seed: int, number: int) -> dict[str, Parameter]:
    """Point ``number`` of a random walk through ``space``; the same seed always gives the same points."""
    chance = Random(f"{seed}/{number}")
    return {name: settled(_drawn(space[name], chance)) for name in sorted(space)}


def _drawn(expression: Expression, chance: Random) -> Parameter:
    match expression:
        case Choice():
            return chance.choice(expression.values)
        case Randint():
            return chance.randrange(expression.upper)
        case Range():
            return _shaped(expression, chance.uniform(expression.min, expression.max))
        case Gaussian():
            return _shaped(expression, chance.normalvariate(expression.mu, expression.sigma))


def _shaped(expression: Range | Gaussian, drawn: float) -> float:
    number = math.exp(drawn) if "log" in expression.kind else drawn
    return number if expression.q is None else multiple(round(number / expression.q), expression.q)


def multiple(times: int, q: Number) -> float:
    """``times`` times ``q`` as it is written: 3 times 0.1 is 0.3."""
    return float(times * Decimal(str(q)))


def settled(value: Parameter) -> Parameter:
    """``value`` as it is after a way through JSON, which may write 2.0 as 2."""
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) <= MOST_MULTIPLES
    return int(value) if is_whole else value


def grid_size(space: Space) -> int:
    """How many combinations of choices there are."""
    return math.prod(len(each.values) for each in space.values() if isinstance(each, Choice))


def grid_point(space: Space, number: int) -> dict[str, Parameter]:
    """Combination ``number`` of the choices; the last parameter by name changes first."""
    point: dict[str, Parameter] = {}
    for name in sorted(space, reverse=True):
        choice = space[name]
        assert isinstance(choice, Choice)
        number, index = divmod(number, len(choice.values))
        point[name] = settled(choice.values[index])
    return dict(sorted(point.items()))


CHOSEN: Mapping[Sampling, Callable[[Space, int, int], dict[str, Parameter]]] = {
    "random": sample, "grid": lambda space, _, number: grid_point(space, number),
}
"""Ways of sampling that need to know nothing of earlier trials -> point ``number`` for a seed."""
