"""Partition keys: the effective partition key is the one the SDK computes."""

from azure.cosmos import PartitionKey
from hypothesis import given
from hypothesis import strategies as st

from local.cosmos.jsontext import JsonObject
from local.cosmos.partition import PartitionKeyDefinition, canonical

ONE = PartitionKeyDefinition.of({"paths": ["/pk"], "kind": "Hash"})
TWO = PartitionKeyDefinition.of({"paths": ["/a", "/b"], "kind": "MultiHash"})
Scalar = None | bool | int | float | str
SCALARS = st.text(max_size=120) | st.booleans() | st.none() | st.integers(-2**53, 2**53) | st.floats(
    allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0)  # -0.0 and 0.0 are one key


@given(SCALARS)
def test_effective_key_of_one_path(value: Scalar) -> None:
    assert ONE.effective(canonical([value])) == PartitionKey("/pk")._get_effective_partition_key_string([value])


@given(SCALARS, SCALARS)
def test_effective_key_of_two_paths(first: Scalar, second: Scalar) -> None:
    expected = PartitionKey(["/a", "/b"])._get_effective_partition_key_string([first, second])
    assert TWO.effective(canonical([first, second])) == expected


def test_keys_of_documents() -> None:
    nested = PartitionKeyDefinition.of({"paths": ["/a/b"], "kind": "Hash"})
    cases: list[tuple[JsonObject, str]] = [({"a": {"b": "x"}}, '["x"]'), ({"a": {"b": 1.0}}, "[1]"), ({"a": 1}, "[{}]"),
                                           ({"a": {"b": None}}, "[null]"), ({}, "[{}]")]
    for document, key in cases:
        assert nested.key_of(document) == key
