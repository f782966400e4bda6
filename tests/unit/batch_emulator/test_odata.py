"""Filters, selections and pages over documents."""

import pytest

from local.batch.documents import Document
from local.batch.odata import page, parse_filter, select

TASK: Document = {
    "id": "run-7",
    "state": "completed",
    "stateTransitionTime": "2026-11-20T12:00:00.000001Z",
    "executionInfo": {"exitCode": 3, "result": "failure"},
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("state eq 'completed'", True),
        ("state ne 'completed'", False),
        ("id eq 'RUN-7'", True),
        ("state eq 'completed' and stateTransitionTime ge datetime'2026-11-20T12:00:00Z'", True),
        ("stateTransitionTime lt datetime'2026-11-20T12:00:00Z'", False),
        ("(state eq 'active' or state eq 'running') and id eq 'run-7'", False),
        ("state eq 'active' or state eq 'running' and id eq 'x' or startswith(id, 'run-')", True),
        ("not startswith(id, 'run-')", False),
        ("executionInfo/exitCode gt 2", True),
        ("executionInfo/exitCode eq 3 and executionInfo/result eq 'failure'", True),
        ("missing eq null", True),
        ("missing lt 3", False),
        ("id eq 'it''s'", False),
    ],
)
def test_a_filter_holds_or_not(text: str, holds: bool) -> None:
    assert parse_filter(text)(TASK) is holds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "state",
        "state eq",
        "state eq completed",
        "state like 'x'",
        "(state eq 'x'",
        "state eq 'x' y",
        "'x' eq state",
        "state eq 'x",
        "startswith(id 'x')",
        "state eq %",
    ],
)
def test_a_filter_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_filter(text)


def test_only_the_selected_properties_are_left() -> None:
    assert select(TASK, "id, state") == {"id": "run-7", "state": "completed"}
    assert select(TASK, None) == TASK


def test_pages_follow_one_another_while_the_list_changes() -> None:
    items: list[Document] = [{"id": str(n)} for n in range(5)]
    first, token = page(items, 2, None)
    assert [item["id"] for item in first] == ["0", "1"]
    second, token = page(items[1:], 2, token)
    assert [item["id"] for item in second] == ["2", "3"]
    assert page(items, 2, token) == ([{"id": "4"}], None)


def test_a_token_that_was_never_given_is_refused() -> None:
    with pytest.raises(ValueError):
        page([], 2, "x")
