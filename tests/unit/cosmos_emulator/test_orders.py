"""ORDER BY, pages and the indexes behind them."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.cosmos.errors import CosmosError
from local.cosmos.jsontext import Json, JsonObject
from local.cosmos.queries import QueryRequest
from local.cosmos.query.statements import Scope
from tests.unit.cosmos_emulator.table import Table

COMPOSITE: JsonObject = {
    "includedPaths": [{"path": "/*"}], "excludedPaths": [{"path": "/secret/*"}],
    "compositeIndexes": [[{"path": "/a", "order": "ascending"}, {"path": "/b", "order": "descending"}],
                         [{"path": "/state", "order": "ascending"}, {"path": "/at", "order": "descending"}]]}

VALUES: list[Json] = [None, False, True, -1, 0, 2.5, 7, "", "a", "é", [1], {"x": 1}]


def _type_order(document: JsonObject, name: str) -> tuple[int, int | float | str]:
    if name not in document:
        return 0, 0
    match document[name]:
        case None:
            return 1, 0
        case bool() as value:
            return 2 + value, 0
        case int() | float() as value:
            return 4, value
        case str() as value:
            return 5, value
        case list():
            return 6, 0
    return 7, 0


DOCUMENTS = st.lists(st.dictionaries(st.sampled_from("ab"), st.sampled_from(VALUES), max_size=2), max_size=25)


@settings(max_examples=40, deadline=None)
@given(DOCUMENTS, st.booleans(), st.integers(1, 5), st.booleans())
def test_pages_of_two_keys_make_the_whole_order(documents: list[JsonObject], flip: bool, size: int,
                                                every: bool) -> None:
    """Sorting by type then value, stable by creation, reversed as a whole; and no page repeats or loses a row."""
    with tempfile.TemporaryDirectory() as directory:
        table = Table.create(Path(directory), COMPOSITE)
        table.insert(*documents)
        order = "c.a DESC, c.b ASC" if flip else "c.a ASC, c.b DESC"
        found = table.query(f"SELECT VALUE c.id FROM c ORDER BY {order}", None if every else '["p"]', size)
        table.storage.close()
    rows = list(enumerate(documents))
    rows.sort(key=lambda row: row[0], reverse=flip)
    rows.sort(key=lambda row: _type_order(row[1], "b"), reverse=not flip)
    rows.sort(key=lambda row: _type_order(row[1], "a"), reverse=flip)
    assert found == [f"{number:05}" for number, _ in rows]


@settings(max_examples=25, deadline=None)
@given(DOCUMENTS, st.booleans(), st.integers(1, 4), st.integers(0, 6), st.integers(0, 12))
def test_offset_and_limit_hold_across_pages(documents: list[JsonObject], descending: bool, size: int, offset: int,
                                            limit: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        table = Table.create(Path(directory))
        table.insert(*documents)
        text = f"SELECT VALUE c.id FROM c ORDER BY c.a {'DESC' if descending else 'ASC'}"
        whole = table.query(text)
        assert table.query(f"{text} OFFSET {offset} LIMIT {limit}", size=size) == whole[offset:offset + limit]
        assert table.query(text.replace("SELECT", f"SELECT TOP {limit}"), size=size) == whole[:limit]
        table.storage.close()


def test_a_row_inserted_meanwhile_shifts_no_page(table: Table) -> None:
    table.insert({"a": 0}, {"a": 1}, {"a": 2}, {"a": 3}, {"a": 4}, {"a": 5})
    request = QueryRequest("SELECT VALUE c.a FROM c ORDER BY c.a")
    first = request.run(table.storage, table.container, Scope('["p"]'), None, 3)
    table.insert({"id": "late", "a": 0.5})
    rest = request.run(table.storage, table.container, Scope('["p"]'), first.continuation, 3)
    assert (first.results, rest.results) == (["0", "1", "2"], ["3", "4", "5"])


@pytest.mark.parametrize(("query", "after"), [
    ("SELECT * FROM c ORDER BY c.a DESC", None),
    ("SELECT * FROM c ORDER BY c.a DESC", [5, "x", 9]),
    ("SELECT * FROM c WHERE c.a >= 'm' ORDER BY c.a", None),
    ("SELECT * FROM c WHERE c.a >= 'm' ORDER BY c.a", ["x", 9]),
    ("SELECT * FROM c ORDER BY c.a DESC, c.b ASC", None),
    ("SELECT * FROM c ORDER BY c.a ASC, c.b DESC", [5, "x", 4, 1, 9]),
    ("SELECT * FROM c WHERE c.state = 'on' ORDER BY c.at DESC", None),
    ("SELECT * FROM c WHERE c.state = 'on' ORDER BY c.state DESC, c.at ASC", None),
    ("SELECT * FROM c ORDER BY c.id DESC", None),
])
def test_an_ordered_page_is_one_stretch_of_an_index(tmp_path: Path, query: str, after: list[object] | None) -> None:
    """No sort and no scan, so 20 of 10,000 cost what 20 of 100 cost."""
    table = Table.create(tmp_path, COMPOSITE)
    table.query(query)
    plans = table.explain(query, after=after)
    assert plans
    assert all(line.startswith("SEARCH") and "(pk=?" in line for line in plans), plans
    table.storage.close()


def test_an_ordered_page_over_all_partitions_reads_an_index(table: Table) -> None:
    table.query("SELECT * FROM c ORDER BY c.a DESC", None)
    assert table.explain("SELECT * FROM c ORDER BY c.a DESC", None)[0].startswith("SCAN documents_1 USING INDEX")


def test_ids_with_their_partition_keys_are_looked_up(table: Table) -> None:
    pairs = " OR ".join(f"(c.id = 'i{number}' AND c.pk = 'p')" for number in range(3))
    plans = table.explain(f"SELECT * FROM c WHERE {pairs}", None)
    assert sum("(pk=? AND id=?)" in line for line in plans) == 3, plans


@pytest.mark.parametrize(("order", "sentence"), [
    ("c.a, c.b", "composite index"), ("c.b DESC, c.a", "composite index"), ("c.secret.x", "excluded")])
def test_an_order_the_policy_does_not_serve_is_refused(tmp_path: Path, order: str, sentence: str) -> None:
    table = Table.create(tmp_path, COMPOSITE)
    with pytest.raises(CosmosError, match=sentence) as refused:
        table.query(f"SELECT * FROM c ORDER BY {order}")
    assert refused.value.status == 400
    table.storage.close()
