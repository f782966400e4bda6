"""Autoscale formulas: what they mean, and what is wrong with those that mean nothing."""

import pytest

from local.batch.formula import Samples, Value, evaluate
from local.batch.formula_syntax import FormulaError, parse

NOW = 1_800_000_000.0
# One sample a minute for ten minutes: 10, 9 ... 1, the newest last.
PENDING = Samples([(NOW - 60 * minutes, float(minutes + 1)) for minutes in range(9, -1, -1)], NOW, 60.0)
NONE = Samples([], NOW, 60.0)
VARIABLES: dict[str, Value] = {"$PendingTasks": PENDING, "$ActiveTasks": NONE, "$TargetDedicatedNodes": 4.0}


def value(expression: str) -> Value:
    return evaluate(parse(f"x = {expression};"), VARIABLES, NOW)["x"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1 + 2 * 3 - 4 / 2", 5.0),
        ("(1 + 2) * -3", -9.0),
        ("1 < 2 && !(2 <= 1) || 0", 1.0),
        ("1 == 1.0 ? 'yes' : 'no'", "yes"),
        ("0 ? 1 : 0 ? 2 : 3", 3.0),
        ("min(4, max(1, 2), 3)", 2.0),
        ("TimeInterval_Hour / TimeInterval_Minute", 60.0),
        ("time()", NOW),
        ('time() > time("Fri, 20 Nov 2026 00:00:00 GMT")', 1.0),
        ('time("2026-11-20T00:01:00Z") - time("2026-11-20T00:00:00Z")', 60.0),
        ("$PendingTasks.GetSample(1)", [1.0]),
        ("$PendingTasks.GetSample(3)", [3.0, 2.0, 1.0]),
        ("max($PendingTasks.GetSample(TimeInterval_Minute * 2))", 3.0),
        ("avg($PendingTasks.GetSample(5 * TimeInterval_Minute, 60))", 3.5),
        ("$PendingTasks.GetSamplePercent(TimeInterval_Minute * 20)", 50.0),
        (
            "$ActiveTasks.GetSamplePercent(TimeInterval_Minute) < 70 ? 4 : $ActiveTasks.GetSample(1)",
            4.0,
        ),
        ("taskcompletion", "taskcompletion"),
        ("/* none */ 2 // two", 2.0),
    ],
)
def test_an_expression_has_its_value(expression: str, expected: Value) -> None:
    assert value(expression + "\n") == expected


def test_statements_see_what_was_assigned_before() -> None:
    text = """// grow with the queue, at most 3
              span = TimeInterval_Minute * 5;
              want = max($PendingTasks.GetSample(span));
              $TargetDedicatedNodes = min(3, want);
              $NodeDeallocationOption = taskcompletion;"""
    found = evaluate(parse(text), VARIABLES, NOW)
    assert (found["$TargetDedicatedNodes"], found["$NodeDeallocationOption"]) == (3.0, "taskcompletion")


@pytest.mark.parametrize("text", ["x = ", "x = (1;", "= 1;", "x 1;", "x = 1 2;", "x = #;", "1 = x;", "x = max(1;"])
def test_a_formula_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        parse(text)


@pytest.mark.parametrize(
    "expression",
    [
        "$Nope",
        "$ActiveTasks.GetSample(1)",
        "1 / 0",
        "nope(1)",
        "'a' + 1",
        "time('soon')",
        "$PendingTasks.GetSample(TimeInterval_Hour, 90)",
        "$PendingTasks + 1",
        "$TargetDedicatedNodes.GetSample(1)",
    ],
)
def test_a_formula_that_has_no_value_says_so(expression: str) -> None:
    with pytest.raises(FormulaError):
        value(expression)
