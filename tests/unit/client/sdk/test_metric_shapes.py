"""v1's table of what get_metrics gives, and requests that carry what was logged."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runspoor import points
from runspoor.points import Entry
from runspoor.sdk.metric_batch import BYTES, NAMES, POINTS, batch_length, request
from runspoor.sdk.metric_shapes import shape, shown


@pytest.mark.parametrize(("kind", "values", "wanted"), [
    ("scalar", [0.5], 0.5),
    ("scalar", [0.0, 1.5, 3.0], [0.0, 1.5, 3.0]),
    ("scalar", [7], 7),
    ("scalar", ["text"], "text"),
    ("scalar", [True], True),
    ("scalar", [1, "a"], [1, "a"]),
    ("scalar", [math.inf, -math.inf], [math.inf, -math.inf]),
    ("scalar", [None, None], [None, None]),
    ("row", [{"x": 1, "y": 2.5}], {"x": 1, "y": 2.5}),
    ("row", [{"x": 1, "y": 2.5}, {"x": 3, "y": 4.5}], {"x": [1, 3], "y": [2.5, 4.5]}),
    ("row", [{"x": 1}, {"y": 2}], {"x": [1, None], "y": [None, 2]}),
    ("row", [{"y": 1, "x": 2}], {"y": 1, "x": 2}),
    ("image", [{"path": "outputs/plot.png"}], "aml://artifactId/ExperimentRun/dcid.the-run/outputs/plot.png"),
    ("image", [{"path": "outputs/a"}, {"path": "outputs/b"}],
     [f"aml://artifactId/ExperimentRun/dcid.the-run/outputs/{name}" for name in "ab"]),
])
def test_shapes(kind: str, values: list[Any], wanted: object) -> None:
    found = shape(kind, values, "the-run")
    assert found == wanted
    assert type(found) is type(wanted)


def test_nan_stays_nan() -> None:
    found = shape("scalar", [math.nan], "r")
    assert isinstance(found, float)
    assert math.isnan(found)


def test_a_lone_none_is_left_out_and_other_falsy_values_are_not() -> None:
    assert shown({"none": None, "zero": 0, "empty": "", "no": False, "nones": [None, None]}) == {
        "zero": 0, "empty": "", "no": False, "nones": [None, None]}


def entry(name: str, values: list[Any], kind: str = "scalar", step: int | None = None) -> Entry:
    return {"kind": kind, "name": name, "values": values, "step": step, "at": 1.0}


def test_a_request_has_a_series_per_name_and_kind_in_order() -> None:
    body = request([entry("a", [1]), entry("b", [2]), entry("a", [3, 4], step=7), entry("a", [{"x": 1}], "row")])
    assert body == {"metrics": [
        {"name": "a", "kind": "scalar", "values": [1, 3, 4], "at": [1.0] * 3, "steps": [None, 7, 7]},
        {"name": "b", "kind": "scalar", "values": [2], "at": [1.0]},
        {"name": "a", "kind": "row", "values": [{"x": 1}], "at": [1.0]},
    ]}


def test_a_request_takes_no_more_than_the_backend_does() -> None:
    assert batch_length([entry("a", [0] * 6_000)] * 2) == 1
    assert batch_length([entry(str(number), [0]) for number in range(2_000)]) == NAMES
    assert batch_length([entry("a", ["x" * (BYTES // 2)])] * 3) == 1
    assert batch_length([entry("a", ["x" * 2 * BYTES])]) == 1
    assert batch_length([]) == 0


numbers = st.integers() | st.floats() | st.text(max_size=5) | st.none() | st.booleans()
logged = st.lists(st.tuples(st.sampled_from("abc"), st.lists(numbers, max_size=8)), max_size=30)


@given(logged)
def test_requests_carry_everything_once_and_in_order(calls: list[tuple[str, list[Any]]]) -> None:
    entries = [entry for name, values in calls for entry in points.scalars(name, values)]
    sent: dict[str, list[Any]] = {}
    rest = list(entries)
    while rest:
        taken = batch_length(rest)
        assert taken > 0
        for series in json.loads(json.dumps(request(rest[:taken]), allow_nan=False))["metrics"]:
            assert len(series["values"]) == len(series["at"]) <= POINTS
            sent.setdefault(series["name"], []).extend(series["values"])
        rest = rest[taken:]
    wanted: dict[str, list[Any]] = {}
    for each in entries:
        wanted.setdefault(str(each["name"]), []).extend(each["values"])  # type: ignore[arg-type]
    assert sent == wanted
