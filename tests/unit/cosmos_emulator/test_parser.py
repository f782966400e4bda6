"""The parser: the tree of what is supported, a naming refusal of what is not, and never another exception."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.cosmos.errors import CosmosError
from local.cosmos.query.parser import parse_condition, parse_query
from local.cosmos.query.syntax import Call, Compare, In, Literal, Logical, Not, Parameter, Path


def test_precedence_of_not_and_or() -> None:
    where = parse_query("SELECT * FROM c WHERE NOT c.a = 1 OR c.b = 2 AND c.d = 3").where
    a, b, d = (Compare("=", Path("c", (name,)), Literal(value)) for name, value in (("a", 1), ("b", 2), ("d", 3)))
    assert where == Logical("OR", (Not(a), Logical("AND", (b, d))))


def test_between_leaves_the_outer_and_alone() -> None:
    where = parse_query("SELECT * FROM c WHERE c.a BETWEEN 1 AND @high AND c.b").where
    low = Compare(">=", Path("c", ("a",)), Literal(1))
    high = Compare("<=", Path("c", ("a",)), Parameter("@high"))
    assert where == Logical("AND", (low, high, Path("c", ("b",))))


def test_paths_names_and_keywords_as_names() -> None:
    query = parse_query("""select top 3 c.value, c["a b"].order[2] as x from c where c.top not in (1, 'it\\'s', "q")""")
    assert query.items is not None
    assert [item.expression for item in query.items] == [Path("c", ("value",)), Path("c", ("a b", "order", 2))]
    assert query.items[1].name == "x"
    assert query.where == Not(In(Path("c", ("top",)), (Literal(1), Literal("it's"), Literal("q"))))


def test_chains_of_or_are_flat() -> None:
    where = parse_query("SELECT * FROM c WHERE " + " OR ".join(["(c.id = 'a' AND c.pk = 'b')"] * 1000)).where
    assert isinstance(where, Logical)
    assert len(where.operands) == 1000


def test_condition_of_a_patch() -> None:
    alias, condition = parse_condition("from t where IS_DEFINED(t.x)")
    assert (alias, condition) == ("t", Call("IS_DEFINED", (Path("t", ("x",)),)))


@pytest.mark.parametrize(("query", "named"), [
    ("SELECT * FROM c JOIN t IN c.tags", "JOIN"),
    ("SELECT VALUE t FROM t IN c.tags", "IN"),
    ("SELECT * FROM c WHERE EXISTS(SELECT VALUE 1 FROM t)", "EXISTS"),
    ("SELECT c.a + 1 FROM c", "+"),
    ("SELECT * FROM c WHERE c.a ?? 1 = 1", "??"),
    ("SELECT * FROM c WHERE c.a = (SELECT VALUE 1)", "subqueries"),
    ("SELECT * FROM c WHERE", "the end"),
    ("SELECT * FROM c WHERE c.a = 1 HAVING c", "HAVING"),
    ("SELECT * FROM c WHERE c.a = 'open", "'"),
    ("DELETE FROM c", "SELECT"),
    ("SELECT * FROM c WHERE " + "(" * 5000 + "1" + ")" * 5000, "nested"),
])
def test_outside_the_subset_is_a_bad_request_that_names_it(query: str, named: str) -> None:
    with pytest.raises(CosmosError) as refused:
        parse_query(query)
    assert refused.value.status == 400
    assert named in refused.value.message
    assert "position" in refused.value.message


WORDS = ["SELECT", "*", "FROM", "c", "WHERE", ".", "a", "=", "1", "'x'", "(", ")", "[", "]", "AND", "NOT", "IN", ",",
         "@p", "ORDER", "BY", "TOP", "VALUE", "LIKE", "BETWEEN", "-", "COUNT", "OFFSET", "LIMIT", "\\", "\"", "ü"]


@given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join) | st.text(max_size=60))
def test_any_text_parses_or_is_a_bad_request(text: str) -> None:
    with suppress(CosmosError):
        parse_query(text)
