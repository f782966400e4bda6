"""WHERE against an oracle: Cosmos' three-valued logic written directly in Python over the same documents."""

import operator
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.cosmos.jsontext import Json, JsonObject, dump
from tests.unit.cosmos_emulator.table import Table

VALUES: list[Json] = [None, False, True, -1, 0, 1, 2.5, 10, "", "a", "ab", "B", "é%", [], ["a", 1, True], {"x": 1}]
SCALARS = [value for value in VALUES if not isinstance(value, list | dict)]
ORDERED = [value for value in SCALARS if value is not None and not isinstance(value, bool)]
ORDERINGS: dict[str, Callable[..., bool]] = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}

TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "STARTSWITH": str.startswith, "ENDSWITH": str.endswith, "CONTAINS": str.__contains__}

Truth = bool | None
"""None is undefined."""

Condition = tuple[str, Callable[[JsonObject], Truth]]


def documents() -> list[JsonObject]:
    one_sided: list[JsonObject] = [{name: value} for name in "ab" for value in VALUES]
    return [{}, *one_sided, *({"a": a, "b": b} for a in VALUES for b in SCALARS[::2])]


@pytest.fixture(scope="module")
def rows() -> Iterator[tuple[Table, list[JsonObject]]]:
    with tempfile.TemporaryDirectory() as directory:
        table = Table.create(Path(directory))
        table.insert(*documents())
        yield table, documents()
        table.storage.close()


def _kind(value: Json) -> str:
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def _compare(sign: str, a: Json, b: Json) -> Truth:
    same = _kind(a) == _kind(b)
    if sign in ORDERINGS:
        return ORDERINGS[sign](a, b) if same and _kind(a) in ("number", "str") else None
    return (same and a == b) == (sign == "=")


def with_constant(name: str, sign: str, value: Json) -> Condition:
    return f"c.{name} {sign} {dump(value)}", lambda d: _compare(sign, d[name], value) if name in d else None


def constant_first(name: str, sign: str, value: Json) -> Condition:
    return f"{dump(value)} {sign} c.{name}", lambda d: _compare(sign, value, d[name]) if name in d else None


def of_two_paths(sign: str) -> Condition:
    return f"c.a {sign} c.b", lambda d: _compare(sign, d["a"], d["b"]) if "a" in d and "b" in d else None


def one_of(name: str, values: list[Json]) -> Condition:
    text = f"c.{name} IN ({', '.join(map(dump, values))})"
    return text, lambda d: any(_compare("=", d[name], value) for value in values) if name in d else None


def is_defined(name: str) -> Condition:
    return f"IS_DEFINED(c.{name})", lambda d: name in d


def bare(name: str) -> Condition:
    def truth(d: JsonObject) -> Truth:
        value = d.get(name)
        return value if isinstance(value, bool) else None
    return f"c.{name}", truth


def text_test(function: str, name: str, wanted: str) -> Condition:
    test = TEXT_TESTS[function]

    def truth(d: JsonObject) -> Truth:
        value = d.get(name)
        return test(value, wanted) if isinstance(value, str) else None
    return f"{function}(c.{name}, {dump(wanted)})", truth


def negation(inner: Condition) -> Condition:
    def truth(d: JsonObject) -> Truth:
        value = inner[1](d)
        return None if value is None else not value
    return f"NOT ({inner[0]})", truth


def chain(word: str, parts: list[Condition]) -> Condition:
    decisive = word == "OR"

    def truth(d: JsonObject) -> Truth:
        values = [part[1](d) for part in parts]
        return decisive if decisive in values else None if None in values else not decisive
    return f"({f' {word} '.join(part[0] for part in parts)})", truth


NAMES = st.sampled_from("ab")
EQUALITY, ANY_SIGN = st.sampled_from(["=", "!="]), st.sampled_from(["=", "!=", *ORDERINGS])
LEAVES = st.one_of(
    st.builds(with_constant, NAMES, EQUALITY, st.sampled_from(SCALARS)),
    st.builds(with_constant, NAMES, ANY_SIGN, st.sampled_from(ORDERED)),
    st.builds(constant_first, NAMES, ANY_SIGN, st.sampled_from(ORDERED)),
    st.builds(of_two_paths, ANY_SIGN), st.builds(is_defined, NAMES), st.builds(bare, NAMES),
    st.builds(one_of, NAMES, st.lists(st.sampled_from(SCALARS), min_size=1, max_size=4)),
    st.builds(text_test, st.sampled_from(sorted(TEXT_TESTS)), NAMES, st.sampled_from(["", "a", "b", "é"])))
CHAINS = st.sampled_from(["AND", "OR"])
CONDITIONS = st.recursive(LEAVES, lambda inner: st.one_of(
    st.builds(negation, inner), st.builds(chain, CHAINS, st.lists(inner, min_size=2, max_size=3))), max_leaves=6)


@settings(max_examples=150, deadline=None)
@given(CONDITIONS)
def test_where_agrees_with_the_oracle(rows: tuple[Table, list[JsonObject]], condition: Condition) -> None:
    table, all_documents = rows
    text, truth = condition
    expected = [f"{number:05}" for number, document in enumerate(all_documents) if truth(document) is True]
    assert table.query(f"SELECT VALUE c.id FROM c WHERE {text}") == expected


@pytest.mark.parametrize(("condition", "expected"), [
    ("c.a LIKE 'a%'", [0, 1]),
    ("c.a LIKE '%B%'", [1, 3]),
    ("c.a LIKE '_B'", [1]),
    ("c.a LIKE '50!%' ESCAPE '!'", [2]),
    ("NOT c.a LIKE 'a%'", [2, 3]),
    ("STARTSWITH(c.a, 'AB', true)", [1]),
    ("CONTAINS(LOWER(c.a), 'éb')", [3]),
    ("LENGTH(c.a) = 1", [0]),
    ("ARRAY_CONTAINS(c.tags, 'x')", [4]),
    ("ARRAY_CONTAINS(c.tags, 1)", [5]),
    ("ARRAY_CONTAINS(c.tags, true)", [4]),
    ("NOT ARRAY_CONTAINS(c.tags, 'x')", [5]),
    ("ARRAY_CONTAINS(['a', 'É'], c.a)", [0]),
    ("c.tags[0] = 'x'", [4]),
    ("ARRAY_LENGTH(c.tags) >= 2", [4, 5]),
    ("c.n.m = 7", [6]),
    ("c['n'][\"odd ' name\"] = 'x'", [6]),
    ("IS_OBJECT(c.n)", [6]),
    ("IS_NULL(c.a)", [7]),
    ("c.a = null", [7]),
    ("c.a != null", [0, 1, 2, 3]),
    ("c.big = 123456789012345678901234567890", [8]),
])
def test_functions_and_paths(table: Table, condition: str, expected: list[int]) -> None:
    table.insert({"a": "a"}, {"a": "aB"}, {"a": "50%"}, {"a": "xÉB"}, {"tags": ["x", True]}, {"tags": [1, "1"]},
                 {"n": {"m": 7, "odd ' name": "x"}}, {"a": None}, {"big": 123456789012345678901234567890})
    assert table.query(f"SELECT VALUE c.id FROM c WHERE {condition}") == [f"{number:05}" for number in expected]
