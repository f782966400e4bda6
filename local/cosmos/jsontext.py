"""JSON as Cosmos takes it: strict (no NaN or infinities), compact, with characters written as themselves."""

import json
from collections.abc import Iterable
from typing import NoReturn

from local.cosmos.errors import bad_request

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
JsonObject = dict[str, Json]

MAX_DEPTH = 128
"""Levels of nesting, Cosmos' own limit (learn.microsoft.com/azure/cosmos-db/concepts-limits)."""


def _refuse(constant: str) -> NoReturn:
    raise bad_request(f"The body is not valid JSON: {constant} is not a JSON number.")


def parse(text: str | bytes) -> Json:
    """Parse one JSON value; 400 when the text is malformed or holds NaN or an infinity."""
    try:
        value: Json = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise bad_request(f"The body is not valid JSON: {error}.") from error
    _check_depth(value)
    return value


def _check_depth(value: Json) -> None:
    level, depth = [value], 0
    while level := [child for node in level for child in _children(node) if isinstance(child, dict | list)]:
        depth += 1
        if depth >= MAX_DEPTH:
            raise bad_request(f"The body is nested deeper than {MAX_DEPTH} levels.")


def _children(node: Json) -> Iterable[Json]:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()


def parse_object(text: str | bytes) -> JsonObject:
    """Parse one JSON object; 400 for anything else."""
    value = parse(text)
    if not isinstance(value, dict):
        raise bad_request("The body must be a JSON object.")
    return value


def dump(value: Json | dict[str, str]) -> str:
    """Compact JSON text. Keys and strings stay unescaped where JSON allows, so that SQLite can find keys by name."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError as error:
        raise bad_request("The body holds a number beyond the range of a double.") from error
