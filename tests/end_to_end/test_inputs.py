"""Datasets and inputs through the public surface, down to what the script finds on its node."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import quote

import httpx
import pytest
from azure.storage.blob import BlobServiceClient

from local.system import System
from shared.application.tokens import Tokens
from tests.end_to_end.api import Api, until
from tests.end_to_end.problem import refused
from tests.integration.runner.flaky_site import Site, serving

Json = dict[str, object]
SHOW = """
import json, os, sys
def content(path):
    if os.path.isfile(path):
        return open(path).read()
    return {os.path.relpath(os.path.join(folder, name), path): open(os.path.join(folder, name)).read()
            for folder, _, names in os.walk(path) for name in names}
json.dump([content(path) if os.path.exists(path) else path for path in sys.argv[1:]], open("outputs/seen.json", "w"))
"""
DIGITS = {"input": "digits"}
FILES = {"train-images.gz": "images", "train-labels.gz": "labels"}
UNKNOWN = "0a1b2c3d-4e5f-6a7b-8c9d-0e1f2a3b4c5d"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serving() as site:
        site.files = {f"/mnist/{name}": content.encode() for name, content in FILES.items()}
        yield site


@pytest.fixture(scope="module")
def stored(system: System) -> dict[str, str]:
    """What the datastore has."""
    files = {"digits/a.csv": "1,2", "digits/more/b.csv": "3,4", "one.csv": "5,6"}
    with BlobServiceClient.from_connection_string(system.storage.connection_string) as service:
        for name, content in files.items():
            service.get_blob_client("data", name).upload_blob(content, overwrite=True)
    return files


def sources(site: Site) -> list[Json]:
    return [{"url": f"{site.url}/mnist/{name}"} for name in FILES]


def dataset(api: Api, body: Mapping[str, object], status: int = 201) -> Json:
    answer = api.http.post("datasets", json=body)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


def seen(api: Api, inputs: Mapping[str, object], *arguments: object, compatibility: str | None = None) -> list[object]:
    """What the script of a run with these inputs found at its arguments."""
    run_id = api.submit(SHOW, inputs=inputs, arguments=list(arguments or [DIGITS]), compatibility=compatibility)
    ended = api.wait(run_id)
    assert ended["status"] == "Completed", ended
    link = api.http.get(f"runs/{run_id}/files/outputs/seen.json").json()["url"]
    return list(json.loads(api.http.get(link, headers={"x-functions-key": ""}).content))


def test_a_dataset_of_web_files(api: Api, site: Site) -> None:
    site.troubles[f"/mnist/{min(FILES)}"] = ["429", "short"]
    made = dataset(api, {"kind": "file", "sources": sources(site)})
    assert (made["name"], made["version"]) == (None, None)
    assert dataset(api, {"kind": "file", "sources": sources(site)}, 200) == made
    wanted = {"dataset": made["id"], "mode": "mount"}
    assert seen(api, {"digits": wanted, "id": {**wanted, "mode": "direct"}}, DIGITS, {"input": "id"}) == [
        FILES, made["id"]]


def test_a_datastore_path_and_v1_names(api: Api, stored: dict[str, str]) -> None:
    path = {"datastore": "workspaceblobstore", "path": "digits"}
    inputs = {"digits": {"path": path, "path_on_compute": "data"},
              "one": {"path": {**path, "path": "one.csv"}, "mode": "download"}}
    found = seen(api, inputs, "data", "$AZUREML_DATAREFERENCE_digits/a.csv", {"input": "one"},
                 compatibility="azureml-v1")
    assert found == [{"a.csv": "1,2", "more/b.csv": "3,4"}, "1,2", "5,6"]


def test_a_dataset_of_a_datastore_registered_and_listed(api: Api, stored: dict[str, str]) -> None:
    first = {"name": "digits-e2e", "kind": "file", "sources": [{"datastore": "workspaceblobstore", "path": "digits"}],
             "description": "Ziffern", "tags": {"team": "vision"}}
    second = {**first, "sources": [{"datastore": "workspaceblobstore", "path": "one.csv"}]}
    made = dataset(api, first)
    assert dataset(api, first, 200) == made
    refused(api.http.post("datasets", json=second), 409, "create_new_version")
    newer = dataset(api, {**second, "create_new_version": True})
    assert (made["version"], newer["version"]) == (1, 2)
    assert made["id"] != newer["id"]
    assert api.http.get("datasets/digits-e2e").json() == newer
    assert api.http.get("datasets/digits-e2e", params={"version": 1}).json() == made
    assert api.http.get(f"dataset-ids/{made['id']}").json() == made
    listed = api.http.get("datasets", params={"limit": 100})
    until(lambda: newer in api.http.get("datasets", params={"limit": 100}).json()["value"], what=lambda: listed.text)
    described = api.http.patch("datasets/digits-e2e", params={"version": 1}, json={"tags": {"team": "audio"}})
    assert described.json() == {**made, "tags": {"team": "audio"}}
    assert api.http.get("datasets/digits-e2e").json() == newer
    files = api.http.get(f"dataset-ids/{made['id']}/files").json()
    assert [(file["path"], file["size"]) for file in files["value"]] == [("a.csv", 3), ("more/b.csv", 3)]
    assert seen(api, {"digits": {"dataset": newer["id"]}}) == ["5,6"]


def test_a_table_is_handed_over_by_its_id(api: Api, site: Site) -> None:
    table = dataset(api, {"kind": "tabular", "sources": sources(site),
                          "reading": {"format": "delimited", "separator": ";"}})
    assert seen(api, {"digits": {"dataset": table["id"], "mode": "direct"}}) == [table["id"]]
    refused(_submitted(api, {"dataset": table["id"], "mode": "mount"}), 400, "tabular")


def _submitted(api: Api, wanted: Json) -> httpx.Response:
    body = {"experiment": "tests", "snapshot_id": api.snapshot({"train.py": ""}), "compute_target": "cpu",
            "script": "train.py", "inputs": {"digits": wanted}}
    return api.http.post("runs", json=body)


@pytest.mark.parametrize(("wanted", "said"), [
    ({"dataset": UNKNOWN}, "There is no dataset with the id"), ({"dataset": "digits"}, "There is no dataset with"),
    ({"path": {"datastore": "other"}}, "There is no datastore 'other'"),
    ({"path": {"datastore": "workspaceblobstore", "path": "../x"}}, "not a usable path"),
    ({"path": {"datastore": "workspaceblobstore"}, "path_on_compute": "../x"}, "not a usable path"),
])
def test_what_cannot_be_is_refused_at_once(api: Api, wanted: Json, said: str) -> None:
    refused(_submitted(api, wanted), 400, said)


@pytest.mark.parametrize(("source", "said"), [
    ({"url": "https://a.example/b?sv=1&sig=abc"}, "carries a secret"), ({"url": "data.csv"}, "not a web address"),
    ({"datastore": "other"}, "no datastore"), ({"url": "https://a.example", "path": "x"}, "'path' goes with"),
    ({}, "give either"),
])
def test_sources_that_cannot_be(api: Api, source: Json, said: str) -> None:
    answer = api.http.post("datasets", json={"kind": "file", "sources": [source]})
    refused(answer, 400, said)
    assert "abc" not in answer.text


@pytest.mark.parametrize(("address", "status"), [
    ("datasets/none", 404), ("datasets/digits-e2e?version=99", 404), ("datasets/digits-e2e?version=0", 400),
    (f"dataset-ids/{UNKNOWN}", 404), ("dataset-ids/x", 404), (f"dataset-ids/{UNKNOWN}/files", 404),
])
def test_what_is_not_there(api: Api, address: str, status: int) -> None:
    refused(api.http.get(address), status)


def test_a_missing_file_fails_the_run_in_words(api: Api, site: Site) -> None:
    made = dataset(api, {"kind": "file", "sources": [{"url": f"{site.url}/gone.gz?part=7"}]})
    ended = api.wait(api.submit(SHOW, inputs={"digits": {"dataset": made["id"], "mode": "download"}},
                              arguments=[DIGITS]))
    assert ended["status"] == "Failed"
    assert ended["reason"] == {"code": "InputNotAvailable", "message": (
        f"Input 'digits' cannot be had: {site.url}/gone.gz: the server answered HTTP 404 Not Found.")}


def test_a_path_that_is_not_there_fails_the_run_in_words(api: Api) -> None:
    path = {"datastore": "workspaceblobstore", "path": "nothing/here"}
    ended = api.wait(api.submit(SHOW, inputs={"digits": {"path": path}}, arguments=[DIGITS]))
    assert isinstance(ended["reason"], dict)
    assert ended["reason"]["code"] == "InputNotAvailable"
    assert "has nothing at 'nothing/here'" in ended["reason"]["message"]


def test_only_the_node_of_the_attempt_sees_its_inputs(api: Api, system: System, stored: dict[str, str]) -> None:
    path = {"datastore": "workspaceblobstore", "path": "digits"}
    run_id = api.submit("import time; time.sleep(60)", inputs={"digits": {"path": path}})
    api.wait(run_id, "Running")
    tokens = Tokens(system.state.token_key)

    def asked(run: str = run_id, attempt: int = 1, name: str = "digits", query: str = "") -> httpx.Response:
        shown = {"Authorization": f"Bearer {tokens.issue(run, attempt, datetime.now(UTC))}"}
        return api.http.get(f"runs/{run_id}/attempts/1/inputs/{name}{query}", headers=shown)

    page = asked(query="?limit=1").json()
    assert [file["path"] for file in page["value"]] == ["a.csv"]
    following = asked(query=f"?limit=1&cursor={quote(page['next'])}").json()
    assert [file["path"] for file in following["value"]] == ["more/b.csv"]
    refused(api.http.get(f"runs/{run_id}/attempts/1/inputs/digits"), 401)
    refused(asked(run="another"), 403)
    refused(asked(attempt=2), 403)
    refused(asked(name="other"), 404, "The run has no input 'other'")
    refused(asked(query="?cursor=x"), 400, "'cursor'")
    api.http.post(f"runs/{run_id}/cancel", json={})
    api.wait(run_id)
    refused(asked(), 403)
