"""Which paths a pattern stands for."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.path_pattern import folder, is_pattern, literal, matches

TABLE = {
    "weather/2018/*.csv": (["weather/2018/a.csv", "weather/2018/.csv"],
                           ["weather/2018/x/a.csv", "weather/2018/acsv", "weather/2018/a.csv.gz"]),
    "**/x": (["x", "a/x", "a/b/x"], ["ax", "a/xb", "x/a"]),
    "a/**": (["a/b", "a/b/c"], ["a", "ab/c"]),
    "**": (["a", "a/b"], [""]),
    "a/**/b/**/c?.txt": (["a/b/c1.txt", "a/x/b/y/z/c2.txt"], ["a/c1.txt", "a/b/c.txt", "a/b/c/1.txt"]),
    "a[1].(b)*": (["a[1].(b)", "a[1].(b)c"], ["a1.b"]),
    "*a*a*b": (["aab", "xaayaqb"], ["ab", "a/ab"]),
    "**/a/**": (["a/b", "x/a/b/c"], ["a", "xa/b"]),
    "a**b": (["ab", "axb"], ["a/b"]),
    "?": (["a", "é"], ["ab", "", "/"]),
}
NAMES = st.text("ab*?", max_size=5)


@pytest.mark.parametrize(("pattern", "path", "expected"), [
    (pattern, path, expected) for pattern, (those, others) in TABLE.items()
    for paths, expected in ((those, True), (others, False)) for path in paths])
def test_table(pattern: str, path: str, expected: bool) -> None:
    assert matches(pattern, path) is expected


@given(st.lists(NAMES, min_size=1, max_size=5).map("/".join), st.lists(st.text("ab"), max_size=5).map("/".join))
def test_as_the_plain_expression_says(pattern: str, path: str) -> None:
    """The same as an expression that may try everything, and everything matched begins with the literal part."""
    plain = re.escape(pattern).replace(r"\?", "[^/]")
    plain = re.sub(r"(?<=/)\\\*\\\*$|^\\\*\\\*$", ".+", plain)
    plain = re.sub(r"(?:(?<=/)|^)\\\*\\\*/", "(?:[^/]+/)*", plain)
    plain = re.sub(r"(?:\\\*)+", "[^/]*", plain)
    usable = "" not in pattern.split("/") and "" not in path.split("/")
    if usable:
        assert matches(pattern, path) is (re.fullmatch(plain, path) is not None)
    if matches(pattern, path):
        assert path.startswith(literal(pattern))


def test_no_pattern_takes_long() -> None:
    """Each of these would take years if every way to fit were tried."""
    assert not matches("*a" * 400 + "b", "a" * 900)
    assert not matches("**/a*a*a/" * 50 + "b", "a/" * 400 + "c")


def test_parts() -> None:
    assert (literal("a/b*/c"), folder("a/b*/c"), folder("*.csv")) == ("a/b", "a", "")
    assert [is_pattern(each) for each in ("a", "a[1]", "a?", "**")] == [False, False, True, True]
