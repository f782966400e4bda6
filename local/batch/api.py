"""Batch's own description of the operations served: paths, bodies, answers. Routes and validation are derived from it.

``batch-api-2025-06-01.json`` is the OpenAPI 2.0 document of the data plane, reduced to these operations.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from local.batch.documents import Document

VERSION = "2025-06-01"


@dataclass(frozen=True)
class Operation:
    """One operation: ``body`` and ``answer`` name definitions, ``status`` is the success code."""

    id: str
    method: str
    path: str
    status: int
    body: str | None
    answer: str | None


@cache
def document() -> Document:
    loaded: Document = json.loads(files(__package__).joinpath(f"batch-api-{VERSION}.json").read_text())
    return loaded


@cache
def operations() -> tuple[Operation, ...]:
    return tuple(
        _operation(path, method, spec)
        for path, methods in document()["paths"].items()
        for method, spec in methods.items()
    )


def _operation(path: str, method: str, spec: Document) -> Operation:
    status = min(code for code in spec["responses"] if code != "default")
    body = next((_name(parameter["schema"]) for parameter in spec.get("parameters", ())), None)
    answer = spec["responses"][status].get("schema", {})
    return Operation(spec["operationId"], method.upper(), path, int(status), body, _name(answer))


def _name(schema: Document) -> str | None:
    reference: str | None = schema.get("$ref")
    return reference.rsplit("/", 1)[-1] if reference else None
