"""What people see of a run: everything that is known, nothing that a run could use to draw or run something else."""

import math
import re
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runspoor.shapes import Reason, Run, Why
from runspoor.widget.picture import LOG_LINES, MOST_CHILDREN, MOST_PLOTS, Child, Picture, html, text
from runspoor.widget.plot import HEIGHT, MOST_POINTS, WIDTH, finite, line_chart, thinned


def run(status: str = "Running", reason: Reason | None = None, **changes: str | None) -> Run:
    known: Run = {
        "run_id": "r1", "experiment": "tests", "compute_target": "cpu", "status": status,
        "since": "2026-01-01T00:00:00Z", "version": 5, "attempt": 1, "submitted_at": "2026-01-01T00:00:00Z",
        "started_at": "2026-01-01T00:00:05Z", "ended_at": "2026-01-01T01:02:08Z", "reason": reason, "tags": {},
    }
    return {**known, **changes}  # type: ignore[typeddict-item]  # tests change single fields by name


WHY: Why = {"run_id": "r1", "status": "Queued", "seconds": 3.0, "waiting_for": "node", "summary": "No node yet.",
            "next": "Soon."}


def test_it_says_where_the_run_is_and_why() -> None:
    for drawn in (html(Picture(run("Queued"), WHY)), text(Picture(run("Queued"), WHY))):
        for part in ("r1", "tests", "cpu", "Queued", "1:02:03", "No node yet. Soon."):
            assert part in drawn


def test_an_ended_run_says_how_it_ended() -> None:
    reason: Reason = {"code": "ScriptFailed", "message": "The script ended with exit code 1."}
    drawn = text(Picture(run("Failed", reason), WHY))
    assert "exit code 1" in drawn
    assert "No node yet" not in drawn


def test_trouble_is_said_beside_what_is_known() -> None:
    drawn = html(Picture(run(), WHY, {"loss": [1, 2]}, ["a line"], "It does not answer."))
    assert all(part in drawn for part in ("It does not answer.", "a line", "<polyline"))


def test_series_are_drawn_and_single_values_written() -> None:
    drawn = html(Picture(run(), None, {"loss": [3, 2, 1], "accuracy": [0.123456], "note": ["fine"]}))
    assert drawn.count("<polyline") == 1
    assert "0.1235" in drawn
    assert "fine" in drawn


def test_children_are_listed() -> None:
    children = [Child(f"r1_{n}", "Running", "<b>--x 1</b>", "loss 0.5") for n in range(MOST_CHILDREN + 2)]
    drawn = html(Picture(run(), WHY, children=children))
    assert drawn.count("<tr>") == MOST_CHILDREN
    assert "&lt;b&gt;--x 1&lt;/b&gt;" in drawn
    assert "and 2 more runs" in drawn
    said = text(Picture(run(), WHY, children=children))
    assert "r1_0 <b>--x 1</b>: Running, loss 0.5" in said
    assert "and 2 more runs" in said


def test_more_series_than_fit_are_counted() -> None:
    drawn = html(Picture(run(), None, {f"m{n}": [1, 2] for n in range(MOST_PLOTS + 3)}))
    assert drawn.count("<polyline") == MOST_PLOTS
    assert "and 3 more series" in drawn


def test_the_end_of_the_log_is_shown() -> None:
    drawn = html(Picture(run(), None, {}, [f"line {n}" for n in range(50)]))
    assert "line 49" in drawn
    assert f"line {49 - LOG_LINES}\n" not in drawn


NASTY = "</pre><script>alert(1)</script>\"'&"


@pytest.mark.parametrize("picture", [
    Picture(run(), None, {}, [NASTY]),
    Picture(run(), None, {NASTY: [1, 2], f"{NASTY}2": [NASTY]}),
    Picture(run(run_id=NASTY, experiment=NASTY, compute_target=NASTY, status=NASTY)),
    Picture(run("Failed", {"code": "x", "message": NASTY})),
    Picture(run(), {**WHY, "summary": NASTY, "next": NASTY}, trouble=NASTY),
])
def test_what_comes_from_a_run_stays_text(picture: Picture) -> None:
    drawn = html(picture)
    assert "<script" not in drawn
    assert "alert(1)" in drawn
    ElementTree.fromstring(f"<all>{drawn}</all>")  # What is well-formed has no tag of the run's.


numbers = st.one_of(st.floats(), st.integers(-10**18, 10**18), st.booleans(), st.none(), st.text(max_size=3))


@given(st.lists(numbers, max_size=500), st.floats(allow_nan=False, allow_infinity=False))
def test_every_line_stays_in_its_picture(others: list[object], finite_one: float) -> None:
    values = [*others, finite_one]
    chart = ElementTree.fromstring(line_chart("loss", values))
    (line,) = chart.iter("polyline")
    for x, y in (point.split(",") for point in line.attrib["points"].split()):
        assert 0 <= float(x) <= WIDTH
        assert 0 <= float(y) <= HEIGHT


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=3000))
def test_thinning_keeps_the_last_point_and_the_extremes(values: list[float]) -> None:
    kept = thinned(list(enumerate(values)))
    assert kept[-1] == (len(values) - 1, values[-1])
    assert len(kept) <= MOST_POINTS + 1
    assert (min(y for _, y in kept), max(y for _, y in kept)) == (min(values), max(values))
    assert kept == sorted(kept)


def test_what_is_no_number_has_no_place() -> None:
    values = (1, 2.5, math.nan, math.inf, True, None, "3", 10**400)
    assert [value for value in values if finite(value) is not None] == [1, 2.5]


def test_no_script_is_needed() -> None:
    assert not re.search(r"<script|on\w+=|javascript:", html(Picture(run(), WHY, {"loss": [1, 2]}, ["x"])))
