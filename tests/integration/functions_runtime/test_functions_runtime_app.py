"""The app itself under the real azure-functions-runtime, over the services it is made for."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest
from azure.cosmos import CosmosClient
from azure.storage.queue import QueueClient, TextBase64DecodePolicy

import function_app
from local.cosmos.auth import EMULATOR_KEY
from local.state import open_state
from local.system import BATCH_KEY, IDENTITY, System
from shared import VERSION
from shared.contract.routes import ROUTES
from shared.settings import DATABASE, REACTIONS_QUEUE
from tests import functions
from tests.end_to_end.api import until
from tests.integration.functions_runtime.runtime import FunctionsRuntime, HttpAnswer

APP = Path(function_app.__file__).resolve().parents[1]
NAMES = sorted(functions.names())
WITHOUT_NETWORK = """
import sys
def refuse(event, arguments):
    if event.startswith("socket."):
        raise AssertionError(event)
sys.addaudithook(refuse)
import function_app
print(len(function_app.app.get_functions()))
"""


def call(runtime: FunctionsRuntime, route: str, body: object = None, query: dict[str, str] | None = None,
         headers: dict[str, str] | None = None, **parts: str) -> HttpAnswer:
    """Call the function of a route of the contract."""
    sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    path = ROUTES[route].path
    return runtime.http(route, ROUTES[route].method, f"http://localhost/api/{path}", route=parts, query=query,
                        headers=headers, body=sent)


def answered(answer: HttpAnswer, status: int) -> dict[str, object]:
    content = answer.json()
    assert answer.status == status, content
    assert isinstance(content, dict)
    return content


def test_importing_the_app_touches_no_network() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_NETWORK], cwd=APP, env={"PATH": ""}, capture_output=True,
                          text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, str(len(NAMES))), done.stderr


@pytest.fixture(scope="module")
def alone() -> Iterator[FunctionsRuntime]:
    """The app without any service: no setting is there."""
    with FunctionsRuntime(APP, {}) as runtime:
        yield runtime


def test_all_functions_are_indexed(alone: FunctionsRuntime) -> None:
    assert alone.functions == NAMES
    assert set(ROUTES) <= set(NAMES)


def test_what_needs_no_service(alone: FunctionsRuntime) -> None:
    assert answered(call(alone, "health"), 200) == {"status": "ok", "version": VERSION}
    assert answered(call(alone, "openapi"), 200)["openapi"] == "3.1.0"


def test_a_missing_setting_is_a_fault_of_ours(alone: FunctionsRuntime) -> None:
    answer = call(alone, "get_run", run_id="some-run")
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert headers["content-type"].split(";")[0] == "application/problem+json"
    problem = answered(answer, 500)
    assert "incident" in str(problem["detail"])
    assert "RunspoorCosmos" not in str(problem)


@dataclass(frozen=True)
class Deployment:
    """The services without a Functions host, and the runtime in its place."""

    system: System
    runtime: FunctionsRuntime

    def commits(self, stream: str) -> list[dict[str, object]]:
        """The stored documents of a stream, as the change feed gives them."""
        client = CosmosClient(self.system.cosmos_url, EMULATOR_KEY)
        events = client.get_database_client(DATABASE).get_container_client("events")
        return list(events.query_items("SELECT * FROM c WHERE c.stream = @s ORDER BY c.version", partition_key=stream,
                                       parameters=[{"name": "@s", "value": stream}]))

    def messages(self) -> list[str]:
        """Take all messages of the queue of reactions."""
        queue = QueueClient.from_connection_string(self.system.storage.connection_string, REACTIONS_QUEUE,
                                                   message_decode_policy=TextBase64DecodePolicy())
        with queue:
            found = list(queue.receive_messages())
            for message in found:
                queue.delete_message(message)
        return [str(message.content) for message in found]

    def pass_on(self, stream: str) -> None:
        """Feed the commits of a stream to both feed functions, and the messages that follow to the queue function."""
        commits = self.commits(stream)
        self.runtime.documents("project_events", "documents", commits)
        self.runtime.documents("call_reactions", "documents", commits)
        messages = self.messages()
        assert json.dumps({"stream": stream}) in [json.dumps(json.loads(text)) for text in messages]
        for text in messages:
            self.runtime.queue("react_to_stream", "message", text)

    def signal(self, run_id: str, attempt: int, name: str, **body: object) -> None:
        at = "2026-11-20T12:00:00Z"
        content = json.dumps({"attempt": attempt, "at": at, **body}).encode()
        self.runtime.blob("signal_arrived", "blob", f"signals/{run_id}/{attempt}/{name}.json", content)

    def run(self, run_id: str) -> dict[str, object]:
        return answered(call(self.runtime, "get_run", run_id=run_id), 200)


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """One in which no node ever comes: the test is the node."""
    with System(open_state(tmp_path_factory.mktemp("system"))) as system:
        system.host.kill()
        assert httpx.put(f"{system.batch_url}/_emulator/pools/cpu/allocation-hold").status_code == 204
        settings = {
            "RunspoorStorage": system.storage.connection_string,
            "RunspoorCosmos": f"AccountEndpoint={system.cosmos_url}/;AccountKey={EMULATOR_KEY}",
            "RUNSPOOR_BATCH_ENDPOINT": system.batch_url, "RUNSPOOR_BATCH_ACCOUNT": "local",
            "RUNSPOOR_BATCH_KEY": BATCH_KEY, "RUNSPOOR_BATCH_IDENTITY": IDENTITY,
            "RUNSPOOR_PUBLIC_URL": system.url, "RUNSPOOR_TOKEN_KEY": system.state.token_key,
            "RUNSPOOR_SECRETS_FILE": str(system.state.root / "secrets.json"),
        }
        with FunctionsRuntime(APP, settings) as runtime:
            yield Deployment(system, runtime)


def test_bad_requests(deployed: Deployment) -> None:
    runtime = deployed.runtime
    assert "Invalid JSON" in str(answered(call(runtime, "submit_run", b"\xff{"), 400)["detail"])
    assert answered(call(runtime, "get_run", run_id="../x"), 404)["title"] == "Not found"
    assert answered(call(runtime, "list_runs", query={"limit": "x"}), 400)["title"] == "Bad request"
    headers = {"Authorization": "Bearer a.b.c"}
    refused = call(runtime, "grant", {}, headers=headers, run_id="nobody", attempt="1")
    assert "token" in str(answered(refused, 401)["detail"])


def test_a_run_from_submission_to_its_end(deployed: Deployment) -> None:
    runtime = deployed.runtime
    target = {"name": "cpu", "vm_size": "standard_d2s_v3"}
    answered(call(runtime, "create_compute_target", target), 201)
    deployed.pass_on("compute-cpu")
    assert answered(call(runtime, "get_compute_target", name="cpu"), 200)["provisioning_state"] == "Succeeded"

    files = {"files": [{"path": "train.py", "content": "print('hello')"}]}
    snapshot = answered(call(runtime, "create_snapshot", files), 201)["snapshot_id"]
    body = {"experiment": "runtime", "snapshot_id": snapshot, "compute_target": "cpu", "script": "train.py"}
    key = {"Idempotency-Key": "once"}
    run_id = str(answered(call(runtime, "submit_run", body, headers=key), 201)["run_id"])
    assert answered(call(runtime, "submit_run", body, headers=key), 200)["run_id"] == run_id

    deployed.pass_on(f"run-{run_id}")
    assert deployed.run(run_id)["status"] == "Queued"
    listed = answered(call(runtime, "list_runs", query={"experiment": "runtime"}), 200)["value"]
    assert isinstance(listed, list)
    assert [run["run_id"] for run in listed] == [run_id]
    runtime.queue("report_poison", "message", json.dumps({"stream": f"run-{run_id}"}))
    assert "run.delay_reported" in str(deployed.commits(f"run-{run_id}"))

    _delete_task(deployed.system, "j-cpu", f"{run_id}-a1")
    runtime.timer("reconcile_runs", "timer")
    assert (deployed.run(run_id)["attempt"], deployed.run(run_id)["status"]) == (2, "Queued")

    deployed.signal(run_id, 2, "started", node="tvm-1", python="3.11")
    deployed.signal(run_id, 1, "running", pid=1)
    assert (deployed.run(run_id)["status"], deployed.run(run_id)["node"]) == ("Starting", "tvm-1")
    deployed.signal(run_id, 2, "running", pid=1)
    chunk = {"run": run_id, "attempt": 2, "seq": 0, "tags": [{"name": "epochs", "value": 3}],
             "series": [{"name": "loss", "kind": "scalar", "values": [1.0, 0.5], "steps": None, "at": [1.0, 2.0]}]}
    runtime.blob("metrics_arrived", "blob", f"metrics/{run_id}/2/00000000.json", json.dumps(chunk).encode())
    end = {"outcome": "succeeded", "exit_code": 0, "signal": None, "reason": None, "last_lines": ["hello"],
           "outputs": {"files": 0, "bytes": 0, "failed": []}, "metrics": {"chunks": 1}}
    for _ in range(2):  # a blob may be announced twice
        deployed.signal(run_id, 2, "completed", **end)

    run = deployed.run(run_id)
    assert (run["status"], run["tags"], run["last_lines"]) == ("Completed", {"epochs": "3"}, ["hello"])
    assert answered(call(runtime, "get_metric", run_id=run_id, name="loss"), 200)["values"] == [1.0, 0.5]
    assert answered(call(runtime, "why", run_id=run_id), 200)["waiting_for"] == "nothing"


def _delete_task(system: System, job: str, task: str) -> None:
    """Delete a task behind the app's back, and wait until it is gone."""
    client = BatchClient(system.batch_url, AzureNamedKeyCredential("local", BATCH_KEY))

    def gone() -> bool:
        request = HttpRequest("DELETE", f"/jobs/{job}/tasks/{task}?api-version=2025-06-01")
        try:
            client.send_request(request).raise_for_status()
        except HttpResponseError as error:
            return error.status_code == 404
        return False

    until(gone)
