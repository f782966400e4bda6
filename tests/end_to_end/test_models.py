"""Models over HTTP: made of runs and of uploads, found again, downloaded, labelled, deleted."""

import hashlib
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.end_to_end.conftest import Api, until
from tests.end_to_end.problem import refused

SCRIPT = """
import os
os.makedirs('outputs/net/deep')
open('outputs/sk.pkl', 'w').write('pickled')
open('outputs/net/config.json', 'w').write('{}')
open('outputs/net/deep/w.bin', 'w').write('weights')
"""
PUT = {"x-ms-blob-type": "BlockBlob"}


@pytest.fixture(scope="module")
def run_id(api: Api) -> str:
    """A run that has ended and left a file and a folder."""
    found = api.submit(SCRIPT, experiment="models")
    assert api.wait(found)["status"] == "Completed"
    return found


@pytest.fixture
def name() -> str:
    return f"net-{uuid.uuid4().hex[:8]}"


def register(api: Api, name: str, key: str | None = None, **body: object) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return api.http.post("models", json={"name": name, **body}, headers=headers)


def downloaded(api: Api, name: str, **query: int) -> dict[str, bytes]:
    """Path -> content, each as its checksum says."""
    found: dict[str, bytes] = {}
    for file in api.http.get(f"models/{name}/files", params=query).json()["value"]:
        data = httpx.get(file["url"]).content
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file["size"], file["sha256"])
        found[file["path"]] = data
    return found


NET = {"net/config.json": b"{}", "net/deep/w.bin": b"weights"}


@pytest.mark.parametrize(("path", "files"), [
    ("outputs/sk.pkl", {"sk.pkl": b"pickled"}),
    ("outputs/net", NET),
    ("outputs/net/deep/w.bin", {"w.bin": b"weights"}),
    ("outputs", {"outputs/sk.pkl": b"pickled", **{f"outputs/{path}": data for path, data in NET.items()}}),
])
def test_a_model_of_a_run(api: Api, run_id: str, name: str, path: str, files: dict[str, bytes]) -> None:
    answer = register(api, name, run_id=run_id, path=path, framework="ScikitLearn", framework_version="1.7")
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert {field: made[field] for field in ("id", "name", "version", "run_id", "experiment", "path", "framework")} == {
        "id": f"{name}:1", "name": name, "version": 1, "run_id": run_id, "experiment": "models", "path": path,
        "framework": "ScikitLearn"}
    assert (made["files"], made["bytes"]) == (len(files), sum(map(len, files.values())))
    assert downloaded(api, name) == files
    assert api.http.get(f"models/{name}").json() == made


def test_a_path_the_run_has_not_is_answered_with_what_it_has(api: Api, run_id: str, name: str) -> None:
    refused(register(api, name, run_id=run_id, path="outputs/sk"), 404, "'outputs/sk'", "outputs/sk.pkl")
    refused(register(api, name, run_id="nobody", path="outputs"), 404, "There is no run")
    refused(register(api, name, run_id=run_id, path="../x"), 400, "not a usable path")
    refused(api.http.get(f"models/{name}"), 404, "There is no model")


def test_a_model_is_made_of_what_a_running_run_has_so_far(api: Api, name: str) -> None:
    script = "import time\nprint('begun', flush=True)\nopen('outputs/late.txt', 'w').write('x')\ntime.sleep(60)"
    run_id = api.submit(script)
    api.wait(run_id, "Running")
    log = f"runs/{run_id}/logs/user_logs/std_log.txt"
    until(lambda: "begun" in api.http.get(log).text)
    refused(register(api, name, run_id=run_id, path="outputs/late.txt"), 404, "once it has ended")
    made = register(api, name, run_id=run_id, path="user_logs/std_log.txt")
    assert (made.status_code, made.json()["files"]) == (201, 1), made.text
    api.http.post(f"runs/{run_id}/cancel", json={})
    api.wait(run_id)
    assert register(api, name, run_id=run_id, path="outputs/late.txt").json()["version"] == 2


