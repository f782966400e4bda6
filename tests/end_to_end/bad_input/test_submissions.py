"""Bodies and submissions that are refused with a sentence that helps, never with a 500, and never half done."""

import json

import pytest

from shared.domain import limits
from tests.end_to_end.api import Api, until
from tests.end_to_end.problem import refused

Json = dict[str, object]
DIGEST = "0" * 64


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
    "variable too long for a process": ({"environment": {"variables": {"V": "🦊" * 32_768}}}, ("131,071 bytes",)),
    "more nodes than there will be": ({"distribution": {"kind": "mpi", "nodes": 100}}, ("nodes at once", "max_nodes")),
    "more nodes than a pool has": ({"distribution": {"kind": "mpi", "nodes": 101}}, ("less than or equal to 100",)),
    "several nodes on one machine": (
        {"distribution": {"kind": "mpi", "nodes": 2}, "compute_target": "local"}, ("caller's machine is one",)),
    "processes that do not divide": (
        {"distribution": {"kind": "pytorch", "nodes": 2, "processes": 3}}, ("3 processes do not divide over 2 nodes",)),
    "distribution in a container": (
        {"distribution": {"kind": "mpi"}, "environment": {"image": {"name": "python:3.12"}}}, ("name the packages",)),
    "no such priority": ({"priority": "urgent"}, ("'low', 'normal' or 'high'",)),
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
    ({"vm_size": "Standard_D2s_v33"}, "the nearest names are Standard_D2s_v3"),
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
    refused(api.http.post("runs", json={**body, "compute_target": "brief"}), 400, "'brief'")  # Going, or gone already.
    until(lambda: api.http.get("compute-targets/brief").status_code == 404, 20, lambda: "brief is deleted")
    refused(api.http.post("runs", json={**body, "compute_target": "brief"}), 400, "no compute target 'brief'")


def test_no_refusal_writes_anything(api: Api, body: Json) -> None:
    sent = {**body, "experiment": "half", "run_id": "half-written", "tags": {"t" * 101: ""}}
    refused(api.http.post("runs", content=json.dumps(sent)), 400)
    refused(api.http.get("runs/half-written"), 404, "no run 'half-written'")
    refused(api.http.get("experiments/half"), 404)
