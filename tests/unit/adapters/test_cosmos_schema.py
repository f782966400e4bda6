"""Queries and the indexes they need are two ends of one thing."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters import cosmos_client
from shared.adapters.cosmos_schema import FILTERED_LISTS, LONGEST_ID, VIEWS, item_id
from shared.adapters.cosmos_views import page_query
from shared.application.ports import Where


def order_by(where: Where) -> list[str]:
    query, _ = page_query(where, "2026")
    order = query.partition("ORDER BY ")[2].partition(" OFFSET")[0]
    return ["/" + "/".join(re.findall(r"\w+", path.removesuffix(" DESC"))[1:]) for path in order.split(", ")]


@pytest.mark.parametrize("names", FILTERED_LISTS)
def test_every_filtered_list_is_served_by_a_composite_index(names: tuple[str, ...]) -> None:
    assert VIEWS.indexing
    composite = VIEWS.indexing["compositeIndexes"]
    assert isinstance(composite, list)
    index = [{"path": path, "order": "descending"} for path in order_by(dict.fromkeys(names, "x"))]
    assert len(index) == len(names) + 1
    assert index in composite


def test_filters_without_an_index_of_their_own_leave_the_order_alone() -> None:
    assert order_by({"other": "x"}) == ["/sort"]
    assert order_by({"compute_target": "cpu", "other": "x"}) == ["/body/compute_target", "/sort"]


def test_each_text_of_a_list_is_asked_for_by_itself() -> None:
    query, values = page_query({"name": "digits", "labels": ("a", "b=1")}, None)
    assert 'c.body["name"] = @w0 AND ARRAY_CONTAINS(c.body["labels"], @w1)' in query
    assert 'ARRAY_CONTAINS(c.body["labels"], @w2)' in query
    assert values == {"@w0": "digits", "@w1": "a", "@w2": "b=1"}


def test_values_never_become_query_text() -> None:
    query, values = page_query({"experiment": "' OR 1=1"}, "before")
    assert "OR 1=1" not in query
    assert values == {"@w0": "' OR 1=1", "@before": "before"}


def test_a_field_name_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="not a field"):
        page_query({'x"] OR 1=1': "x"}, None)


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=300), st.text(min_size=1, max_size=8))
def test_ids_are_safe_and_distinct(name: str, other: str) -> None:
    safe = item_id(name)
    assert not set(safe) & set("/\\?#%")
    assert not safe.endswith(" ")
    assert len(safe.encode()) <= LONGEST_ID
    assert name == other or item_id(other) != safe


def test_ordinary_ids_stay_readable() -> None:
    assert item_id("digits_5f2c81a09b3e") == "digits_5f2c81a09b3e"


@pytest.mark.parametrize("connection", ["AccountEndpoint=https://x.documents.azure.com/", "AccountKey=secret", ""])
def test_a_broken_connection_string_is_explained_without_its_secret(connection: str) -> None:
    with pytest.raises(ValueError, match=r"has no Account(Endpoint|Key)") as error:
        cosmos_client.client(connection)
    assert "secret" not in str(error.value)
