"""The OpenAPI document, drawn from the routes and models."""

import re

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shared.contract.responses import Problem
from shared.contract.routes import QUERY, ROUTES, Route

REFERENCE = "#/components/schemas/{model}"
SECURITY: dict[str, list[dict[str, list[str]]]] = {"caller": [{"key": []}], "run": [{"token": []}], "none": []}


def document(version: str) -> dict[str, object]:
    """OpenAPI 3.1 of all routes."""
    models = {model for route in ROUTES.values() for model in (route.request, route.response) if model} | {Problem}
    names, definitions = models_json_schema([(m, "validation") for m in sorted(models, key=lambda m: m.__name__)],
                                            ref_template=REFERENCE)
    references: dict[object, str] = {model: schema["$ref"] for (model, _), schema in names.items()}
    paths: dict[str, dict[str, object]] = {}
    for route in ROUTES.values():
        path = "/" + re.sub(r"\{\*?(\w+)\}", r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, references)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Runspoor", "version": version},
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "x-functions-key"},
                "token": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _operation(route: Route, references: dict[object, str]) -> dict[str, object]:
    operation: dict[str, object] = {
        "operationId": route.name,
        "summary": route.summary,
        "security": SECURITY[route.auth],
        "parameters": _parameters(route),
        "responses": {
            **{str(status): {"description": text, **_content(route.response, references, "application/json")}
               for status, text in filter(None, ((route.success, "Done."), route.other))},
            "default": {"description": "Refused.", **_content(Problem, references, "application/problem+json")},
        },
    }
    if route.request:
        operation["requestBody"] = {"required": True, **_content(route.request, references, "application/json")}
    return operation


def _parameters(route: Route) -> list[dict[str, object]]:
    text = {"type": "string"}
    in_path = [{"name": name, "in": "path", "required": True, "schema": text}
               for name in re.findall(r"\{\*?(\w+)\}", route.path)]
    in_query = [{"name": name, "in": "query", "description": QUERY[name], "schema": text} for name in route.query]
    key: list[dict[str, object]] = [{"name": "Idempotency-Key", "in": "header", "schema": text,
            "description": "The same key makes the same write once; of runs, within one experiment."}]
    return [*in_path, *in_query, *(key if route.method == "POST" else [])]


def _content(
    model: type[BaseModel] | None, references: dict[object, str], media: str
) -> dict[str, object]:
    return {"content": {media: {"schema": {"$ref": references[model]}}}} if model else {}
