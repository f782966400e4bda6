"""Whether two places overlap, and what a path with names in braces becomes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.definition import DatastorePath, Output
from shared.domain.destinations import DEFAULT_PATH, Claim, claimed, filled, in_the_way, overlap, shared_place
from tests.contract.examples import AT

PATHS = st.lists(st.sampled_from(["a", "A", "ab", "b"]), max_size=4).map("/".join)


@pytest.mark.parametrize(("path", "expected"), [
    (DEFAULT_PATH, "dataset/r1/model"), ("/a/b/", "a/b"), ("./a", "a"), ("x-{run-id}", "x-r1"), ("", ""), (".", ""),
    ("{output-name}/{output-name}", "model/model"), ("{other}", "{other}")])
def test_names_are_filled_in(path: str, expected: str) -> None:
    assert filled(path, "r1", "model") == expected


@pytest.mark.parametrize(("one", "other", "expected"), [
    ("a", "a", True), ("a", "a/b", True), ("a/b", "a", True), ("a", "ab", False), ("a/b", "a/c", False),
    ("", "a", True), ("", "", True), ("A/b", "a/B/c", True)])
def test_overlap(one: str, other: str, expected: bool) -> None:
    assert overlap(one, other) is expected


@given(PATHS, PATHS)
def test_overlap_is_that_one_is_the_beginning_of_the_other(one: str, other: str) -> None:
    parts = [[part for part in path.lower().split("/") if part] for path in (one, other)]
    shorter = min(map(len, parts))
    assert overlap(one, other) == overlap(other, one) == (parts[0][:shorter] == parts[1][:shorter])


def test_claims_of_others_are_in_the_way() -> None:
    mine, other, apart = (Claim(run, path, AT) for run, path in (("r1", "a"), ("r2", "a/b"), ("r3", "c")))
    assert in_the_way([mine, other, apart], "r1", ["a"]) == [other]
    assert in_the_way([mine, other, apart], "r4", ["d", "c"]) == [apart]


def test_a_file_at_the_root_claims_its_own_name() -> None:
    root = DatastorePath(datastore="store")
    assert claimed(Output(path=root, mode="upload", prepared=False, path_on_compute="./made/bar.pkl")) == "bar.pkl"
    assert claimed(Output(path=DatastorePath(datastore="store", path="a/b"))) == "a/b"


def test_two_of_one_run_share_a_place() -> None:
    assert shared_place({"one": "a/b", "two": "a/bc", "three": "a"}) == ("one", "three")
    assert shared_place({"one": "a/b", "two": "a/bc"}) is None
