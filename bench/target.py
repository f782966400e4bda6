"""The system that is measured: fresh, local, reached as a caller reaches it and, for references, by the bare SDK."""

import time
from dataclasses import dataclass

import httpx
from azure.cosmos import ContainerProxy, CosmosClient

from local.cosmos.auth import EMULATOR_KEY
from local.system import System
from shared.settings import DATABASE

ENDED = ("Completed", "Failed", "Canceled")
POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Target:
    """A running system with a compute target ``bench`` that keeps a node warm."""

    system: System
    http: httpx.Client

    def container(self, name: str) -> ContainerProxy:
        client = CosmosClient(self.system.cosmos_url, EMULATOR_KEY)
        return client.get_database_client(DATABASE).get_container_client(name)

    def post(self, path: str, body: object) -> dict[str, object]:
        answer = self.http.post(path, json=body)
        answer.raise_for_status()
        return dict(answer.json())

    def get(self, path: str, **query: str | int) -> dict[str, object]:
        answer = self.http.get(path, params=query)
        answer.raise_for_status()
        return dict(answer.json())

    def snapshot(self, script: str) -> str:
        """Freeze one script as train.py; returns the snapshot's id."""
        return str(self.post("snapshots", {"files": [{"path": "train.py", "content": script}]})["snapshot_id"])

    def submit(self, script: str, **settings: object) -> str:
        """Submit a run of one script, with further fields of the request; returns its id."""
        run = self.post("runs", {"experiment": "bench", "compute_target": "bench", "script": "train.py",
                                 "snapshot_id": self.snapshot(script), **settings})
        return str(run["run_id"])

    def text(self, path: str) -> str:
        answer = self.http.get(path)
        answer.raise_for_status()
        return answer.text

    def finish(self, run_id: str, every: float = POLL_SECONDS) -> None:
        """Wait for the run's end, looking ``every`` so many seconds; raises unless it completed."""
        while (run := self.get(f"runs/{run_id}"))["status"] not in ENDED:
            time.sleep(every)
        if run["status"] != "Completed":
            raise RuntimeError(f"{run_id} ended as {run['status']}: {run['reason']}")


def target(system: System) -> Target:
    """A target in ``system``, its node ready."""
    http = httpx.Client(base_url=f"{system.url}/", headers={"x-functions-key": system.state.key}, timeout=60,
                        limits=httpx.Limits(max_connections=32))
    made = Target(system, http)
    made.post("compute-targets", {"name": "bench", "vm_size": "standard_d2s_v3", "min_nodes": 1})
    made.finish(made.submit("print('warm')"))
    return made
