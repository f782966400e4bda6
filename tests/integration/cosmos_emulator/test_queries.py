"""Queries through the SDK: scope, pages, and what is refused."""

from typing import Any

import pytest
from azure.cosmos import ContainerProxy
from azure.cosmos.exceptions import CosmosHttpResponseError


@pytest.fixture
def filled(container: ContainerProxy) -> ContainerProxy:
    """Partitions a and b with items n = 0..9, even ones in a."""
    for n in range(10):
        container.create_item({"id": f"i{n}", "pk": "ab"[n % 2], "n": n, "tags": [f"t{n % 3}"]})
    return container


def ask(container: ContainerProxy, query: str, **parameters: Any) -> list[Any]:
    """All results over all partitions, three a page."""
    named = [{"name": f"@{name}", "value": value} for name, value in parameters.items()]
    return list(container.query_items(query, parameters=named, enable_cross_partition_query=True, max_item_count=3))


def page_of_four(container: ContainerProxy, query: str, token: str | None) -> tuple[list[Any], str | None]:
    pages: Any = container.query_items(query, enable_cross_partition_query=True, max_item_count=4).by_page(token)
    return list(next(pages)), pages.continuation_token


def test_a_partition_key_limits_a_query(filled: ContainerProxy) -> None:
    odd: list[Any] = list(filled.query_items("SELECT VALUE c.n FROM c ORDER BY c.n DESC", partition_key="b"))
    assert odd == [9, 7, 5, 3, 1]
    none: list[Any] = list(filled.query_items("SELECT VALUE COUNT(1) FROM c", partition_key="none"))
    assert none == [0]


@pytest.mark.parametrize(("query", "expected"), [
    ("SELECT VALUE c.n FROM c ORDER BY c.n DESC", list(range(9, -1, -1))),
    ("SELECT VALUE COUNT(1) FROM c WHERE c.n > @six", [3]),
    ("SELECT VALUE SUM(c.n) FROM c", [45]),
    ("SELECT VALUE AVG(c.n) FROM c", [4.5]),
    ("SELECT TOP 2 c.id, c.n AS number FROM c ORDER BY c.n", [{"id": "i0", "number": 0}, {"id": "i1", "number": 1}]),
    ("SELECT TOP 4 * FROM c WHERE c.n < 0", []),
    ("SELECT VALUE c.n FROM c ORDER BY c.n OFFSET 2 LIMIT 5", [2, 3, 4, 5, 6]),
    ("SELECT VALUE c.id FROM c WHERE ARRAY_CONTAINS(c.tags, @tag) ORDER BY c.id", ["i0", "i3", "i6", "i9"]),
    ("SELECT VALUE c.n FROM c WHERE c.pk = 'b' AND c.n BETWEEN 2 AND @six", [3, 5]),
    ("SELECT DISTINCT VALUE c.pk FROM c", ["a", "b"]),
    ("SELECT c.pk, COUNT(1) AS n FROM c GROUP BY c.pk", [{"pk": "a", "n": 5}, {"pk": "b", "n": 5}]),
])
def test_queries_over_all_partitions(filled: ContainerProxy, query: str, expected: list[Any]) -> None:
    assert ask(filled, query, six=6, tag="t0") == expected


def test_pages_continue_from_their_token(filled: ContainerProxy) -> None:
    query = "SELECT VALUE c.n FROM c ORDER BY c.n"
    first, token = page_of_four(filled, query, None)
    filled.create_item({"id": "late", "pk": "a", "n": 0.5})
    second, token = page_of_four(filled, query, token)
    assert (first, second, page_of_four(filled, query, token)) == ([0, 1, 2, 3], [4, 5, 6, 7], ([8, 9], None))


def test_a_token_of_another_query_is_refused(filled: ContainerProxy) -> None:
    _, token = page_of_four(filled, "SELECT * FROM c", None)
    for wrong in (token, "nonsense"):
        with pytest.raises(CosmosHttpResponseError) as refused:
            page_of_four(filled, "SELECT * FROM c ORDER BY c.n", wrong)
        assert refused.value.status_code == 400


def test_large_results_come_in_pages_of_four_megabytes(container: ContainerProxy) -> None:
    for n in range(4):
        container.create_item({"id": str(n), "pk": "a", "text": "x" * 1_800_000})
    pages = [list(page) for page in container.query_items("SELECT * FROM c", partition_key="a").by_page()]
    assert [len(page) for page in pages] == [2, 2]


def test_read_many_and_read_all(filled: ContainerProxy) -> None:
    wanted = [("i0", "a"), ("i1", "b"), ("i2", "b"), ("i9", "b")]
    assert [item["id"] for item in filled.read_items(wanted)] == ["i0", "i1", "i9"]
    assert len(list(filled.read_all_items(max_item_count=3))) == 10
    many = [(f"i{n}", "ab"[n % 2]) for n in range(1500)]
    assert len(filled.read_items(many)) == 10


@pytest.mark.parametrize(("query", "named"), [
    ("SELECT * FROM c JOIN t IN c.tags", "JOIN"), ("SELECT * FROM c WHERE c.n + 1 = 2", "+"),
    ("SELECT * FROM c WHERE REGEXMATCH(c.id, 'x')", "REGEXMATCH"), ("SELEC * FROM c", "SELECT"),
    ("SELECT * FROM c ORDER BY c.n, c.id", "composite index"), ("SELECT * FROM c WHERE c.n = @n", "@n"),
    ("SELECT * FROM c OFFSET 1 LIMIT 99999999999999999999", "whole number"),
    (f"SELECT * FROM c WHERE c.n IN ({', '.join(['1'] * 20_000)})", "too many"),
    ("SELECT * FROM c WHERE c.x = 'a'; DROP TABLE containers", "position"),
])
def test_outside_the_subset_is_a_bad_request(filled: ContainerProxy, query: str, named: str) -> None:
    with pytest.raises(CosmosHttpResponseError) as refused:
        list(filled.query_items(query, enable_cross_partition_query=True))
    assert refused.value.status_code == 400
    assert named in str(refused.value)
    assert str(refused.value).startswith("(BadRequest)")


def test_long_conditions_run(filled: ContainerProxy) -> None:
    for word, terms in (("AND", ["c.n >= 0"] * 2000), ("OR", [f"c.n = {n}" for n in range(2000)])):
        text = f"SELECT VALUE COUNT(1) FROM c WHERE {f' {word} '.join(terms)}"
        assert ask(filled, text) == [10]


def test_values_are_data_and_never_sql(filled: ContainerProxy) -> None:
    for value in ("' OR 1=1 --", "\"; DROP TABLE documents_1; --", "\\'", "%"):
        for condition in ("c.id = @v", "c['x'] = @v", "c.id LIKE @v AND c.n < 0", "ARRAY_CONTAINS(c.tags, @v)"):
            assert ask(filled, f"SELECT * FROM c WHERE {condition}", v=value) == []
    assert ask(filled, "SELECT * FROM c WHERE c[\"') OR 1=1 --\"] = 1") == []
