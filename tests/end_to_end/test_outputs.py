"""What runs write to datastores, from the request to the dataset that others read."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.storage.blob import BlobServiceClient

from local.azurite import ACCOUNT_NAME
from local.system import System
from tests.end_to_end.api import Api, until
from tests.end_to_end.machine import Machine
from tests.end_to_end.problem import refused

STORE = "workspaceblobstore"
WRITE = """
import os, pathlib, sys
for folder in map(pathlib.Path, sys.argv[2:]):
    (folder / "deep").mkdir(parents=True, exist_ok=True)
    (folder / "net.pkl").write_text("net")
    (folder / "deep/plot.png").write_text("plot " + folder.name)
sys.exit(int(sys.argv[1]))
"""
RENAME = """
import os, pathlib, sys, time
checkpoint = pathlib.Path(sys.argv[1], "checkpoint")
checkpoint.write_text("net")
while not os.path.exists("go_on"):
    time.sleep(0.05)
checkpoint.rename(checkpoint.with_name("final"))
"""
MODEL, PLOTS = {"output": "model"}, {"output": "plots"}
LOOP = "import time\nwhile True: time.sleep(.1)"
BLOCK = {"x-ms-blob-type": "BlockBlob"}


def place(path: str) -> dict[str, str]:
    return {"datastore": STORE, "path": path}


def outputs(run: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in run["outputs"]}


def files(api: Api, dataset: str) -> dict[str, str]:
    """The files of a dataset, read by the URLs it gives, and still as they were pinned."""
    answer = api.http.get(f"dataset-ids/{dataset}/files", params={"check": "true"})
    assert answer.status_code == 200, answer.text
    found = {}
    for file in answer.json()["value"]:
        content = httpx.get(file["url"]).raise_for_status()
        assert content.headers["ETag"] == file["etag"]
        found[file["path"]] = content.text
    return found


def put(system: System, path: str, content: bytes) -> None:
    with BlobServiceClient.from_connection_string(system.storage.connection_string) as service:
        service.get_blob_client("data", path).upload_blob(content, overwrite=True)


@pytest.mark.parametrize("target", ["cpu", "local"])
def test_what_a_run_writes_becomes_a_dataset_of_exactly_that(
    api: Api, system: System, tmp_path: Path, target: str
) -> None:
    """Files of an earlier run that lie below are said, and are none of it."""
    name = f"e2e-nets-{target}"
    put(system, f"nets/{target}/old.pkl", b"of a run before")
    register = {"name": name, "description": "Netze", "tags": {"stage": "test"}}
    run_id = api.submit(WRITE, arguments=["0", MODEL, PLOTS], compute_target=target, outputs={
        "model": {"path": place(f"nets/{target}"), "register_as": register},
        "plots": {"path": place("plots/{run-id}/{output-name}"), "mode": "upload", "globs": ["**/*.png"],
                  "path_on_compute": "./plots"}})
    if target == "local":
        assert Machine(api, tmp_path / "home", run_id).fetch().start().wait() == 0
    run = api.wait(run_id)
    assert run["status"] == "Completed", run
    made = outputs(run)
    assert made["model"] == {
        "name": "model", "datastore": STORE, "path": f"nets/{target}", "mode": "mount", "files": 2, "bytes": 13,
        "complete": True, "others": 1, "registered_as": name, "version": 1, "dataset": made["model"]["dataset"]}
    assert files(api, made["model"]["dataset"]) == {"net.pkl": "net", "deep/plot.png": "plot model"}
    found = api.http.get(f"datasets/{name}").json()
    assert (found["id"], found["description"], found["tags"]) == (
        made["model"]["dataset"], "Netze", {"stage": "test"})
    assert (made["plots"]["path"], made["plots"]["complete"]) == (f"plots/{run_id}/plots", True)
    assert files(api, made["plots"]["dataset"]) == {"deep/plot.png": "plot plots"}
    assert api.types(run_id)[-3:] == ["run.output_stored", "run.output_stored", "run.ended"]
    read = api.submit("import os, sys; print(sorted(os.listdir(sys.argv[1])))", arguments=[{"input": "nets"}],
                      inputs={"nets": {"dataset": made["model"]["dataset"], "mode": "download"}})
    ended = api.wait(read)
    assert (ended["inputs"], ended["last_lines"]) == (
        [{"name": "nets", "dataset": made["model"]["dataset"], "path": None, "mode": "download"}],
        ["['deep', 'net.pkl']"])


def test_what_a_failed_run_wrote_is_kept_and_marked(api: Api) -> None:
    register = {"register_as": {"name": "e2e-never"}}
    run_id = api.submit(WRITE, arguments=["3", MODEL, PLOTS], outputs={
        "model": register, "plots": {"mode": "upload", **register}})
    run = api.wait(run_id)
    model, plots = outputs(run)["model"], outputs(run)["plots"]
    assert (run["status"], model["complete"], model["registered_as"]) == ("Failed", False, None)
    assert files(api, model["dataset"]) == {"net.pkl": "net", "deep/plot.png": "plot model"}
    assert (plots["dataset"], plots["files"], plots["complete"]) == (None, 0, False)
    refused(api.http.get("datasets/e2e-never"), 404, "no dataset")


def test_what_is_there_is_overwritten_only_when_asked(api: Api, system: System) -> None:
    put(system, "taken/net.pkl", b"of somebody else")
    output = {"path": place("taken"), "mode": "upload"}
    run = api.wait(api.submit(WRITE, arguments=["0", MODEL], outputs={"model": output}))
    reason = dict(run["reason"])  # type: ignore[call-overload]
    assert (run["status"], reason["code"]) == ("Failed", "OutputExists"), run
    assert "'net.pkl' is in the datastore already" in reason["message"]
    run = api.wait(api.submit(WRITE, arguments=["0", MODEL], outputs={"model": {**output, "overwrite": True}}))
    assert files(api, outputs(run)["model"]["dataset"]) == {"net.pkl": "net", "deep/plot.png": "plot model"}


@pytest.mark.parametrize("kind", ["share", "gen2"])
def test_other_kinds_of_datastores(api: Api, kind: str) -> None:
    """Into one account under two names: what the second run finds there it may overwrite only when asked."""
    for name in (f"{kind}_one", f"{kind}_two"):
        body = {"name": name, "kind": kind, "account": ACCOUNT_NAME, "container": f"e2e-{kind}",
                "create_if_not_exists": True}
        assert api.http.post("datastores", json=body).status_code in (200, 201)
    output = {"path": {"datastore": f"{kind}_one", "path": "of/runs"}, "mode": "mount"}
    first = api.submit(WRITE, arguments=["0", MODEL], outputs={"model": output})
    made = outputs(api.wait(first))["model"]
    assert (made["files"], made["complete"]) == (2, True)
    assert files(api, made["dataset"]) == {"net.pkl": "net", "deep/plot.png": "plot model"}
    output = {"path": {"datastore": f"{kind}_two", "path": "of/runs"}, "mode": "upload"}
    run = api.wait(api.submit(WRITE, arguments=["0", MODEL], outputs={"model": output}))
    assert dict(run["reason"])["code"] == "OutputExists", run  # type: ignore[call-overload]
    assert files(api, made["dataset"]) == {"net.pkl": "net", "deep/plot.png": "plot model"}
    body = {"experiment": "tests", "snapshot_id": api.snapshot({"train.py": LOOP}), "compute_target": "cpu",
            "script": "train.py", "outputs": {"model": {**output, "prepared": False, "path_on_compute": "x"}}}
    if kind == "gen2":
        refused(api.http.post("runs", json=body), 400, "write it as an output with a destination")


@pytest.mark.parametrize("kind", ["blob", "share", "gen2"])
def test_what_a_script_renames_is_renamed_in_its_datastore(api: Api, tmp_path: Path, kind: str) -> None:
    store = {"name": f"{kind}_mirrored", "kind": kind, "account": ACCOUNT_NAME, "container": f"e2e-mirrored-{kind}",
             "create_if_not_exists": True}
    assert api.http.post("datastores", json=store).status_code in (200, 201)

    def stored() -> list[str]:
        page = api.http.get(f"datastores/{kind}_mirrored/files", params={"prefix": "of/runs/"}).json()
        return [file["path"] for file in page["value"]]

    run_id = api.submit(RENAME, arguments=[MODEL], compute_target="local", outputs={
        "model": {"path": {"datastore": f"{kind}_mirrored", "path": "of/runs"}}})
    machine = Machine(api, tmp_path / "home", run_id).fetch().start(RUNSPOOR_OUTPUT_SETTLED_SECONDS="0.3")
    until(lambda: stored() == ["of/runs/checkpoint"])
    (machine.home / "snapshot/go_on").touch()
    assert machine.wait() == 0
    made = outputs(api.wait(run_id))["model"]
    assert (made["complete"], files(api, made["dataset"]), made["others"]) == (True, {"final": "net"}, 0)
    assert stored() == ["of/runs/final"]


def test_of_two_runs_and_one_destination_one_is_refused(api: Api) -> None:
    snapshot = api.snapshot({"train.py": LOOP})

    def submit(number: int) -> httpx.Response:
        path = "raced" if number % 2 else "raced/deeper"
        return api.http.post("runs", json={
            "experiment": "tests", "snapshot_id": snapshot, "compute_target": "local", "script": "train.py",
            "run_id": f"raced-{number}", "outputs": {"model": {"path": place(path)}}})

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(submit, range(6)))
    (winner,) = [answer.json()["run_id"] for answer in answers if answer.status_code == 201]
    for answer in answers:
        if answer.status_code != 201:
            refused(answer, 409, f"Run '{winner}' writes to")
    assert api.http.post(f"runs/{winner}/cancel").status_code == 202
    free = submit(7)
    assert free.status_code == 201, free.text
    api.http.post("runs/raced-7/cancel")


@pytest.mark.parametrize(("settings", "said"), [
    ({"outputs": {"model": {"path": {"datastore": "other", "path": "x"}}}}, "There is no datastore 'other'"),
    ({"outputs": {"model": {"path": place("../x")}}}, "not a usable path"),
    ({"inputs": {"x": {"path": place("x"), "mode": "mount"}}}, "does not work by mount on the caller's own machine"),
    ({"outputs": {"a": {"path": place("x")}, "b": {"path": place("x/y")}}}, "go to one place"),
])
def test_what_cannot_be_is_refused_at_submit(api: Api, settings: dict[str, Any], said: str) -> None:
    body = {"experiment": "tests", "snapshot_id": api.snapshot({"train.py": LOOP}), "compute_target": "local",
            "script": "train.py", "run_id": "never-submitted", **settings}
    refused(api.http.post("runs", json=body), 400, said)
    assert api.http.get("runs/never-submitted").status_code == 404


@pytest.fixture(scope="module")
def running(api: Api, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A local run with two outputs, whose script runs until the tests are over."""
    run_id = api.submit(LOOP, compute_target="local", grace_seconds=0, outputs={
        "model": {"path": place("fenced/model")}, "plots": {"path": place("fenced/plots"), "mode": "upload"}})
    machine = Machine(api, tmp_path_factory.mktemp("machine") / "home", run_id).fetch().start()
    api.wait(run_id, "Running")
    yield machine
    api.http.post(f"runs/{run_id}/cancel")
    machine.stop()


