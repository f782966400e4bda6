"""How the parameters of a sweep are chosen: ``choice``, ``uniform`` and so on, in v1's wire form ``[name, args]``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Union

from runspoor.sdk.exceptions import UserErrorException

__all__ = ["Expression", "HyperDriveConfigException", "choice", "expression_request", "lognormal", "loguniform",
           "normal", "qlognormal", "qloguniform", "qnormal", "quniform", "randint", "uniform"]

Expression = list[Any]
Scalar = Union[bool, int, float, str]

_RANGE, _GAUSSIAN = ("min", "max"), ("mu", "sigma")
ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "choice": ("values",), "randint": ("upper",),
    **dict.fromkeys(("uniform", "loguniform"), _RANGE), **dict.fromkeys(("quniform", "qloguniform"), (*_RANGE, "q")),
    **dict.fromkeys(("normal", "lognormal"), _GAUSSIAN), **dict.fromkeys(("qnormal", "qlognormal"), (*_GAUSSIAN, "q")),
}
"""The expressions, and what the backend calls their arguments."""


class HyperDriveConfigException(UserErrorException):
    """The definition of a sweep contradicts itself."""


def choice(*options: object) -> Expression:
    """One of the options; those in a list, a tuple or a range count one by one."""
    values = [value for option in options
              for value in (option if isinstance(option, (list, tuple, range)) else [option])]
    if not values:
        raise HyperDriveConfigException("choice() has nothing to choose from: give at least one option.")
    return ["choice", [values]]


def randint(upper: int) -> Expression:
    """A whole number from 0 to ``upper`` - 1."""
    return ["randint", [upper]]


def uniform(min_value: float, max_value: float) -> Expression:
    """A number between the two."""
    return ["uniform", [min_value, max_value]]


def quniform(min_value: float, max_value: float, q: float) -> Expression:
    """As ``uniform``, the multiple of ``q`` next to it."""
    return ["quniform", [min_value, max_value, q]]


def loguniform(min_value: float, max_value: float) -> Expression:
    """e to the power of a number between the two: the bounds are logarithms."""
    return ["loguniform", [min_value, max_value]]


def qloguniform(min_value: float, max_value: float, q: float) -> Expression:
    """As ``loguniform``, the multiple of ``q`` next to it."""
    return ["qloguniform", [min_value, max_value, q]]


def normal(mu: float, sigma: float) -> Expression:
    """A normally distributed number, by its mean and deviation."""
    return ["normal", [mu, sigma]]


def qnormal(mu: float, sigma: float, q: float) -> Expression:
    """As ``normal``, the multiple of ``q`` next to it."""
    return ["qnormal", [mu, sigma, q]]


def lognormal(mu: float, sigma: float) -> Expression:
    """e to the power of a normally distributed number."""
    return ["lognormal", [mu, sigma]]


def qlognormal(mu: float, sigma: float, q: float) -> Expression:
    """As ``lognormal``, the multiple of ``q`` next to it."""
    return ["qlognormal", [mu, sigma, q]]


def kind_of(name: str, expression: object) -> str:
    """The kind of what a parameter is to be chosen by. Raises HyperDriveConfigException when it is no expression."""
    fits = isinstance(expression, (list, tuple)) and len(expression) == 2 and isinstance(expression[1], (list, tuple))
    kind = expression[0] if isinstance(expression, (list, tuple)) and fits else None
    if not isinstance(kind, str) or kind not in ARGUMENTS:
        raise HyperDriveConfigException(f"Parameter {name!r} is {expression!r}, and has to be an expression such as "
                                        f"choice(1, 2) or uniform(0, 1): one of {', '.join(sorted(ARGUMENTS))}.")
    return kind


def expression_request(expression: Expression) -> dict[str, Any]:
    """ExpressionRequest of an expression."""
    kind, given = expression
    if kind == "choice":
        return {"kind": kind, "values": [_scalar(value) for value in given[0]]}
    return {"kind": kind, **dict(zip(ARGUMENTS[kind], map(_scalar, given)))}


def _scalar(value: Any) -> Scalar:
    """Numbers of numpy as Python's own; what is no number is the text that the script gets."""
    item: Callable[[], Any] | None = getattr(value, "item", None)
    plain = item() if callable(item) and getattr(value, "ndim", 0) == 0 else value
    return plain if isinstance(plain, (bool, int, float, str)) else str(plain)
