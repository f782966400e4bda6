"""JSON as Cosmos takes it: strict (no NaN or infinities), compact, with characters written as themselves."""

import json
from typing import NoReturn

from local.cosmos.errors import bad_request

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
JsonObject = dict[str, Json]


def _refuse(constant: str) -> NoReturn:
    raise bad_request(f"The body is not valid JSON: {constant} is not a JSON number.")


def parse(text: str | bytes) -> Json:
    """Parse one JSON value; 400 when the text is malformed or holds NaN or an infinity."""
    try:
        value: Json = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise bad_request(f"The body is not valid JSON: {error}.") from error
    return value


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
