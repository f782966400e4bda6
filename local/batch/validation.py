"""Request bodies against Batch's own definitions: unknown, missing and mistyped properties are refused by name."""

import json
import re
from functools import cache

from jsonschema import Draft7Validator, FormatChecker, ValidationError
from jsonschema.exceptions import best_match

from local.batch import api
from local.batch.documents import Document, moment, parse_duration
from local.batch.errors import BatchRefusal

ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
# Price of a mistake, by the JSON schema keyword that found it.
CODES = {"required": "MissingRequiredProperty", "enum": "InvalidPropertyValue", "format": "InvalidPropertyValue"}

_formats = FormatChecker(formats=())


@_formats.checks("duration", raises=ValueError)
def _is_duration(value: object) -> bool:
    return not isinstance(value, str) or bool(parse_duration(value) is not None)


@_formats.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    return not isinstance(value, str) or bool(moment(value))


@cache
def validator(definition: str, *, request: bool) -> Draft7Validator:
    """Checks a body against ``definition``; in a request read-only properties are not required."""
    definitions = {name: _closed(schema, request=request) for name, schema in api.document()["definitions"].items()}
    return Draft7Validator({"$ref": f"#/definitions/{definition}", "definitions": definitions}, format_checker=_formats)


def _closed(schema: Document, *, request: bool) -> Document:
    properties: Document = schema.get("properties", {})
    if schema.get("type") != "object" or not properties:
        return schema
    required = [name for name in schema.get("required", ()) if not (request and properties[name].get("readOnly"))]
    return {"additionalProperties": False, **schema, "required": required}


def body(definition: str, raw: bytes) -> Document:
    """The JSON object in a request. Null means "not specified", as in Batch."""
    try:
        parsed = _without_nulls(json.loads(raw or b"{}"))
    except ValueError as reason:
        raise BatchRefusal("InvalidRequestBody", Reason=f"Not JSON: {reason}") from None
    if error := best_match(validator(definition, request=True).iter_errors(parsed)):
        raise refusal(error)
    if not isinstance(parsed, dict):
        raise BatchRefusal("InvalidRequestBody", Reason="The body must be a JSON object.")
    return parsed


def refusal(error: ValidationError) -> BatchRefusal:
    """Batch's answer to the first mistake in a body, with the property named in ``values``."""
    code = CODES.get(str(error.validator), "InvalidRequestBody")
    where = ".".join(str(part) for part in error.absolute_path)
    return BatchRefusal(
        code, PropertyName=_property(error) or where or "(body)", PropertyPath=where, Reason=error.message
    )


def _property(error: ValidationError) -> str:
    if error.validator in ("required", "additionalProperties"):
        quoted = re.search(r"'([^']+)'", error.message)
        return quoted.group(1) if quoted else ""
    return next((str(part) for part in reversed(error.absolute_path) if isinstance(part, str)), "")


def new_id(document: Document) -> str:
    """The id of a resource to create: 1 to 64 of letters, digits, underscore and hyphen."""
    identifier: str = document["id"]
    if not ID.fullmatch(identifier):
        raise BatchRefusal(
            "InvalidPropertyValue",
            PropertyName="id",
            PropertyValue=identifier[:80],
            Reason="An id has 1 to 64 characters: letters, digits, underscores and hyphens.",
        )
    return identifier


def invalid(name: str, value: object, reason: str) -> BatchRefusal:
    return BatchRefusal("InvalidPropertyValue", PropertyName=name, PropertyValue=str(value), Reason=reason)


def _without_nulls(value: object) -> object:
    match value:
        case dict():
            return {name: _without_nulls(item) for name, item in value.items() if item is not None}
        case list():
            return [_without_nulls(item) for item in value]
        case _:
            return value
