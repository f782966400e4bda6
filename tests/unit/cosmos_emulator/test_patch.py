"""Patch operations on plain values."""

import pytest

from local.cosmos.errors import CosmosError
from local.cosmos.jsontext import Json, JsonObject
from local.cosmos.patch import apply_patch

DOCUMENT: JsonObject = {"id": "i", "n": 1, "o": {"x": 1}, "l": [1, 2]}


@pytest.mark.parametrize(("operation", "changed"), [
    ({"op": "set", "path": "/n", "value": 2}, {"n": 2}),
    ({"op": "set", "path": "/o/y", "value": None}, {"o": {"x": 1, "y": None}}),
    ({"op": "set", "path": "/l/0", "value": 9}, {"l": [9, 2]}),
    ({"op": "add", "path": "/l/0", "value": 9}, {"l": [9, 1, 2]}),
    ({"op": "add", "path": "/l/-", "value": 9}, {"l": [1, 2, 9]}),
    ({"op": "replace", "path": "/o", "value": 1}, {"o": 1}),
    ({"op": "incr", "path": "/n", "value": 1.5}, {"n": 2.5}),
    ({"op": "incr", "path": "/new", "value": 3}, {"new": 3}),
    ({"op": "remove", "path": "/l/1"}, {"l": [1]}),
])
def test_operations(operation: JsonObject, changed: JsonObject) -> None:
    assert apply_patch(DOCUMENT, [operation]) == DOCUMENT | changed
    assert DOCUMENT == {"id": "i", "n": 1, "o": {"x": 1}, "l": [1, 2]}


def test_move() -> None:
    moved = apply_patch(DOCUMENT, [{"op": "move", "from": "/n", "path": "/o/n"}])
    assert moved == {"id": "i", "o": {"x": 1, "n": 1}, "l": [1, 2]}


@pytest.mark.parametrize("operations", [
    [], "x", [1], [{"op": "set", "path": "/n"}], [{"op": "jump", "path": "/n", "value": 1}],
    [{"op": "remove", "path": "/none"}], [{"op": "replace", "path": "/none", "value": 1}],
    [{"op": "incr", "path": "/o", "value": 1}], [{"op": "incr", "path": "/n", "value": "1"}],
    [{"op": "set", "path": "n", "value": 1}], [{"op": "set", "path": "/id", "value": "j"}],
    [{"op": "add", "path": "/l/7", "value": 1}], [{"op": "set", "path": "/n/x", "value": 1}],
    [{"op": "set", "path": "/n", "value": 1}] * 11,
])
def test_what_cannot_be_applied_is_a_bad_request(operations: Json) -> None:
    with pytest.raises(CosmosError) as refused:
        apply_patch(DOCUMENT, operations)
    assert refused.value.status == 400
