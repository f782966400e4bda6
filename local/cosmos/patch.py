"""Partial updates (PATCH): the operations as Cosmos defines them, on plain JSON values. Pure."""

import copy
import re
from collections.abc import Callable
from typing import TypeGuard

from local.cosmos.errors import bad_request
from local.cosmos.jsontext import Json, JsonObject

MAX_OPERATIONS = 10
_INDEX = re.compile(r"0|[1-9]\d*")


def apply_patch(document: JsonObject, operations: Json) -> JsonObject:
    """The document after all operations; 400 when one cannot be applied (then none is)."""
    if not isinstance(operations, list) or not 1 <= len(operations) <= MAX_OPERATIONS:
        raise bad_request(f"A patch has between 1 and {MAX_OPERATIONS} operations.")
    patched = copy.deepcopy(document)
    for operation in operations:
        _apply(patched, operation)
    return patched


def _apply(document: JsonObject, operation: Json) -> None:
    if not isinstance(operation, dict):
        raise bad_request("Each patch operation must be an object.")
    name = operation.get("op")
    if not isinstance(name, str) or name not in OPERATIONS:
        raise bad_request(f"Unsupported patch operation {name!r}; there are {', '.join(OPERATIONS)}.")
    if name not in ("remove", "move") and "value" not in operation:
        raise bad_request(f"The patch operation {name} needs a value.")
    parent, key = _locate(document, operation.get("path"))
    OPERATIONS[name](document, parent, key, operation)


def _locate(document: JsonObject, path: Json) -> tuple[Json, str]:
    """The object or array that holds the last step of a JSON pointer, and that step."""
    if not isinstance(path, str) or not path.startswith("/") or path == "/":
        raise bad_request(f"The patch path {path!r} must look like /name or /outer/inner.")
    steps = [step.replace("~1", "/").replace("~0", "~") for step in path[1:].split("/")]
    if steps == ["id"] or steps[0] in ("_rid", "_self", "_ts", "_etag"):
        raise bad_request(f"The property {steps[0]} cannot be patched.")
    parent: Json = document
    for step in steps[:-1]:
        if not _present(parent, step):
            raise _missing(step)
        parent = _get(parent, step)
    return parent, steps[-1]


def _missing(key: str) -> Exception:
    return bad_request(f"The patch path does not exist: no {key!r} there.")


def _present(parent: Json, key: str) -> bool:
    if isinstance(parent, dict):
        return key in parent
    return isinstance(parent, list) and bool(_INDEX.fullmatch(key)) and int(key) < len(parent)


def _get(parent: Json, key: str) -> Json:
    if isinstance(parent, dict):
        return parent[key]
    assert isinstance(parent, list)
    return parent[int(key)]


def _set(_: JsonObject, parent: Json, key: str, operation: JsonObject) -> None:
    """Create or overwrite; in an array, overwrite an element or append."""
    if isinstance(parent, list) and _present(parent, key):
        parent[int(key)] = operation["value"]
    else:
        _add(_, parent, key, operation)


def _add(_: JsonObject, parent: Json, key: str, operation: JsonObject) -> None:
    """Create or overwrite a property; in an array, insert before an element or append (``-``)."""
    if isinstance(parent, dict):
        parent[key] = operation["value"]
        return
    if not isinstance(parent, list):
        raise _missing(key)
    index = len(parent) if key == "-" else int(key) if _INDEX.fullmatch(key) else -1
    if not 0 <= index <= len(parent):
        raise _missing(key)
    parent.insert(index, operation["value"])


def _replace(document: JsonObject, parent: Json, key: str, operation: JsonObject) -> None:
    if not _present(parent, key):
        raise _missing(key)
    _set(document, parent, key, operation)


def _remove(_: JsonObject, parent: Json, key: str, __: JsonObject) -> None:
    if not _present(parent, key):
        raise _missing(key)
    if isinstance(parent, dict):
        del parent[key]
    elif isinstance(parent, list):
        del parent[int(key)]


def _increment(document: JsonObject, parent: Json, key: str, operation: JsonObject) -> None:
    """Add to a number; a property that is missing starts at the value."""
    by = operation["value"]
    before = _get(parent, key) if _present(parent, key) else 0
    if not _is_number(by) or not _is_number(before):
        raise bad_request(f"The patch operation incr works on numbers only, at {key!r}.")
    _set(document, parent, key, {"value": before + by})


def _move(document: JsonObject, parent: Json, key: str, operation: JsonObject) -> None:
    source, name = _locate(document, operation.get("from"))
    if not _present(source, name):
        raise _missing(name)
    value = _get(source, name)
    _remove(document, source, name, operation)
    _add(document, parent, key, {"value": value})


def _is_number(value: Json) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


OPERATIONS: dict[str, Callable[[JsonObject, Json, str, JsonObject], None]] = {
    "set": _set, "add": _add, "replace": _replace, "remove": _remove, "incr": _increment, "move": _move}