@pytest.fixture
def node(system: System, running: Machine) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{system.url}/", headers=running.shown(), timeout=30) as client:
        yield client


def test_a_node_may_write_below_its_own_output_only(node: httpx.Client, running: Machine, api: Api) -> None:
    route = f"runs/{running.run_id}/attempts/1/outputs"
    for path in ("../plots/x", "/etc/passwd", "a/../../plots/x", "..", "a\\b", "%2e%2e/x/.."):
        refused(node.post(f"{route}/model", json={"paths": [path]}), 400, "not a usable path")
    refused(node.post(f"{route}/other", json={"paths": ["x"]}), 404, "no output 'other'")
    refused(node.post(f"runs/{running.run_id}/attempts/2/outputs/model", json={"paths": ["x"]}), 403, "another run")
    refused(node.post("runs/another/attempts/1/outputs/model", json={"paths": ["x"]}), 403, "another run")
    assert api.http.post(f"{route}/model", json={"paths": ["x"]}).status_code == 401


def test_storage_itself_keeps_a_url_to_its_file(node: httpx.Client, running: Machine) -> None:
    answer = node.post(f"runs/{running.run_id}/attempts/1/outputs/model", json={"paths": ["a.bin", "deep/b.bin"]})
    assert answer.status_code == 200, answer.text
    url = answer.json()["urls"]["a.bin"]
    assert httpx.put(url, content=b"mine", headers=BLOCK).status_code == 201
    assert httpx.get(url).content == b"mine"
    for other in ("fenced/model/other.bin", "fenced/plots/a.bin", "fenced/model/a.bin/x", "elsewhere"):
        moved = url.replace("/fenced/model/a.bin", f"/{other}")
        assert moved != url
        assert httpx.put(moved, content=b"not mine", headers=BLOCK).status_code == 403
        assert httpx.get(moved).status_code == 403
    moved = url.replace("/data/", "/runs/")
    assert httpx.put(moved, content=b"not mine", headers=BLOCK).status_code == 403
    assert httpx.delete(url.replace("/fenced/model/a.bin", "/fenced/model/b.bin")).status_code == 403
    assert httpx.delete(url).status_code == 202
    answer = node.post(f"runs/{running.run_id}/attempts/1/outputs/plots", json={"paths": ["p"]})
    [uploaded] = answer.json()["urls"].values()
    assert httpx.put(uploaded, content=b"mine", headers=BLOCK).status_code == 201
    assert httpx.delete(uploaded).status_code == 403, "of an output that is uploaded nothing is ever deleted"
