"""Answers: headers, request charges and the shapes of resources and feeds.

Request charges are a model, not a measurement: a read costs 1 RU and 0.1 per KB beyond the first; a write 5 RU and
0.45 per KB beyond the first; a delete 5; a query 2.3, plus 0.03 per result and 0.1 per KB of results.
"""

import uuid
from collections.abc import Iterable, Mapping

from starlette.responses import Response

from local.cosmos.errors import CosmosError
from local.cosmos.jsontext import JsonObject, dump

RANGE_ID = "0"
DELETE_CHARGE = 5.0
KILOBYTE = 1024
NO_HEADERS: Mapping[str, str] = {}


def read_charge(size: int) -> float:
    return round(1 + 0.1 * max(0, size - KILOBYTE) / KILOBYTE, 2)


def write_charge(size: int) -> float:
    return round(5 + 0.45 * max(0, size - KILOBYTE) / KILOBYTE, 2)


def query_charge(results: int, size: int) -> float:
    return round(2.3 + 0.03 * results + 0.1 * size / KILOBYTE, 2)


def answer(body: str | JsonObject | None, status: int = 200, charge: float = 1.0,
           headers: Mapping[str, str] = NO_HEADERS) -> Response:
    """An answer with the headers every one carries, and its own."""
    text = dump(body) if isinstance(body, dict) else body
    shown = {"x-ms-request-charge": str(charge), "x-ms-activity-id": str(uuid.uuid4()), "x-ms-version": "2020-07-15",
             "x-ms-gatewayversion": "version=2.14.0", "x-ms-serviceversion": "version=1.14.0"}
    media_type = None if text is None else "application/json"
    return Response(text, status, {**shown, **headers}, media_type)


def error_answer(error: CosmosError) -> Response:
    headers = {"x-ms-substatus": str(error.substatus)} if error.substatus else NO_HEADERS
    return answer(dump(error.body), error.status, headers=headers)


def session_token(lsn: int) -> str:
    """The session after a write: range, version and lsn."""
    return f"{RANGE_ID}:-1#{lsn}"


def feed(rid: str, name: str, texts: Iterable[str]) -> str:
    """A list of resources, joined from their JSON texts."""
    items = list(texts)
    return f'{{"_rid":"{rid}","{name}":[{",".join(items)}],"_count":{len(items)}}}'
