"""JSON after a schema, and JSON that is almost it: what a careless or malicious client might send."""

from collections.abc import Mapping
from typing import cast

from hypothesis import strategies as st

Schema = Mapping[str, object]
Strategy = st.SearchStrategy[object]

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ANYTHING: Strategy = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=5,
)
RARELY = 12
"""One value in so many is something else than the schema says."""


def like(schema: Schema, definitions: Mapping[str, Schema]) -> Strategy:
    """Mostly values of ``schema``. ``definitions`` are those its references name."""
    return st.integers(0, RARELY).flatmap(lambda at: ANYTHING if at == RARELY else _of(schema, definitions))


def _of(schema: Schema, definitions: Mapping[str, Schema]) -> Strategy:
    if reference := schema.get("$ref"):
        return st.deferred(lambda: like(definitions[str(reference).rpartition("/")[2]], definitions))
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return st.one_of([like(option, definitions) for option in cast("list[Schema]", options)])
    if "enum" in schema:
        return st.sampled_from(cast("list[object]", schema["enum"]))
    return {"object": _object, "array": _array, "string": _string, "integer": _integer, "number": _number}.get(
        str(schema.get("type")), _other)(schema, definitions)


def _object(schema: Schema, definitions: Mapping[str, Schema]) -> Strategy:
    properties = cast("Mapping[str, Schema]", schema.get("properties") or {})
    required = cast("list[str]", schema.get("required") or [])
    fields = {name: like(each, definitions) for name, each in properties.items()}
    if not fields:
        values = schema.get("additionalProperties")
        inner = like(cast("Schema", values), definitions) if isinstance(values, Mapping) else ANYTHING
        return cast("Strategy", st.dictionaries(TEXT, inner, max_size=3))
    optional = {name: value for name, value in fields.items() if name not in required}
    return cast("Strategy", st.fixed_dictionaries({name: fields[name] for name in required}, optional=optional))


def _array(schema: Schema, definitions: Mapping[str, Schema]) -> Strategy:
    items = like(cast("Schema", schema.get("items") or {}), definitions)
    return cast("Strategy", st.lists(items, min_size=cast("int", schema.get("minItems", 0)), max_size=3))


def _string(schema: Schema, _: Mapping[str, Schema]) -> Strategy:
    return st.from_regex(str(schema["pattern"])) if "pattern" in schema else TEXT


def _integer(schema: Schema, _: Mapping[str, Schema]) -> Strategy:
    least, most = cast("int", schema.get("minimum", -(2**70))), cast("int", schema.get("maximum", 2**70))
    return st.sampled_from((least, most, least - 1, most + 1)) | st.integers(least, most)


def _number(_: Schema, __: Mapping[str, Schema]) -> Strategy:
    return st.floats(allow_nan=False, allow_infinity=False) | st.integers()


def _other(schema: Schema, _: Mapping[str, Schema]) -> Strategy:
    return {"boolean": st.booleans(), "null": st.none()}.get(str(schema.get("type")), ANYTHING)
