"""Every route, as the table of routes has them: whatever is sent, the answer is one of the contract's, never a 500."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from local.system import System
from shared.contract.routes import NODE, ROUTES, Route
from tests.end_to_end.api import Api
from tests.end_to_end.machine import Machine
from tests.end_to_end.problem import refused

PARAMETER = re.compile(r"\{\*?(\w+)\}")
OF_CALLERS = [route for route in ROUTES.values() if route.auth == "caller"]
OF_NODES = [route for route in ROUTES.values() if route.path.startswith(NODE)]
NAMES = ("..", "%2e%2e%2fother", "a%2fb", "..%5cother", "a%00b", "%ff%fe", "%0a", "%F0%9F%98%80", "e%CC%81",
         "%E2%80%AE", "%EF%BF%BE", "%20", "a'%3b--", "x" * 300, "x" * 3000, "A" * 64, "0" * 64, "local")
VALUES = ("", "\0", "\n", "ü😀", "\ufffe", "'; DROP", "-1", "0", "1e3", "9" * 30, "²", "2!8!AAAA", "0|\0", "1|x",
          "=", "x" * 3000)
BODIES = (b"", b"hello", b"[]", b"null", b"1", b'"a"', b"{", b'{"\xff": 1}', b"[" * 50_000, b'{"name": "\\ud800"}',
          b'{"unknown": 1}', b'{"name": null}', b'{"name": "\\u0000"}', b'{"name": "../a", "tags": {"": ""}}',
          b'{"names": ["../../a"]}', b'{"names": ["outputs/\\u0000"]}', b'{"tags": {"\\u0000": "\\u2028"}}',
          b'{"description": 1e999}')


def addressed(route: Route, run_id: str, name: str = "nothing") -> str:
    """The route's address with ``name`` in the place of the last parameter, and of every one but the run."""
    last = PARAMETER.findall(route.path)[-1:]
    return PARAMETER.sub(lambda found: run_id if found[1] == "run_id" and last != ["run_id"] else name,
                         route.path.removeprefix(NODE))


def sensible(answer: httpx.Response, sent: str) -> None:
    """Success, or a refusal; not every address is a route."""
    assert answer.status_code < 500, (sent[:200], answer.status_code, answer.text[:500])
    if answer.status_code >= 400 and answer.content and "json" in answer.headers.get("content-type", ""):
        refused(answer, answer.status_code)


def fuzz(http: httpx.Client, route: Route, run_id: str) -> None:
    for name in NAMES if "{" in route.path else ():
        address = addressed(route, run_id, name)
        sensible(http.request(route.method, address, content=b"{}" if route.request else b""), address)
    address = addressed(route, run_id, run_id if route.path.endswith("{run_id}") else "nothing")
    for query in route.query:
        for value in VALUES:
            sent = f"{address}?{query}={quote(value, safe='')}"
            sensible(http.request(route.method, sent, content=b"{}" if route.request else b""), sent)
    for body in BODIES if route.request else ():
        sensible(http.request(route.method, address, content=body), f"{address} {body[:80]!r}")
    for key in ("", "k" * 256, "a'\\b"):
        sensible(http.request(route.method, address, content=b"{}", headers={"Idempotency-Key": key}), address)


@pytest.fixture(scope="module")
def machine(api: Api, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A local run that has been given its task."""
    run_id = api.submit("pass", compute_target="local")
    yield Machine(api, tmp_path_factory.mktemp("machine") / "home", run_id).fetch()
    api.http.post(f"runs/{run_id}/cancel")


@pytest.mark.parametrize("route", OF_CALLERS, ids=lambda route: route.name)
def test_of_callers(api: Api, run_id: str, route: Route) -> None:
    fuzz(api.http, route, run_id)


@pytest.mark.parametrize("route", OF_NODES, ids=lambda route: route.name)
def test_of_nodes(system: System, machine: Machine, route: Route) -> None:
    with httpx.Client(base_url=f"{system.url}/node/", headers=machine.shown(), timeout=30) as http:
        fuzz(http, route, machine.run_id)


def test_names_that_lead_out_of_a_run(api: Api, machine: Machine) -> None:
    for name in ("../a", "outputs/../../x/1/outputs/a", "outputs/%2e%2e/a", "outputs/\u2025/a", "outputs\\a",
                 "task.json", "alive.json", "signals/cancel.json", "system_logs/a", "/outputs/a", "outputs//a",
                 "metrics/00000000.json"):
        answer = api.http.post(f"runs/{machine.run_id}/uploads", json={"names": [name]})
        if answer.status_code == 200:  # strange, but plain: it stays below the attempt
            (url,) = answer.json()["urls"].values()
            assert f"/runs/{machine.run_id}/1/outputs/" in url.split("?")[0].replace("%2F", "/")
            assert name in ("outputs/%2e%2e/a", "outputs/\u2025/a")
        else:
            refused(answer, 400)


def test_forged_cursors_of_new_lists(api: Api, machine: Machine, system: System) -> None:
    made = api.http.post("datasets", json={
        "kind": "file", "sources": [{"datastore": "workspaceblobstore", "path": ""}]})
    assert made.status_code in (200, 201), made.text
    files = f"dataset-ids/{made.json()['id']}/files"
    for cursor in ("x", "2!92!xyz", "0|x", "0|2!92!xyz", "0|\0", "0|" + "9" * 3000, "9|", "0|\ufffe"):
        for address in ("environments", "datasets", files):
            answer = api.http.get(address, params={"cursor": cursor})
            if answer.status_code != 200:
                refused(answer, 400, "cursor")


def test_a_folder_of_the_machine_is_no_source(api: Api, tmp_path: Path) -> None:
    for url in (tmp_path.as_uri(), str(tmp_path), "//host/share", "http:/a", "https://a.example/?SIG=a", "data:,a"):
        refused(api.http.post("datasets", json={"kind": "file", "sources": [{"url": url}]}), 400)