def test_a_model_of_uploaded_files(api: Api, name: str) -> None:
    contents = {"net/a.bin": uuid.uuid4().bytes, "net/b.bin": b""}
    files = [{"path": path, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
             for path, data in contents.items()]
    first = register(api, name, "key", files=files)
    assert first.status_code == 202, first.text
    (missing,) = first.json()["missing"]
    assert missing["sha256"] == files[0]["sha256"]
    assert httpx.put(missing["url"], content=contents["net/a.bin"], headers=PUT).status_code == 201
    again = [register(api, name, "key", files=files) for _ in range(2)]
    assert [(answer.status_code, answer.json()["id"]) for answer in again] == [(201, f"{name}:1")] * 2
    assert (again[0].json()["path"], again[0].json()["run_id"]) == ("net", None)
    assert downloaded(api, name, version=1) == contents
    refused(register(api, name, "key", files=files[:1]), 409, "Idempotency-Key")


@pytest.mark.parametrize(("body", "said"), [
    ({}, "either 'run_id' and 'path'"), ({"run_id": "a"}, "either 'run_id'"), ({"path": "a"}, "either 'run_id'"),
    ({"run_id": "a", "path": "b", "files": [{"path": "a", "sha256": "0" * 64, "size": 1}]}, "either 'run_id'"),
    ({"files": []}, "files"), ({"files": [{"path": "../a", "sha256": "0" * 64, "size": 1}]}, "usable path"),
    ({"files": [{"path": "a", "sha256": "0" * 64, "size": -1}]}, "size"),
    ({"run_id": "a", "path": "b", "tags": {"a": 1}}, "tags"),
])
def test_requests_that_make_no_sense(api: Api, name: str, body: dict[str, object], said: str) -> None:
    refused(register(api, name, None, **body), 400, said)


@pytest.mark.parametrize("bad", ["", "-a", "a b", "a/b", "größe", "a" * 256, "a:1"])
def test_names(api: Api, run_id: str, bad: str) -> None:
    refused(register(api, bad, run_id=run_id, path="outputs"), 400)


def test_requests_at_the_same_time_get_consecutive_versions(api: Api, run_id: str, name: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: register(api, name, run_id=run_id, path="outputs/net"), range(8)))
    assert sorted(answer.json()["version"] for answer in answers) == list(range(1, 9))


def test_one_key_at_the_same_time_makes_one_version(api: Api, run_id: str, name: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: register(api, name, "k", run_id=run_id, path="outputs"), range(4)))
    assert [answer.json()["id"] for answer in answers] == [f"{name}:1"] * 4


def test_models_are_found_by_what_they_are(api: Api, run_id: str, name: str) -> None:
    for stage in ("test", "prod", "prod"):
        register(api, name, run_id=run_id, path="outputs", tags={"stage": stage}, properties={"name": name})

    def found(**where: str) -> list[int]:
        answer = api.http.get("models", params={"property": f"name={name}", **where})
        assert answer.status_code == 200, answer.text
        return [each["version"] for each in answer.json()["value"]]

    until(lambda: found() == [3, 2, 1])
    assert found(name=name, tag="stage=prod", run_id=run_id) == [3, 2]
    assert (found(tag="stage"), found(tag="stage=none"), found(run_id="other")) == ([3, 2, 1], [], [])
    assert found(newest="true") == [3]
    page = api.http.get("models", params={"name": name, "limit": 2}).json()
    rest = api.http.get("models", params={"name": name, "limit": 2, "cursor": page["next"]}).json()
    assert [each["version"] for each in (*page["value"], *rest["value"])] == [3, 2, 1]


def test_what_is_said_of_a_version_changes(api: Api, run_id: str, name: str) -> None:
    register(api, name, run_id=run_id, path="outputs", tags={"stage": "test", "old": "1"}, properties={"commit": "a"})
    change = {"description": "better", "tags": {"stage": "prod"}, "remove_tags": ["old"], "properties": {"n": "1"},
              "resources": {"cpu": 0.5}, "datasets": [{"scenario": "training", "dataset_id": "abc"}]}
    changed = [api.http.patch(f"models/{name}", params={"version": 1}, json=change).json() for _ in range(2)]
    assert changed[0] == changed[1] == api.http.get(f"models/{name}").json()
    assert {field: changed[0][field] for field in ("description", "tags", "properties", "datasets")} == {
        "description": "better", "tags": {"stage": "prod"}, "properties": {"commit": "a", "n": "1"},
        "datasets": [{"scenario": "training", "dataset_id": "abc"}]}
    refused(api.http.patch(f"models/{name}?version=1", json={"properties": {"n": "2"}}), 409, "never change")
    refused(api.http.patch(f"models/{name}?version=7", json={}), 404, "Version 7")
    refused(api.http.patch(f"models/{name}", json={}), 400, "?version=1")


def test_a_deleted_version_is_never_made_again(api: Api, run_id: str, name: str) -> None:
    for _ in range(2):
        register(api, name, run_id=run_id, path="outputs/net")
    for _ in range(2):
        assert api.http.delete(f"models/{name}", params={"version": 2}).status_code == 200
    assert api.http.get(f"models/{name}").json()["version"] == 1
    refused(api.http.get(f"models/{name}?version=2"), 404, "was deleted")
    refused(api.http.get(f"models/{name}/files?version=2"), 404, "was deleted")
    refused(api.http.delete(f"models/{name}"), 400, "?version=1")
    assert register(api, name, run_id=run_id, path="outputs/net").json()["version"] == 3
    assert downloaded(api, name, version=1) == NET
    until(lambda: [each["version"] for each in api.http.get("models", params={"name": name}).json()["value"]] == [3, 1])
