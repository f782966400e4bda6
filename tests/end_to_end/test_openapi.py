"""Every operation of our own OpenAPI document, called with what it says and with what it does not say."""

import json
import re
from collections.abc import Iterator
from typing import cast
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared import VERSION
from shared.contract.openapi import document
from shared.contract.routes import ROUTES
from tests.end_to_end.api import Api
from tests.end_to_end.json_like import TEXT, Schema, like
from tests.end_to_end.problem import refused

EXAMPLES = 12
DOCUMENT = document(VERSION)
DEFINITIONS = cast("dict[str, dict[str, Schema]]", DOCUMENT["components"])["schemas"]
VALUES = st.sampled_from(("", "0", "1", "-1", "true", "Completed", "9" * 30, "../..", "\0", "ü", "%2e", "tests")) | TEXT
HEADERS = st.none() | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=300).map(str.strip)


@pytest.fixture(scope="module")
def known(api: Api) -> Iterator[dict[str, str]]:
    """Something that exists for each place of a path; compute targets made on the way go again."""
    run_id = api.submit("open('outputs/a', 'w').write('a')")
    api.wait(run_id)
    yield {"run_id": run_id, "name": "tests", "snapshot_id": "0" * 64, "attempt": "1", "dataset_id": "0" * 8}
    for target in api.http.get("compute-targets", params={"limit": 100}).json()["value"]:
        if target["name"] != "cpu":
            api.http.delete(f"compute-targets/{target['name']}")


def test_the_document_is_served(api: Api) -> None:
    assert api.http.get("openapi.json").json() == json.loads(json.dumps(DOCUMENT))


@pytest.mark.parametrize("name", ROUTES)
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow,
                                 HealthCheck.data_too_large])
@given(data=st.data())
def test_an_operation_never_fails(api: Api, known: dict[str, str], name: str, data: st.DataObject) -> None:
    route = ROUTES[name]
    places = re.findall(r"\{\*?(\w+)\}", route.path)
    values = {place: data.draw(st.just(known[place]) | VALUES) for place in places}
    path = re.sub(r"\{\*?(\w+)\}", lambda found: quote(values[found[1]], safe=""), route.path)
    query = {each: data.draw(VALUES) for each in route.query if data.draw(st.booleans())}
    body: object = None
    if route.request:
        body = data.draw(like({"$ref": f"#/components/schemas/{route.request.__name__}"}, DEFINITIONS))
    key = data.draw(HEADERS) if route.method == "POST" else None
    content = json.dumps(body).encode() if route.request else None
    answer = api.http.request(route.method, f"{path}?{urlencode(query)}", content=content,
                              headers={} if key is None else {"Idempotency-Key": key})
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400 and "json" in answer.headers.get("content-type", ""):
        refused(answer, answer.status_code)
    elif answer.status_code < 300 and all(values.values()):  # an empty place makes it the address of another route
        assert answer.status_code in (route.success, *(route.other or ())[:1])
        if route.response:
            route.response.model_validate_json(answer.content)
