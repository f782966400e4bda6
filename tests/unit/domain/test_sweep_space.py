"""Choosing parameters: within what was asked for, the same for the same seed, and refused when it cannot be."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import Invalid
from shared.domain.sweep_space import (
    Choice,
    Expression,
    Gaussian,
    Randint,
    Range,
    Sampling,
    Space,
    check,
    grid_point,
    grid_size,
    sample,
)

NUMBERS = st.floats(-50, 50, allow_nan=False) | st.integers(-50, 50)
STEPS = st.sampled_from([1, 2, 0.1, 0.25, 16])
VALUES = st.lists(st.integers() | st.booleans() | st.text(max_size=3) | st.floats(-9, 9), min_size=1, max_size=4)
RANGES = st.tuples(NUMBERS, NUMBERS).filter(lambda pair: pair[0] < pair[1])


def ranges(kind: str, stepped: bool) -> st.SearchStrategy[Expression]:
    return st.builds(lambda pair, q: Range.model_validate(
        {"kind": kind, "min": pair[0], "max": pair[1], "q": q if stepped else None}), RANGES, STEPS)


def gaussians(kind: str, stepped: bool) -> st.SearchStrategy[Expression]:
    return st.builds(lambda mu, sigma, q: Gaussian.model_validate(
        {"kind": kind, "mu": mu, "sigma": sigma, "q": q if stepped else None}), NUMBERS, st.floats(0.1, 3), STEPS)


EXPRESSIONS = st.one_of(
    st.builds(lambda values: Choice(values=tuple(values)), VALUES), st.builds(Randint, upper=st.integers(1, 9)),
    ranges("uniform", False), ranges("quniform", True), ranges("loguniform", False),
    gaussians("normal", False), gaussians("qnormal", True), gaussians("lognormal", False),
)
SPACES = st.dictionaries(st.sampled_from(["rate", "--batch", "-k", "layers"]), EXPRESSIONS, min_size=1)


@given(SPACES, st.integers(0, 2**31), st.integers(0, 999))
def test_a_point_lies_in_its_space_and_follows_from_its_seed(space: Space, seed: int, number: int) -> None:
    check("random", space)
    point = sample(space, seed, number)
    assert point == sample(dict(sorted(space.items(), reverse=True)), seed, number)
    assert set(point) == set(space)
    assert all(fits(space[name], value) for name, value in point.items()), point


def fits(expression: Expression, value: object) -> bool:
    if isinstance(expression, Choice):
        return value in expression.values
    assert isinstance(value, int | float)
    assert not isinstance(value, bool)
    if isinstance(expression, Randint):
        return value in range(expression.upper)
    if expression.q is not None:
        times = value / expression.q
        assert math.isclose(times, round(times), abs_tol=1e-6)
    if isinstance(expression, Gaussian):
        return math.isfinite(value) and (value > 0 or "log" not in expression.kind)
    number = math.log(value) if "log" in expression.kind else value
    slack = (expression.q or 0) / 2 + 1e-9
    return expression.min - slack <= number <= expression.max + slack


def test_the_same_seed_gives_the_same_points_for_ever() -> None:
    """Stored sweeps go on after an update of Python."""
    space: Space = {
        "rate": Range(kind="loguniform", min=-6, max=0), "units": Range(kind="quniform", min=8, max=64, q=8),
        "act": Choice(values=("relu", "tanh")),
    }
    assert sample(space, 7, 0) == {"act": "tanh", "rate": 0.10035889476659443, "units": 16}
    assert sample(space, 7, 1) == {"act": "relu", "rate": 0.06794193181063768, "units": 16}


@given(st.dictionaries(st.sampled_from("abc"), st.builds(
    lambda size: Choice(values=tuple(range(size))), st.integers(1, 4)), min_size=1))
def test_a_grid_has_every_combination_once(space: Space) -> None:
    points = [tuple(grid_point(space, number).items()) for number in range(grid_size(space))]
    assert len(set(points)) == len(points)
    for name, choice in space.items():
        assert isinstance(choice, Choice)
        assert {dict(point)[name] for point in points} == set(choice.values)
    assert len(points) == math.prod(len(each.values) for each in space.values() if isinstance(each, Choice))


def test_a_large_grid_is_not_made_to_look_at_one_point() -> None:
    space = {f"p{n}": Choice(values=tuple(range(1000))) for n in range(50)}
    assert grid_size(space) == 1000**50
    assert set(grid_point(space, 1000**50 - 1).values()) == {999}


@pytest.mark.parametrize(("sampling", "space", "words"), [
    ("random", {}, "is empty"),
    ("random", {"a": Choice(values=())}, "nothing to choose"),
    ("random", {"a": Choice(values=(1,)), "--a": Choice(values=(1,))}, "same argument"),
    ("grid", {"a": Randint(upper=3)}, "'a' is 'randint', and grid sampling takes only 'choice'"),
    ("bayesian", {"a": Gaussian(kind="normal", mu=0, sigma=1)}, "takes only 'choice', 'uniform', 'quniform'"),
    ("random", {"a": Range(kind="uniform", min=2, max=2)}, "less than its 'max'"),
    ("random", {"a": Range(kind="loguniform", min=0, max=800)}, "bounds of 'loguniform' are logarithms"),
    ("random", {"a": Range(kind="uniform", min=0, max=1e301)}, "too large"),
    ("random", {"a": Range(kind="uniform", min=0, max=1, q=1)}, "'q' goes with"),
    ("random", {"a": Range(kind="quniform", min=0, max=1)}, "'q' goes with"),
    ("random", {"a": Range(kind="quniform", min=0, max=1, q=0)}, "more than 0"),
    ("random", {"a": Range(kind="quniform", min=0, max=1, q=1e-300)}, "not too small"),
    ("random", {"a": Gaussian(kind="normal", mu=0, sigma=0)}, "'sigma' must be more"),
    ("random", {"a": Gaussian(kind="lognormal", mu=700, sigma=1)}, "too large"),
])
def test_what_cannot_be_chosen_is_refused(sampling: Sampling, space: Space, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        check(sampling, space)
