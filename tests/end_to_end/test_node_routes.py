"""What a script in a run may do by its run token, and what it may not."""

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import httpx
import jwt
import pytest

from local.system import System
from shared.application.tokens import ALGORITHM, Tokens
from shared.contract.routes import NODE, ROUTES, Route
from tests.end_to_end.api import Api, until
from tests.end_to_end.machine import Machine
from tests.end_to_end.problem import refused

OF_NODES = [route for route in ROUTES.values() if route.path.startswith(NODE)]
OF_A_RUN = [route for route in OF_NODES if "{run_id}" in route.path]
LOOP = "import time\nwhile True: time.sleep(.1)"
SCRIPT = """
import json, os, stat, urllib.request
path = os.environ["RUNSPOOR_ACCESS_FILE"]
print("mode", oct(stat.S_IMODE(os.stat(path).st_mode)))
access = json.load(open(path))
assert access["token"] not in "".join(os.environ.values())

def ask(method, path, body=None):
    request = urllib.request.Request(access["url"] + "/" + path, method=method,
                                     data=None if body is None else json.dumps(body).encode(),
                                     headers={"Authorization": "Bearer " + access["token"]})
    return json.load(urllib.request.urlopen(request))

run = "runs/" + os.environ["RUNSPOOR_RUN_ID"]
print("run", ask("GET", run)["run_id"])
ask("POST", run + "/tags", {"tags": {"from": "the script"}})
ask("PATCH", run, {"display_name": "named by itself"})
ask("POST", run + "/metrics", {"metrics": [{"name": "loss", "values": [1, 2]}]})
url = ask("POST", run + "/uploads", {"names": ["outputs/early.txt"]})["urls"]["outputs/early.txt"]
urllib.request.urlopen(urllib.request.Request(url, b"abcd", {"x-ms-blob-type": "BlockBlob"}, method="PUT"))
print("files", [file["name"] for file in ask("GET", run + "/files?prefix=outputs/")["value"]])
print("experiment", ask("GET", "experiments/tests")["name"])
open("outputs/late.txt", "w").write("ef")
print({name: value for name, value in os.environ.items() if name.startswith("AZUREML_")})
"""


