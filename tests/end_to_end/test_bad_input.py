"""Bad input is refused with a sentence that helps, never with a 500, and never half done."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import httpx
import pytest

from local.system import System
from shared.domain import limits
from tests.end_to_end.api import Api, until
from tests.end_to_end.problem import refused

Json = dict[str, object]
DIGEST = "0" * 64


@pytest.fixture(scope="module")
def snapshot(api: Api) -> str:
    return api.snapshot({"train.py": "print('hello')", "src/ünï.py": ""})


@pytest.fixture(scope="module")
def run_id(api: Api) -> str:
    """A run that has ended and left a file."""
    run_id = api.submit("open('outputs/a.txt', 'w').write('a')")
    assert api.wait(run_id)["status"] == "Completed"
    return run_id


@pytest.fixture
def body(snapshot: str) -> Json:
    return {"experiment": "bad", "snapshot_id": snapshot, "compute_target": "cpu", "script": "train.py"}


@pytest.fixture(scope="module", autouse=True)
def _no_fault_of_ours(system: System, api: Api) -> Iterator[None]:
    """Whatever is sent by these tests, the backend itself does not fail."""
    log = system.state.logs / "host.log"
    before = log.stat().st_size
    yield
    said = log.read_bytes()[before:].decode(errors="replace")
    routes = ("submit_run", "create_snapshot", "log_metrics", "list_", "get_", "grant", "tag_run", "set_properties")
    assert "incident" not in said, said[said.index("incident"):][:3000]
    failed = [line for line in said.splitlines() if " failed " in line and any(route in line for route in routes)]
    assert not failed


WRONG_BODIES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "Field required"),
    "no JSON": (b"hello", "Invalid JSON"),
    "cut off": (b'{"experiment": "a', "Invalid JSON"),
    "invalid UTF-8": (b'{"experiment": "\xff\xfe"}', "Invalid JSON"),
    "lone surrogate": (b'{"experiment": "\\ud800"}', "Invalid JSON"),
    "a list": (b"[]", "object"),
    "null": (b"null", "object"),
    "a number": (b"1", "object"),
    "deeply nested": (b"[" * 100_000, "recursion"),
    "nested in a field": (b'{"tags": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001, "recursion"),
    "NaN": (b'{"max_attempts": NaN}', "integer"),
    "Infinity": (b'{"grace_seconds": -Infinity}', "integer"),
    "huge number": (b'{"max_attempts": ' + b"9" * 400 + b"}", "less than"),
    "endless number": (b'{"max_attempts": ' + b"9" * 5_000 + b"}", "out of range"),
    "unknown field": (b'{"experment": "a"}', "experment: Extra inputs"),
    "wrong type": (b'{"experiment": 3}', "experiment: Input should be a valid string"),
    "text for a number": (b'{"max_attempts": "3"}', "max_attempts: Input should be a valid integer"),
    "null where there is none": (b'{"arguments": null}', "arguments: Input should be a valid array"),
    "tag of the wrong type": (b'{"tags": {"a": 1}}', "tags.a: Input should be a valid string"),
}


@pytest.mark.parametrize("case", WRONG_BODIES)
def test_a_body_that_is_no_submission(api: Api, case: str) -> None:
    content, said = WRONG_BODIES[case]
    refused(api.http.post("runs", content=content), 400, said)


def test_a_body_of_20_megabytes(api: Api) -> None:
    for route in ("runs", "snapshots", "experiments", "compute-targets"):
        refused(api.http.post(route, content=b" " * 20_000_000), 413, "20,000,000")


@pytest.mark.parametrize("path", [
    "../evil.py", "a/../../b", "/etc/passwd", "a//b", "./a", "a/.", "a\\b", "a\0b", "a\nb", "", "a/", "...", "x" * 901,
    "a\u2028b", "a\x85b", "d/" + "x" * 256,
])
def test_paths_of_a_snapshot_stay_inside(api: Api, path: str) -> None:
    answer = api.http.post("snapshots", json={"files": [{"path": path, "content": ""}]})
    refused(answer, 400)


@pytest.mark.parametrize(("files", "said"), [
    ([], "at least 1 item"),
    ([{"path": "a"}], "either 'content', or both"),
    ([{"path": "a", "content": "", "sha256": DIGEST, "size": 1}], "either 'content', or both"),
    ([{"path": "a", "sha256": DIGEST}], "either 'content', or both"),
    ([{"path": "a", "sha256": "A" * 64, "size": 1}], "pattern"),
    ([{"path": "a", "sha256": DIGEST, "size": -1}], "greater than or equal to 0"),
    ([{"path": "a", "sha256": DIGEST, "size": 10**30}], "may have"),
    ([{"path": "a", "content": ""}, {"path": "a", "content": "b"}], "same path"),
    ([{"path": "a", "content": ""}, {"path": "a/b", "content": "b"}], "file and a folder"),
])
def test_snapshots_that_make_no_sense(api: Api, files: list[Json], said: str) -> None:
    refused(api.http.post("snapshots", json={"files": files}), 400, said)


def test_a_snapshot_is_usable_once_it_is_complete(api: Api, body: Json) -> None:
    refused(api.http.post("runs", json={**body, "snapshot_id": DIGEST}), 400, "no complete snapshot", "upload")
    incomplete = api.http.post("snapshots", json={"files": [{"path": "train.py", "sha256": "1" * 64, "size": 5}]})
    assert incomplete.status_code == 202
    assert not incomplete.json()["complete"]
    refused(api.http.post("runs", json={**body, "snapshot_id": incomplete.json()["snapshot_id"]}), 400, "no complete")
    refused(api.http.get(f"snapshots/{incomplete.json()['snapshot_id']}"), 404, "no complete")
    refused(api.http.get("snapshots/nonsense"), 404, "snapshot id")


WRONG_SUBMISSIONS: dict[str, tuple[Json, tuple[str, ...]]] = {
    "no such compute target": ({"compute_target": "nowhere"}, ("no compute target 'nowhere'", "create it")),
    "impossible compute target": ({"compute_target": "../cpu"}, ("cannot be the compute target name",)),
    "script not in the snapshot": ({"script": "trian.py"}, ("no script 'trian.py'", "train.py", "src/ünï.py")),
    "script outside": ({"script": "../../etc/passwd"}, ("no script",)),
    "script and command": ({"command": ["python"]}, ("either 'script' or 'command'",)),
    "neither": ({"script": None}, ("either 'script' or 'command'",)),
    "arguments with command": ({"script": None, "command": ["a"], "arguments": ["b"]}, ("put them into 'command'",)),
    "no command": ({"script": None, "command": []}, ("at least 1 item",)),
    "NUL in an argument": ({"arguments": ["a\0b"]}, ("NUL",)),
    "NUL in the command": ({"script": None, "command": ["a\0b"]}, ("NUL",)),
    "NUL in a variable": ({"environment": {"variables": {"A": "\0"}}}, ("NUL",)),
    "variable with =": ({"environment": {"variables": {"A=B": ""}}}, ("no '='",)),
    "variable without a name": ({"environment": {"variables": {"": "a"}}}, ("at least one character",)),
    "NUL in the interpreter": ({"environment": {"python": "/a\0"}}, ("NUL",)),
    "experiment": ({"experiment": "a/b"}, ("'a/b' cannot be the experiment name", "letters")),
    "empty experiment": ({"experiment": ""}, ("experiment: String should have at least 1",)),
    "long experiment": ({"experiment": "e" * 256}, ("at most 255",)),
    "run id": ({"run_id": "../x"}, ("cannot be the run id", "lower-case")),
    "long run id": ({"run_id": "r" * 57}, ("cannot be the run id",)),
    "long display name": ({"display_name": "d" * 257}, ("at most 256",)),
    "too many tags": ({"tags": {str(i): "" for i in range(51)}}, ("at most 50",)),
    "long tag name": ({"tags": {"t" * 101: ""}}, ("1 to 100",)),
    "empty tag name": ({"tags": {"": ""}}, ("1 to 100",)),
    "long tag value": ({"tags": {"t": "v" * 1001}}, ("at most 1000",)),
    "too many properties": ({"properties": {str(i): "" for i in range(51)}}, ("at most 50",)),
    "long property": ({"properties": {"p": "v" * 1001}}, ("at most 1000",)),
    "too many arguments": ({"arguments": ["a"] * 1001}, ("at most 1000",)),
    "long argument": ({"arguments": ["a" * 32_769]}, ("at most 32768",)),
    "large definition": ({"arguments": ["a" * 32_768] * 20}, ("200,000", "file of the snapshot")),
    "too many variables": ({"environment": {"variables": {f"V{i}": "" for i in range(201)}}}, ("at most 200",)),
    "no time": ({"max_run_duration_seconds": 0}, ("greater than or equal to 1",)),
    "too many attempts": ({"max_attempts": 11}, ("less than or equal to 10",)),
}


@pytest.mark.parametrize("case", WRONG_SUBMISSIONS)
def test_submissions_that_cannot_be_run(api: Api, body: Json, case: str) -> None:
    change, said = WRONG_SUBMISSIONS[case]
    refused(api.http.post("runs", json={**body, **change}), 400, *said)


def test_submissions_at_the_limits(api: Api, body: Json) -> None:
    largest = {
        "experiment": "ü" * 255, "display_name": "d" * 256, "run_id": "r" * 56,
        "arguments": ["a"] * 999 + ["b" * 32768],
        "tags": {f"{i:0>100}": "v" * 1000 for i in range(50)}, "max_attempts": 10, "grace_seconds": 0,
        "properties": {f"{i:0>100}": "v" * 1000 for i in range(50)}, "max_run_duration_seconds": limits.RUN_SECONDS,
        "environment": {"variables": {f"{i:V>255}": "" for i in range(200)}},
    }
    answer = api.http.post("runs", json={**body, **largest})
    assert answer.status_code == 201, answer.text
    assert api.wait("r" * 56)["status"] == "Completed"


@pytest.mark.parametrize(("change", "said"), [
    ({"min_nodes": 3, "max_nodes": 2}, "'min_nodes' is above 'max_nodes'"),
    ({"max_nodes": 0}, "greater than or equal to 1"),
    ({"max_nodes": 101}, "less than or equal to 100"),
    ({"max_nodes": 2.0}, "valid integer"),
    ({"min_nodes": -1}, "greater than or equal to 0"),
    ({"name": "a"}, "2 to 32 letters"),
    ({"name": "a" * 33}, "2 to 32 letters"),
    ({"name": "a/b"}, "2 to 32 letters"),
    ({"name": "ü-pool"}, "2 to 32 letters"),
    ({"vm_size": "x; rm -rf /"}, "pattern"),
    ({"vm_priority": "cheap"}, "'dedicated' or 'low_priority'"),
    ({"idle_seconds_before_scaledown": 604_801}, "less than or equal to 604800"),
])
def test_compute_targets_that_cannot_be(api: Api, change: Json, said: str) -> None:
    body = {"name": "fine", "vm_size": "standard_d2s_v3", **change}
    refused(api.http.post("compute-targets", json=body), 400, said)
    assert api.http.get("compute-targets/fine").status_code == 404


def test_changing_compute_targets(api: Api, body: Json) -> None:
    spec = {"name": "brief", "vm_size": "standard_d2s_v3", "max_nodes": 2}
    assert api.http.post("compute-targets", json=spec).status_code == 201
    assert api.http.post("compute-targets", json=spec).status_code == 200
    refused(api.http.post("compute-targets", json={**spec, "max_nodes": 3}), 409, "exists with other settings")
    refused(api.http.patch("compute-targets/brief", json={"min_nodes": 3}), 409, "above max_nodes")
    refused(api.http.patch("compute-targets/brief", json={"vm_size": "standard_d4s_v3"}), 400, "vm_size: Extra")
    refused(api.http.patch("compute-targets/nowhere", json={}), 404, "create it first")
    refused(api.http.delete("compute-targets/nowhere"), 404, "create it first")
    assert api.http.delete("compute-targets/brief").status_code == 202
    refused(api.http.post("runs", json={**body, "compute_target": "brief"}), 400, "'brief' is being deleted")
    until(lambda: api.http.get("compute-targets/brief").status_code == 404, 20, lambda: "brief is deleted")
    refused(api.http.post("runs", json={**body, "compute_target": "brief"}), 400, "no compute target 'brief'")


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
    lists = ("runs", "experiments", "compute-targets", f"runs/{run_id}/events", f"runs/{run_id}/metrics",
             f"runs/{run_id}/files")
    for address in lists:
        refused(api.http.get(f"{address}?{query}"), 400, "The parameter 'limit' is a number from 1 to 100")


@pytest.mark.parametrize(("address", "said"), [
    ("?version=0", "'version'"), ("?version=x", "'version'"), ("/events?after=-1", "'after'"),
    ("/events?after=x", "'after'"), ("/metrics/a?after=x", "'after'"), ("/metrics/a?limit=100001", "'limit'"),
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
    for address in ("runs", "experiments", "compute-targets", f"runs/{run_id}/metrics", f"runs/{run_id}/files"):
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


RAW = (b"GET /api/runs/\xff\xfe?\xff=\xff HTTP/1.1", b"GET /api/runs?cursor=\xc3\x28 HTTP/1.1",
       b"GET /api/runs/%zz HTTP/1.1", b"GET /api/../../etc/passwd HTTP/1.1")


@pytest.mark.parametrize("line", RAW)
def test_request_lines_no_client_sends(system: System, api: Api, line: bytes) -> None:
    with socket.create_connection(("127.0.0.1", system.state.ports["api"]), timeout=10) as connection:
        head = f"Host: localhost\r\nConnection: close\r\nx-functions-key: {system.state.key}\r\n\r\n"
        connection.sendall(line + b"\r\n" + head.encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.split()[1] in (b"200", b"400", b"404"), answer[:300]


def test_an_idempotency_key_makes_one_run(api: Api, body: Json) -> None:
    key = {"Idempotency-Key": "the same"}
    first, second = (api.http.post("runs", json=body, headers=key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["run_id"] == second.json()["run_id"]
    for change in ({"arguments": ["x"]}, {"tags": {"a": "b"}}, {"properties": {"a": "b"}}, {"compute_target": "other"}):
        refused(api.http.post("runs", json={**body, **change}, headers=key), 409, "another Idempotency-Key")
    for bad in ("k" * 256, ""):
        refused(api.http.post("runs", json=body, headers={"Idempotency-Key": bad}), 400, "1 to 255")
    assert api.http.post("runs", json=body, headers={"Idempotency-Key": "k" * 255}).status_code == 201


def test_compute_targets_are_compared_without_case(api: Api, body: Json) -> None:
    run = api.http.post("runs", json={**body, "experiment": "case", "compute_target": "CPU"}).json()
    assert run["compute_target"] == "cpu"
    api.wait(run["run_id"])
    assert api.http.get("compute-targets/CPU").json()["name"] == "cpu"
    for spelled in ("CPU", "cpu"):
        query = {"compute_target": spelled, "experiment": "case"}
        listed = api.http.get("runs", params=query).json()["value"]
        assert [each["run_id"] for each in listed] == [run["run_id"]]


def test_32_submissions_with_one_key_at_once(api: Api, body: Json) -> None:
    request = {**body, "experiment": "at once"}

    def submit(_: int) -> httpx.Response:
        return api.http.post("runs", json=request, headers={"Idempotency-Key": "32"})

    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(submit, range(32)))
    assert sorted(answer.status_code for answer in answers) == [200] * 31 + [201]
    assert len({answer.json()["run_id"] for answer in answers}) == 1
    run_id = answers[0].json()["run_id"]
    api.wait(run_id)
    assert api.types(run_id).count("run.submitted") == 1
    assert api.types(run_id).count("run.attempt_started") == 1
    listed = api.http.get("runs", params={"experiment": "at once"}).json()["value"]
    assert [run["run_id"] for run in listed] == [run_id]


def test_tags_properties_and_cancellation(api: Api, run_id: str) -> None:
    def post(what: str, body: object) -> httpx.Response:
        return api.http.post(f"runs/{run_id}/{what}", json=body)

    refused(post("tags", {"tags": {}}), 400, "at least 1 item")
    refused(post("tags", {"tags": {"a": "v" * 1001}}), 400, "at most 1000")
    refused(post("tags", {"tags": {f"t{i}": "" for i in range(51)}}), 400, "at most 50")
    assert post("tags", {"tags": {"größe": "ß😀\n"}}).json()["tags"]["größe"] == "ß😀\n"
    assert post("properties", {"properties": {"p": "1"}}).status_code == 200
    refused(post("properties", {"properties": {"p": "2"}}), 409, "'p'", "never change")
    refused(post("cancel", {}), 409, "Completed already")
    refused(post("cancel", {"reason": "r" * 1001}), 400, "at most 1000")
    for what, sent in (("tags", {"tags": {"a": "b"}}), ("properties", {"properties": {"a": "b"}}), ("cancel", {})):
        refused(api.http.post(f"runs/nobody/{what}", json=sent), 404, "no run 'nobody'")
        refused(api.http.post(f"runs/No%20Body/{what}", json=sent), 404)


METRIC_NAMES = ("..", "../../x", "a/b/c", "%2e%2e%2f", "\0", "\n", "ünï 😀", "'; DROP", "$int", " ", "/", "n" * 255)


def test_metric_names_are_merely_data(api: Api) -> None:
    run_id = api.submit("import runspoor; runspoor.log('a/ü b', 1)")
    for name in METRIC_NAMES:
        answer = api.http.post(f"runs/{run_id}/metrics", json={"metrics": [{"name": name, "values": [1, 2]}]})
        assert answer.status_code == 201, answer.text
    api.wait(run_id)
    listed = {metric["name"]: metric for metric in api.http.get(f"runs/{run_id}/metrics?limit=100").json()["value"]}
    assert set(listed) == {*METRIC_NAMES, "a/ü b"}
    for name in ("a/b/c", "ünï 😀", "n" * 255, "%2e%2e%2f"):
        answer = api.http.get(f"runs/{run_id}/metrics/{quote(name, safe='')}")
        assert answer.json()["values"] == [1, 2], (name, answer.text)
    assert api.http.get(f"runs/{run_id}/metrics/{quote('a/ü b')}").json()["values"] == [1]


@pytest.mark.parametrize(("series", "said"), [
    ({"name": "", "values": [1]}, "at least 1 character"),
    ({"name": "n" * 256, "values": [1]}, "at most 255"),
    ({"name": "a", "values": []}, "at least 1 item"),
    ({"name": "a", "values": [[1]]}, "a value is a number"),
    ({"name": "a", "values": [{"x": {"y": 1}}]}, "a value is a number"),
    ({"name": "a", "values": [{"x": 1}]}, "'scalar' has plain values"),
    ({"name": "a", "kind": "row", "values": [1]}, "'row' or 'image' has objects"),
    ({"name": "a", "values": [1], "steps": [1, 2]}, "one entry per value"),
    ({"name": "a", "values": [1], "at": []}, "one entry per value"),
    ({"name": "a", "values": [1], "steps": [2**60]}, "less than or equal to"),
    ({"name": "a", "values": [1] * 10_001}, "10001 points"),
    ({"name": "a", "values": ["x" * 1_500_000]}, "too large"),
])
def test_metrics_that_cannot_be(api: Api, run_id: str, series: Json, said: str) -> None:
    refused(api.http.post(f"runs/{run_id}/metrics", json={"metrics": [series]}), 400, said)


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_json_has_not(api: Api, run_id: str, token: str) -> None:
    content = f'{{"metrics": [{{"name": "a", "values": [{token}]}}]}}'
    refused(api.http.post(f"runs/{run_id}/metrics", content=content), 400, "$float")


def test_values_come_back_exactly(api: Api, run_id: str) -> None:
    values = [0, -1, 2**53, 2**53 + 1, -(10**100), 1e300, -0.5, True, None, "ü😀\0", {"$float": "NaN"}, {"$int": "7"}]
    sent = api.http.post(f"runs/{run_id}/metrics", json={"metrics": [{"name": "exact", "values": values}]})
    assert sent.status_code == 201, sent.text
    read = api.http.get(f"runs/{run_id}/metrics/exact").json()["values"]
    exact = {3: {"$int": str(2**53 + 1)}, 4: {"$int": str(-(10**100))}}
    assert read == [exact.get(at, value) for at, value in enumerate(values)]
    assert read[7] is True


def test_unicode_everywhere(api: Api) -> None:
    script = "import sys\nprint('Grüße 😀', *sys.argv[1:])\nopen('outputs/日本 %41#?.txt', 'w').write('ü')\n"
    name = "café/日本 %41#+&.py"
    snapshot = api.snapshot({name: script})
    body = {"experiment": "Größe 測試", "snapshot_id": snapshot, "compute_target": "cpu", "script": name,
            "arguments": ["ä\n", "'\"$(x)", "😀"], "display_name": "Ünï\u202e", "tags": {"ключ": "значение"}}
    answer = api.http.post("runs", json=body)
    assert answer.status_code == 201, answer.text
    run = api.wait(answer.json()["run_id"])
    assert (run["status"], run["tags"], run["display_name"]) == ("Completed", {"ключ": "значение"}, "Ünï\u202e")
    log = api.http.get(f"runs/{run['run_id']}/logs/user_logs/std_log.txt")
    assert log.content.decode() == "Grüße 😀 ä\n '\"$(x) 😀\n"
    files = [file["name"] for file in api.http.get(f"runs/{run['run_id']}/files?prefix=outputs/").json()["value"]]
    assert files == ["outputs/日本 %41#?.txt"]
    link = api.http.get(f"runs/{run['run_id']}/files/{quote(files[0], safe='')}").json()["url"]
    assert httpx.get(link).text == "ü"
    until(lambda: bool(api.http.get("runs", params={"experiment": "Größe 測試"}).json()["value"]))
    assert api.http.get(f"experiments/{quote('Größe 測試')}").json()["name"] == "Größe 測試"


def test_experiments(api: Api) -> None:
    refused(api.http.post("experiments", json={"name": "a/b"}), 400, "letters")
    refused(api.http.post("experiments", json={"name": "e", "description": "d" * 5001}), 400, "at most 5000")
    refused(api.http.post("experiments", json={"name": "e", "tags": {"t" * 101: ""}}), 400, "at most 100 char")
    many = {str(number): "" for number in range(51)}
    refused(api.http.post("experiments", json={"name": "e", "tags": many}), 400, "at most 50")
    refused(api.http.get("experiments/nothing"), 404, "create it")
    refused(api.http.post("experiments/nothing/archive"), 404, "create it")
    assert api.http.post("experiments", json={"name": "e" * 255, "description": "d" * 5000}).status_code == 201


def joined(api: Api, address: str, limit: int, key: str, **query: str) -> list[str]:
    """The whole list, page by page."""
    found: list[str] = []
    cursor: str | None = None
    parameter = "after" if address.endswith("/events") else "cursor"
    for _ in range(1000):
        at = {parameter: cursor} if cursor is not None else {}
        answer = api.http.get(address, params={"limit": limit, **query, **at})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["value"]) <= limit
        found += [str(item[key]) for item in page["value"]]
        cursor = page["next"]
        if cursor is None:
            return found
    raise AssertionError("the list has no end")


def test_pages_of_views_join(api: Api, body: Json) -> None:
    ids = [f"page-{number}" for number in range(7)]
    for run_id in ids:
        assert api.http.post("runs", json={**body, "run_id": run_id, "experiment": f"E {run_id}"}).status_code == 201
    for run_id in ids:
        api.wait(run_id)
    everything = api.http.get("runs", params={"limit": 100}).json()["value"]
    for limit in (1, 3, 7):
        assert joined(api, "runs", limit, "run_id") == [run["run_id"] for run in everything]
        assert len(set(joined(api, "experiments", limit, "name"))) == len(joined(api, "experiments", 100, "name"))
    assert [run["run_id"] for run in everything if run["run_id"] in ids] == ids[::-1]
    assert joined(api, "runs", 1, "run_id", experiment="E page-3") == ["page-3"]
    until(lambda: {f"E {one}" for one in ids} <= set(joined(api, "experiments", 100, "name")))
    assert joined(api, "compute-targets", 1, "name") == joined(api, "compute-targets", 100, "name")


def test_pages_of_a_run_join(api: Api) -> None:
    script = "import runspoor\n" \
        "for i in range(7):\n" \
        "    open(f'outputs/{i}', 'w')\n" \
        "    runspoor.log(f'm{i}', i)\n" \
        "    runspoor.log_row(f'm{i}', x=i)\n"
    run_id = api.submit(script)
    assert api.wait(run_id)["status"] == "Completed"
    for limit in (1, 2, 5, 100):
        names = joined(api, f"runs/{run_id}/metrics", limit, "name")
        assert names == sorted([f"m{i}" for i in range(7)] * 2)
        files = joined(api, f"runs/{run_id}/files", limit, "name")
        assert [name for name in files if name.startswith("outputs/")] == [f"outputs/{i}" for i in range(7)]
        assert len(files) == len(set(files))
        versions = joined(api, f"runs/{run_id}/events", limit, "version")
        assert versions == [str(number) for number in range(len(versions))]
    assert len(versions) == api.run(run_id)["version"]


def test_no_refusal_writes_anything(api: Api, body: Json) -> None:
    sent = {**body, "experiment": "half", "run_id": "half-written", "tags": {"t" * 101: ""}}
    refused(api.http.post("runs", content=json.dumps(sent)), 400)
    refused(api.http.get("runs/half-written"), 404, "no run 'half-written'")
    refused(api.http.get("experiments/half"), 404)
