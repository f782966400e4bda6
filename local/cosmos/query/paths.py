"""Property paths as SQLite expressions over the ``body`` column.

Cosmos orders values by type first: undefined, null, false, true, numbers, strings, arrays, objects. ``rank`` is that
type order and is never NULL; ``value`` is the SQLite value within one rank. Indexes are built on exactly these texts,
which is why names are quoted into them: SQLite matches an expression index only when the path is a literal.
"""

from local.cosmos.errors import bad_request

Steps = tuple[str | int, ...]

UNDEFINED, NULL, FALSE, TRUE, NUMBER, STRING, ARRAY, OBJECT = range(8)

TYPE_RANKS = {"null": NULL, "false": FALSE, "true": TRUE, "integer": NUMBER, "real": NUMBER, "text": STRING,
              "array": ARRAY, "object": OBJECT}

_CASES = " ".join(f"WHEN '{name}' THEN {number}" for name, number in TYPE_RANKS.items())


def json_path(steps: Steps) -> str:
    """An SQL literal with the SQLite JSON path of the steps; 400 for names SQLite cannot address."""
    text = "$"
    for step in steps:
        if isinstance(step, str) and (not step.isprintable() or '"' in step or "\\" in step):
            raise bad_request(f"Unsupported: a property name with quotes, backslashes or control characters, {step!r}.")
        text += f"[{step}]" if isinstance(step, int) else f'."{step}"'
    return "'" + text.replace("'", "''") + "'"


def rank_of_type(json_type: str) -> str:
    """The rank of an SQL expression that yields one of SQLite's JSON type names, or NULL for undefined."""
    return f"CASE {json_type} {_CASES} ELSE {UNDEFINED} END"


def rank(steps: Steps) -> str:
    if steps == ("id",):
        return str(STRING)
    return rank_of_type(f"json_type(body, {json_path(steps)})")


def value(steps: Steps) -> str:
    if steps == ("id",):
        return "id"
    return f"json_extract(body, {json_path(steps)})"


def as_json(steps: Steps) -> str:
    """The JSON text at the path, NULL when undefined."""
    return f"body -> {json_path(steps)}" if steps else "body"
