"""SELECT lists, aggregates, DISTINCT and GROUP BY."""

import pytest

from local.cosmos.errors import CosmosError
from local.cosmos.jsontext import Json
from tests.unit.cosmos_emulator.table import Table

ROWS = "SELECT VALUE c.n FROM c"


@pytest.fixture
def filled(table: Table) -> Table:
    table.insert({"n": 1, "k": "x", "ok": True, "deep": {"a": [1, {"b": None}]}}, {"n": 2.5, "k": "y", "ok": False},
                 {"n": 4, "k": "x"}, {"k": None, "text": "é\"\n"})
    return table


@pytest.mark.parametrize(("select", "expected"), [
    ("c.n, c.k AS kind", [{"n": 1, "kind": "x"}, {"n": 2.5, "kind": "y"}, {"n": 4, "kind": "x"}, {"kind": None}]),
    ("VALUE c.ok", [True, False]),
    ("VALUE c.deep.a", [[1, {"b": None}]]),
    ("VALUE c.deep.a[1].b", [None]),
    ("VALUE c.text", ["é\"\n"]),
    ("c.n, @p, 'l' AS l", [{"n": n, "$1": [1], "l": "l"} for n in (1, 2.5, 4)] + [{"$1": [1], "l": "l"}]),
    ("VALUE UPPER(c.k)", ["X", "Y", "X"]),
    ("VALUE COUNT(1)", [4]),
    ("VALUE COUNT(c.n)", [3]),
    ("VALUE SUM(c.n)", [7.5]),
    ("VALUE AVG(c.n)", [2.5]),
    ("VALUE MIN(c.n)", [1]),
    ("VALUE MAX(c.k)", ["y"]),
    ("VALUE MIN(c.k)", [None]),
    ("VALUE MAX(c.ok)", [True]),
    ("VALUE SUM(c.k)", []),
    ("VALUE SUM(c.none)", []),
    ("COUNT(1) AS many, MAX(c.n) AS most, SUM(c.none) AS nothing", [{"many": 4, "most": 4}]),
    ("DISTINCT VALUE c.k", ["x", "y", None]),
])
def test_select(filled: Table, select: str, expected: list[Json]) -> None:
    assert filled.query(f"SELECT {select} FROM c", p=[1]) == expected


def test_group_by(filled: Table) -> None:
    found = filled.query("SELECT c.k, COUNT(1) AS many, SUM(c.n) AS total FROM c GROUP BY c.k", size=1)
    assert found == [{"k": None, "many": 1}, {"k": "x", "many": 2, "total": 5}, {"k": "y", "many": 1, "total": 2.5}]


def test_select_all_has_the_system_properties(filled: Table) -> None:
    first = filled.query("SELECT * FROM c")[0]
    assert isinstance(first, dict)
    assert {"id", "pk", "n", "_rid", "_self", "_etag", "_ts", "_attachments"} <= first.keys()


@pytest.mark.parametrize(("query", "sentence"), [
    ("SELECT c.k, COUNT(1) AS n FROM c", "GROUP BY"),
    ("SELECT VALUE COUNT(1) FROM c ORDER BY c.k", "aggregates"),
    ("SELECT REGEXMATCH(c.k, 'x') FROM c", "REGEXMATCH"),
    ("SELECT * FROM c WHERE d.k = 1", "'d'"),
    ("SELECT * FROM c WHERE c.k = @missing", "@missing"),
    ("SELECT TOP -1 * FROM c", "TOP"),
    ("SELECT TOP 1.5 * FROM c", "TOP"),
    ("SELECT c.k, c.k FROM c", "same name"),
    ("SELECT * FROM c WHERE c[\"a\\\"b\"] = 1", "quotes"),
    ("SELECT * FROM c WHERE c.k < null", "numbers and strings"),
    ("SELECT * FROM c WHERE STARTSWITH(c.k)", "2 or 3"),
])
def test_refusals_say_what_is_wrong(filled: Table, query: str, sentence: str) -> None:
    with pytest.raises(CosmosError) as refused:
        filled.query(query)
    assert refused.value.status == 400
    assert sentence in refused.value.message
