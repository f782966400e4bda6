"""A whole system whose host talks to Cosmos, Batch and the queue through an interceptor, and what tests do to it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest
from azure.cosmos import CosmosClient
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueClient, TextBase64EncodePolicy

from local.cosmos.auth import EMULATOR_KEY
from local.state import open_state
from local.system import BATCH_KEY, System
from shared.domain.ids import job_id
from shared.settings import DATABASE, REACTIONS_QUEUE
from tests.end_to_end.api import Api, until
from tests.end_to_end.interceptor import Interceptor

SETTINGS = {"RUNSPOOR_QUEUE_LEASE_SECONDS": "1", "RUNSPOOR_REPORT_PATIENCE_SECONDS": "1"}
"""A message whose host was killed comes back after a second; a silent end counts after a second."""
SCRIPT = """
import runspoor
print("hello")
runspoor.log_list("loss", [1.0, 0.5, 0.25])
runspoor.tag("stage", "done")
open("outputs/model.txt", "w").write("weights")
"""
LOSS = [1.0, 0.5, 0.25]


class Intercepted:
    """The system, the proxy in front of its services, and a caller."""

    def __init__(self, system: System, proxy: Interceptor) -> None:
        self.system, self.proxy = system, proxy
        self.api = Api(system.url, system.state.key)
        self.cosmos = CosmosClient(system.cosmos_url, EMULATOR_KEY)
        self.database = self.cosmos.get_database_client(DATABASE)
        storage = system.storage.connection_string
        self.blobs = BlobServiceClient.from_connection_string(storage)
        self.queue = QueueClient.from_connection_string(
            storage, REACTIONS_QUEUE, message_encode_policy=TextBase64EncodePolicy())
        self.batch = httpx.Client(base_url=system.batch_url, timeout=20)
        self.compute = BatchClient(system.batch_url, AzureNamedKeyCredential("local", BATCH_KEY))

    def create_target(self, name: str, **settings: object) -> str:
        """A compute target of its own."""
        body = {"name": name, "vm_size": "standard_d2s_v3", "max_nodes": 2, **settings}
        answer = self.api.http.post("compute-targets", json=body)
        assert answer.status_code in (200, 201), answer.text
        return name

    def restart_host(self) -> None:
        """kill -9, drop what is held, and start again on the same state."""
        self.system.host.kill()
        self.proxy.clear()
        self.system.start_host()

    def reconcile(self) -> None:
        """Run the timer now."""
        self.start_function("reconcile_runs")

    def reconcile_until(self, condition: Callable[[], bool], seconds: float = 30) -> None:
        """Run the timer until it has brought about what is wanted."""
        def holds() -> bool:
            self.reconcile()
            return condition()

        until(holds, seconds, lambda: "what reconciling should bring about")

    def start_function(self, name: str, given: str = "") -> None:
        """Run a function by hand through the host's administrator's surface."""
        url = f"{self.system.url.removesuffix('/api')}/admin/functions/{name}"
        answer = httpx.post(url, json={"input": given}, headers={"x-functions-key": self.system.state.key}, timeout=60)
        assert answer.status_code == 202, answer.text

    def delete_in_batch(self, path: str) -> None:
        """Delete a pool, job or task behind the system's back, and wait until it is gone."""
        def gone() -> bool:
            try:
                self.compute.send_request(HttpRequest("DELETE", f"{path}?api-version=2025-06-01"))
            except HttpResponseError as error:
                return error.status_code == 404
            return False

        until(gone)

    def token(self, run_id: str, attempt: int) -> str:
        """The run token that a node was given."""
        task = self.blobs.get_blob_client("runs", f"{run_id}/{attempt}/task.json").download_blob().readall()
        return str(json.loads(task)["token"])

    def put_blob(self, container: str, name: str, document: object) -> None:
        """Write a blob as a node does."""
        self.blobs.get_blob_client(container, name).upload_blob(json.dumps(document).encode(), overwrite=True)

    def tasks(self, run_id: str, target: str = "cpu") -> list[str]:
        """The Batch tasks of a run."""
        found = [task.id for task in self.compute.list_tasks(job_id(target))]
        return sorted(id for id in found if id.rpartition("-a")[0] == run_id)

    def node(self, run_id: str) -> str:
        return str(self.api.run(run_id)["node"])

    def fault(self, path: str, **parameters: str) -> None:
        """Make something go wrong in Batch."""
        answer = self.batch.post(f"/_emulator{path}", params=parameters)
        assert answer.status_code == 204, answer.text

    def assert_completed_once(self, run_id: str, attempt: int = 1) -> None:
        """The run has completed, has ended once, and nothing of it is missing or doubled."""
        run = self.api.run(run_id)
        types = self.api.types(run_id)
        assert run["status"] == "Completed", (run, types)
        assert run["attempt"] == attempt
        assert run["tags"] == {"stage": "done"}
        assert [types.count(f"run.{name}") for name in ("ended", "attempt_ended", "tagged")] == [1, 1, 1]
        assert types.count("run.attempt_opened") == attempt
        assert types.count("run.attempt_queued") <= attempt, "a node may say that it has started before that is written"
        assert self.api.http.get(f"runs/{run_id}/metrics/loss").json()["values"] == LOSS
        files = self.api.http.get(f"runs/{run_id}/files", params={"prefix": "outputs/"}).json()["value"]
        assert [file["name"] for file in files] == ["outputs/model.txt"]

    def written(self, run_id: str) -> dict[str, Any]:
        """The one output of a run, as callers see it."""
        (found,) = self.api.http.get(f"runs/{run_id}").json()["outputs"]
        return dict(found)

    def files_written(self, run_id: str) -> dict[str, str]:
        """The files of the dataset of a run's one output, which are still as they were pinned."""
        path = f"dataset-ids/{self.written(run_id)['dataset']}/files"
        answer = self.api.http.get(path, params={"check": "true"})
        assert answer.status_code == 200, answer.text
        return {file["path"]: httpx.get(file["url"], headers={"If-Match": file["etag"]}).raise_for_status().text
                for file in answer.json()["value"]}

    def documents(self, container: str, where: str = "true") -> list[dict[str, object]]:
        """Documents of Cosmos as they are stored, by id."""
        found = self.database.get_container_client(container).query_items(
            f"SELECT * FROM c WHERE {where}", enable_cross_partition_query=True)
        return sorted(found, key=lambda document: str(document["id"]))

    def view(self, run_id: str) -> dict[str, object]:
        """The run as lists show it; ``{"version": None}`` when they do not yet."""
        found = self.documents("views", f"c.kind = 'run' AND c.id = '{run_id}'")
        body = found[0]["body"] if found else {"version": None}
        assert isinstance(body, dict)
        return body

    def listed(self, experiment: str, count: int) -> list[str]:
        """The runs of an experiment, once lists show at least ``count``."""
        def found() -> list[str]:
            page = self.api.http.get("runs", params={"experiment": experiment}).json()
            return [str(each["run_id"]) for each in page["value"]]

        until(lambda: len(found()) >= count, what=lambda: f"{count} runs: {found()}")
        return found()

    @property
    def messages(self) -> int:
        """How many reactions are asked for, are being worked on, or wait for their time."""
        return int(self.queue.get_queue_properties().approximate_message_count or 0)

    def close(self) -> None:
        self.api.http.close()
        self.batch.close()
        self.compute.close()
        self.blobs.close()
        self.queue.close()


@contextmanager
def intercepted_system(root: Path) -> Iterator[Intercepted]:
    """A fresh one, with the compute target ``cpu`` of two nodes."""
    state = open_state(root)
    with Interceptor(state) as proxy, System(state, settings={**proxy.settings, **SETTINGS}) as system:
        world = Intercepted(system, proxy)
        try:
            world.create_target("cpu", min_nodes=2)
            yield world
        finally:
            world.close()
