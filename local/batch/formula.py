"""The value of an autoscale formula, pure: assignments and samples to variables.

The subset: arithmetic, comparison, logic, ``?:``, strings, ``time``, ``val``, ``TimeInterval_*``, the functions of
``_VECTOR`` and ``_SCALAR``, and ``GetSample``, ``GetSamplePercent`` and ``Count`` of the sampled variables. Times are
seconds since 1970, intervals are seconds, and a vector is what ``GetSample`` returns.
"""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from local.batch.documents import moment
from local.batch.formula_syntax import Apply, Assignment, Choice, Expression, FormulaError, Literal, Name

Vector = list[float]


@dataclass(frozen=True)
class Samples:
    """What was measured: (seconds since 1970, value), oldest first, one per ``period`` seconds."""

    points: Sequence[tuple[float, float]]
    now: float
    period: float

    def last(self, span: float, percent: float = 0.0) -> Vector:
        """The samples of the last ``span`` seconds. Raises FormulaError when there are too few."""
        found = [value for at, value in self.points if at >= self.now - span]
        if not found or self.percent(span) < percent:
            raise FormulaError("there are not enough samples: ask GetSamplePercent first")
        return found

    def newest(self, count: int) -> Vector:
        if not self.points:
            raise FormulaError("there are no samples: ask GetSamplePercent first")
        return [value for _, value in self.points[-count:]]

    def percent(self, span: float) -> float:
        """Samples that there are, of those that the last ``span`` seconds should have."""
        found = sum(at >= self.now - span for at, _ in self.points)
        return min(100.0, 100.0 * found / max(1.0, span / self.period))


Value = float | str | Vector | Samples


class Interval(float):
    """Seconds that came from a TimeInterval: ``GetSample(interval)`` is not ``GetSample(count)``."""


INTERVALS = {
    f"TimeInterval_{name}": Interval(seconds)
    for name, seconds in (
        ("Zero", 0.0),
        ("100ns", 1e-7),
        ("Microsecond", 1e-6),
        ("Millisecond", 1e-3),
        ("Second", 1.0),
        ("Minute", 60.0),
        ("Hour", 3600.0),
        ("Day", 86400.0),
        ("Week", 604800.0),
        ("Year", 31536000.0),
    )
}
DEALLOCATION_OPTIONS = ("requeue", "terminate", "taskcompletion", "retaineddata")
_BINARY: dict[str, Callable[[float, float], float | bool]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_VECTOR: dict[str, Callable[[Vector], float]] = {
    "min": min,
    "max": max,
    "sum": sum,
    "avg": lambda values: sum(values) / len(values),
    "len": lambda values: float(len(values)),
    "median": lambda values: sorted(values)[len(values) // 2],
}
_SCALAR: dict[str, Callable[[float], float]] = {
    "abs": abs,
    "ceil": math.ceil,
    "floor": math.floor,
    "round": round,
    "sqrt": math.sqrt,
    "ln": math.log,
    "exp": math.exp,
}


def evaluate(assignments: Sequence[Assignment], variables: Mapping[str, Value], now: float) -> dict[str, Value]:
    """All variables after the formula, those of the service included. Raises FormulaError."""
    known: dict[str, Value] = {
        **INTERVALS,
        **{name: name for name in DEALLOCATION_OPTIONS},
        "true": 1.0,
        "false": 0.0,
        **variables,
    }
    assigned: dict[str, Value] = {}
    for name, expression in assignments:
        try:
            known[name] = assigned[name] = _value(expression, known, now)
        except (TypeError, ZeroDivisionError, OverflowError, IndexError) as reason:
            raise FormulaError(f"{name} cannot be computed: {reason}") from None
    return assigned


def _value(expression: Expression, known: Mapping[str, Value], now: float) -> Value:
    match expression:
        case Literal(value):
            return value
        case Name(name):
            if name not in known:
                raise FormulaError(f"the variable {name} is not known")
            return known[name]
        case Choice(condition, yes, no):
            return _value(yes if _number(_value(condition, known, now)) else no, known, now)
        case Apply("&&", (left, right)):
            return float(_true(left, known, now) and _true(right, known, now))
        case Apply("||", (left, right)):
            return float(_true(left, known, now) or _true(right, known, now))
        case Apply(name, operands):
            return _apply(name, [_value(operand, known, now) for operand in operands], now)


def _true(expression: Expression, known: Mapping[str, Value], now: float) -> bool:
    return bool(_number(_value(expression, known, now)))


def _apply(name: str, values: list[Value], now: float) -> Value:
    if name.startswith("."):
        return _method(name[1:], values)
    if name in ("==", "!="):
        return float((values[0] == values[1]) == (name == "=="))
    if name == "/":
        return _number(values[0]) / _number(values[1])
    if name in _BINARY:
        result = float(_BINARY[name](_number(values[0]), _number(values[1])))
        return Interval(result) if any(isinstance(value, Interval) for value in values) and name in "+-*" else result
    return _function(name, values, now)


def _function(name: str, values: list[Value], now: float) -> Value:
    match name, values:
        case "unary-", [value]:
            return -_number(value)
        case "unary!", [value]:
            return float(not _number(value))
        case "time", []:
            return now
        case "time", [str(text)]:
            return _time(text)
        case "val", [list(vector), index]:
            return vector[int(_number(index))]
    if name in _VECTOR and values:
        flat = [number for value in values for number in (value if isinstance(value, list) else [_number(value)])]
        return float(_VECTOR[name](flat))
    if name in _SCALAR and len(values) == 1:
        return float(_SCALAR[name](_number(values[0])))
    raise FormulaError(f"the function {name} with {len(values)} arguments is not known")


def _method(name: str, values: list[Value]) -> Value:
    samples, *arguments = values
    if not isinstance(samples, Samples):
        raise FormulaError(f"{name} needs a sampled variable")
    numbers = [_number(argument) for argument in arguments]
    match name, numbers:
        case "GetSample", [Interval() as span]:
            return samples.last(span)
        case "GetSample", [count]:
            return samples.newest(int(count))
        case "GetSample", [span, percent]:
            return samples.last(span, percent)
        case "GetSamplePercent", [span]:
            return samples.percent(span)
        case "Count", []:
            return float(len(samples.points))
    raise FormulaError(f"the method {name} with {len(numbers)} arguments is not known")


def _number(value: Value) -> float:
    if isinstance(value, list) and len(value) == 1:
        return value[0]
    if isinstance(value, float):
        return value
    raise FormulaError(f"a number is needed, not {value!r:.60}")


def _time(text: str) -> float:
    try:
        return moment(text).timestamp()
    except ValueError:
        try:
            return parsedate_to_datetime(text).timestamp()
        except (TypeError, ValueError):
            raise FormulaError(f"{text!r} is not a time") from None