@pytest.fixture(scope="module")
def running(api: Api, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A local run whose script runs until the tests are over."""
    run_id = api.submit(LOOP, compute_target="local", grace_seconds=0)
    machine = Machine(api, tmp_path_factory.mktemp("machine") / "home", run_id).fetch()
    time.sleep(1)  # Tokens are dated to the second: a later one is another one only then.
    machine.start()
    api.wait(run_id, "Running")
    yield machine
    api.http.post(f"runs/{run_id}/cancel")
    machine.stop()


@pytest.fixture(scope="module")
def another(api: Api) -> str:
    run_id = api.submit("print(1)")
    api.wait(run_id)
    return run_id


@pytest.fixture
def node(system: System, running: Machine) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{system.url}/node/", headers=running.shown(), timeout=30) as client:
        yield client


def address(route: Route, run_id: str) -> str:
    return re.sub(r"\{\*?\w+\}", "something", route.path.removeprefix(NODE).replace("{run_id}", run_id))


def test_a_script_reaches_its_own_run(api: Api, tmp_path: Path) -> None:
    for target in ("cpu", "local"):
        run_id = api.submit(SCRIPT, compute_target=target, compatibility="azureml-v1")
        if target == "local":
            assert Machine(api, tmp_path / "home", run_id).fetch().start().wait() == 0
        run = api.wait(run_id)
        log = api.http.get(f"runs/{run_id}/logs/user_logs/std_log.txt").text
        assert run["status"] == "Completed", (run, log)
        assert (run["display_name"], run["tags"]) == ("named by itself", {"from": "the script"})
        assert run["left"] == {"files": 2, "bytes": 6}
        assert api.http.get(f"runs/{run_id}/metrics/loss").json()["values"] == [1, 2]
        for said in ("mode 0o600", f"run {run_id}", "files ['outputs/early.txt']", "experiment tests",
                     f"'AZUREML_RUN_ID': '{run_id}'", "'AZUREML_ARM_PROJECT_NAME': 'tests'"):
            assert said in log
        (tagged,) = [event for event in api.events(run_id) if event["type"] == "run.tagged"]
        assert (tagged["actor"], tagged["caused_by"]) == ("node", "http:node_tag_run")


def test_all_it_may_read(node: httpx.Client, running: Machine) -> None:
    for route in OF_NODES:
        if route.method == "GET":
            answer = node.get(address(route, running.run_id))
            assert answer.status_code in (200, 404), (route.name, answer.text)
    assert node.get(f"runs/{running.run_id}").json()["status"] == "Running"
    refused(node.get("experiments/nobody"), 404, "no experiment")
    refused(node.post(f"runs/{running.run_id}/tags", json={"tags": {}}), 400)


@pytest.mark.parametrize("route", OF_A_RUN, ids=lambda route: route.name)
def test_another_run_is_closed(node: httpx.Client, another: str, route: Route) -> None:
    for other in (another, "nobody", "A%20B", "%C3%BC"):
        refused(node.request(route.method, address(route, other), content=b"{}"), 403, "another run")


def test_children_of_its_own(api: Api, node: httpx.Client, running: Machine, another: str) -> None:
    for parent in (None, another):
        refused(node.post("runs", json={"experiment": "tests", "parent": parent}), 403, "children of its own run")
    child = node.post("runs", json={"experiment": "tests", "parent": running.run_id}).json()["run_id"]
    inner = api.http.post("runs", json={"experiment": "tests", "parent": child}).json()["run_id"]
    for run_id in (child, inner):
        metrics = {"metrics": [{"name": "loss", "values": [1]}]}
        assert node.post(f"runs/{run_id}/metrics", json=metrics).status_code == 201
        assert node.post(f"runs/{run_id}/end", json={"outcome": "succeeded"}).status_code == 202
        assert api.wait(run_id)["status"] == "Completed"
    until(lambda: [run["run_id"] for run in node.get(f"runs/{running.run_id}/children").json()["value"]] == [child])
    refused(node.post(f"runs/{running.run_id}/end", json={"outcome": "succeeded"}), 409, "when its script does")


def test_a_model_of_another_run(node: httpx.Client, another: str) -> None:
    body = {"name": "stolen", "run_id": another, "path": "outputs/a"}
    refused(node.post("models", json=body), 403, "its own run")
    sent = {"name": "stolen", "files": [{"path": "a", "sha256": "0" * 64, "size": 1}]}
    refused(node.post("models", json=sent), 403, "its own run")


@pytest.mark.parametrize("route", OF_NODES, ids=lambda route: route.name)
def test_without_a_good_token(system: System, running: Machine, route: Route) -> None:
    claims = {"sub": running.run_id, "attempt": 1, "exp": datetime.now(UTC) - timedelta(seconds=1)}
    expired = jwt.encode(claims, system.state.token_key, algorithm=ALGORITHM)
    for headers in ({}, {"Authorization": f"Bearer {expired}"}, {"Authorization": "Bearer x"},
                    {"x-functions-key": system.state.key}):
        answer = httpx.request(route.method, f"{system.url}/node/{address(route, running.run_id)}", headers=headers)
        refused(answer, 401, "token")


def test_other_routes_are_not_there(node: httpx.Client, running: Machine) -> None:
    for method, path in (("POST", "sweeps"), ("GET", "runs"), ("POST", f"runs/{running.run_id}/cancel"),
                         ("POST", "compute-targets"), ("DELETE", "models/x")):
        assert node.request(method, path, content=b"{}").status_code in (404, 405)


def test_an_attempt_that_does_not_count(system: System, api: Api, tmp_path: Path) -> None:
    run_id = api.submit(LOOP, compute_target="local", grace_seconds=0)
    machine = Machine(api, tmp_path / "home", run_id).fetch()

    def ask(token: str) -> httpx.Response:
        return httpx.get(f"{system.url}/node/runs/{run_id}", headers={"Authorization": f"Bearer {token}"})

    assert ask(str(machine.task["token"])).status_code == 200
    refused(ask(Tokens(system.state.token_key).issue(run_id, 2, datetime.now(UTC))), 403, "does not count")
    refused(httpx.get(f"{system.url}/node/experiments", headers={
        "Authorization": f"Bearer {Tokens(system.state.token_key).issue('nobody', 1, datetime.now(UTC))}"}), 403)
    api.http.post(f"runs/{run_id}/cancel")
    api.wait(run_id)
    refused(ask(str(machine.task["token"])), 403, "does not count")


def test_the_access_file_is_renewed(running: Machine, system: System) -> None:
    access = running.home / "access.json"
    until(access.exists)
    shown = cast("dict[str, str]", json.loads(access.read_text()))
    assert shown["url"] == f"{system.url}/node"
    assert shown["token"] != running.task["token"]
