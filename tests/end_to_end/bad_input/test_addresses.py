"""Names in addresses, queries, cursors and request lines that lead nowhere."""

import socket
from urllib.parse import quote

import pytest

from local.system import System
from tests.end_to_end.api import Api
from tests.end_to_end.problem import refused

Json = dict[str, object]


OUTSIDE = ("..%2f..%2fother", "%2e%2e%2fother", "%2e%2e/other", "..%5cother", "a%00b", "%252e%252e%252f",
           "outputs%5ca", "outputs/%2e%2e/%2e%2e/task.json", "outputs//a", "%ff%fe", "outputs/%0a",
           "x" * 5000, "outputs/" + "x" * 2000)


@pytest.mark.parametrize("name", OUTSIDE)
def test_names_in_addresses_lead_nowhere(api: Api, run_id: str, name: str) -> None:
    for address in (f"runs/{name}", f"runs/{name}/why", f"runs/{name}/events", f"experiments/{name}",
                    f"compute-targets/{name}", f"snapshots/{name}", f"runs/{run_id}/files/{name}",
                    f"runs/{run_id}/logs/{name}", f"runs/{run_id}/metrics/{name}"):
        answer = api.http.get(address)
        assert answer.status_code in (400, 404), (address[:100], answer.status_code, answer.text[:200])
        if "json" in answer.headers.get("content-type", ""):  # else no route has that form
            refused(answer, answer.status_code)


def test_only_files_of_the_run_are_linked(api: Api, run_id: str) -> None:
    for name in ("task.json", "outputs.jsonl", "outputs", "outputs/", "outputs/b.txt", "signals/started.json", "../x"):
        assert api.http.get(f"runs/{run_id}/files/{quote(name, safe='')}").status_code in (400, 404), name
        assert api.http.get(f"runs/{run_id}/logs/{quote(name, safe='')}").status_code in (400, 404), name
    assert api.http.get(f"runs/{run_id}/files", params={"prefix": "../"}).json()["value"] == []


PARAMETERS = ("limit=0", "limit=101", "limit=-1", "limit=a", "limit=1.0", "limit=%C2%B2", "limit=", "limit=1e1",
              "limit=" + "9" * 50, "limit=1&limit=2", "limit=%00")


@pytest.mark.parametrize("query", PARAMETERS)
def test_limits_of_lists(api: Api, run_id: str, query: str) -> None:
    lists = ("runs", "experiments", "compute-targets", "models", f"runs/{run_id}/events",
             f"runs/{run_id}/files")
    for address in lists:
        refused(api.http.get(f"{address}?{query}"), 400, "The parameter 'limit' is a number from 1 to 100")


@pytest.mark.parametrize(("address", "said"), [
    ("?version=0", "'version'"), ("?version=x", "'version'"), ("/events?after=-1", "'after'"),
    ("/events?after=x", "'after'"), ("/metrics/a?after=x", "'after'"), ("/metrics/a?limit=100001", "'limit'"),
    ("/metrics?limit=10001", "'limit'"), ("/metrics?limit=0", "'limit'"),
    ("/files?attempt=0", "'attempt'"), ("/files?attempt=11", "'attempt'"), ("/metrics?attempt=x", "'attempt'"),
    ("/logs?attempt=-1", "'attempt'"), ("/logs/user_logs/std_log.txt?offset=-1", "'offset'"),
    ("/logs/user_logs/std_log.txt?offset=1e3", "'offset'"), ("/files/outputs/a.txt?attempt=%20", "'attempt'"),
])
def test_numbers_in_queries(api: Api, run_id: str, address: str, said: str) -> None:
    refused(api.http.get(f"runs/{run_id}{address}"), 400, said)


def test_words_in_queries(api: Api) -> None:
    refused(api.http.get("runs?status=Complete"), 400, "Completed", "CancelRequested")
    refused(api.http.get("experiments?archived=yes"), 400, "'true' or 'false'")


def test_reading_behind_the_end(api: Api, run_id: str) -> None:
    log = api.http.get(f"runs/{run_id}/logs/user_logs/std_log.txt", params={"offset": 10**15})
    assert (log.status_code, log.content, log.headers["x-runspoor-complete"]) == (200, b"", "true")
    assert api.http.get(f"runs/{run_id}/events", params={"after": 10**9}).json() == {"value": [], "next": None}
    assert api.http.get(f"runs/{run_id}/files", params={"attempt": 9}).json()["value"] == []
    refused(api.http.get(f"runs/{run_id}/logs/user_logs/std_log.txt?attempt=9"), 404)


CURSORS = ("x", "2!92!xyz", "!!!", "\0", "\n", "ü😀", "'; DROP", "9" * 3000, "%", "2!8!AAAA", "null", "<x>&amp;")


@pytest.mark.parametrize("cursor", CURSORS)
def test_forged_cursors(api: Api, run_id: str, cursor: str) -> None:
    of_run = (f"runs/{run_id}/metrics", f"runs/{run_id}/files")
    for address in ("runs", "experiments", "compute-targets", "models", *of_run):
        answer = api.http.get(address, params={"cursor": cursor})
        if answer.status_code != 200:
            refused(answer, 400, "cursor")


@pytest.mark.parametrize("prefix", ["\0", "\n", "ü😀", "&<>", "x" * 3000, "%2e", "\ufffe", "outputs/../"])
def test_odd_prefixes(api: Api, run_id: str, prefix: str) -> None:
    answer = api.http.get(f"runs/{run_id}/files", params={"prefix": prefix})
    if answer.status_code == 200:
        assert answer.json()["value"] == []
    else:
        refused(answer, 400, "prefix")


def test_unknown_routes_and_methods(api: Api) -> None:
    for method, address, status in (
        ("GET", "", 404), ("GET", "nothing", 404), ("GET", "runs/a/b/c/d", 404), ("DELETE", "runs", 405),
        ("PUT", "runs/a", 405), ("PATCH", "experiments", 405), ("POST", "health", 405), ("GET", "runs/a/cancel", 405),
    ):
        assert api.http.request(method, address).status_code == status, (method, address)


def test_odd_addresses_of_models(api: Api, run_id: str) -> None:
    made = api.http.post("models", json={"name": "addresses", "run_id": run_id, "path": "outputs"})
    assert made.status_code == 201, made.text
    for cursor in ("x", "-1", "1e3", "\0", "9" * 3000):
        refused(api.http.get("models/addresses/files", params={"cursor": cursor}), 400, "cursor")
    for version in ("0", "x", "-1", "1.0"):
        refused(api.http.get("models/addresses", params={"version": version}), 400, "'version'")
    for tag in ("=", "a=b=c", "\0", "'; DROP", "ü" * 2_000):
        assert api.http.get("models", params={"tag": tag}).json()["value"] == []
    refused(api.http.get("models?newest=yes"), 400, "'true' or 'false'")


RAW = (b"GET /api/runs/\xff\xfe?\xff=\xff HTTP/1.1", b"GET /api/runs?cursor=\xc3\x28 HTTP/1.1",
       b"GET /api/runs/%zz HTTP/1.1", b"GET /api/../../etc/passwd HTTP/1.1")


@pytest.mark.parametrize("line", RAW)
def test_request_lines_no_client_sends(system: System, api: Api, line: bytes) -> None:
    with socket.create_connection(("127.0.0.1", system.state.ports["api"]), timeout=10) as connection:
        head = f"Host: localhost\r\nConnection: close\r\nx-functions-key: {system.state.key}\r\n\r\n"
        connection.sendall(line + b"\r\n" + head.encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.split()[1] in (b"200", b"400", b"404"), answer[:300]
