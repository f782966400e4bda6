"""A Batch emulator in its own process, and the real SDK with every answer checked against Batch's API."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
from azure.batch import BatchClient
from azure.batch import models as m
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.rest import HttpRequest

from local.batch import api, validation

ACCOUNT, KEY = "training", "a2V5IG9mIHRoZSB0ZXN0cw=="
PATIENCE = 10.0
POLL: int = 0.05  # type: ignore[assignment]  # seconds between looks of the SDK's pollers, which take fractions
T = TypeVar("T")


class Conformance(SansIOHTTPPolicy[Any, Any]):
    """Refuses an answer that is not as Batch's own description says."""

    def on_response(self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:
        path, query = urlsplit(request.http_request.url)[2:4]
        operation = next(
            found
            for found in api.operations()
            if found.method == request.http_request.method
            and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", found.path), path)
        )
        answer = response.http_response
        if answer.status_code >= 400:
            if operation.method != "HEAD" and operation.id != "download_task_file":
                validation.validator("BatchError", request=False).validate(answer.json())
            return
        assert answer.status_code == operation.status
        if operation.answer:
            errors = validation.validator(operation.answer, request=False).iter_errors(answer.json())
            wrong = [error for error in errors if not ("$select" in query and error.validator == "required")]
            assert not wrong, wrong[0]


class Running:
    """One emulator: ``client`` is the SDK's, ``faults`` speaks to ``/_emulator``."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process = process
        self.url = url
        self.client = client(url)
        self.faults = httpx.Client(base_url=f"{url}/_emulator")

    def pool(self, pool_id: str, nodes: int = 1, **options: Any) -> str:
        """Create a pool and wait for its nodes."""
        self.client.create_pool(pool_options(pool_id, target_dedicated_nodes=nodes, **options))
        until(lambda: self.states(pool_id) == ["idle"] * nodes)
        until(lambda: self.client.get_pool(pool_id).allocation_state == "steady")
        return pool_id

    def job(self, job_id: str, pool_id: str, **options: Any) -> str:
        self.client.create_job(
            m.BatchJobCreateOptions(id=job_id, pool_info=m.BatchPoolInfo(pool_id=pool_id), **options)
        )
        return job_id

    def task(self, job_id: str, task_id: str, command: str, **options: Any) -> str:
        self.client.create_task(job_id, m.BatchTaskCreateOptions(id=task_id, command_line=command, **options))
        return task_id

    def states(self, pool_id: str) -> list[str]:
        return [_text(node.state) for node in self.client.list_nodes(pool_id)]

    def task_in(self, state: str, job_id: str, task_id: str) -> m.BatchTask:
        def reached() -> m.BatchTask | None:
            task = self.client.get_task(job_id, task_id)
            return task if task.state == state else None

        return until(reached)

    def completed(self, job_id: str, task_id: str) -> m.BatchTask:
        return self.task_in("completed", job_id, task_id)

    def read(self, job_id: str, task_id: str, path: str = "stdout.txt", **options: Any) -> str:
        try:
            return b"".join(self.client.download_task_file(job_id, task_id, path, **options)).decode()
        except HttpResponseError as error:
            if error.response is not None:
                error.response.close()  # type: ignore[attr-defined]  # the SDK leaves a refused download open
            raise

    def delete_job(self, job_id: str) -> None:
        """Delete a job, if it is there, without waiting for it to be gone."""
        with suppress(HttpResponseError):
            self.client.send_request(HttpRequest("DELETE", f"{self.url}/jobs/{job_id}?api-version={api.VERSION}"))

    def close(self) -> None:
        self.client.close()
        self.faults.close()
        self.process.terminate()
        self.process.communicate(timeout=10)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()
        self.client.close()
        self.faults.close()


def _text(state: str) -> str:
    """The wire's word for a state, which the SDK gives as an enum when it knows it."""
    return str(getattr(state, "value", state))


def client(url: str, key: str = KEY, **options: Any) -> BatchClient:
    return BatchClient(
        url,
        AzureNamedKeyCredential(ACCOUNT, key),
        retry_total=options.pop("retry_total", 0),
        per_call_policies=[Conformance()],
        **options,
    )


def launch(state: Path, *flags: str, identities: str = "{}", prefix: Sequence[str] = ()) -> Running:
    """Start an emulator that is quick to allocate, evaluate and stop; ``prefix`` are words before its command."""
    command = [
        *prefix,
        sys.executable,
        "-m",
        "local.batch",
        "--port",
        "0",
        "--state",
        str(state),
        "--account",
        ACCOUNT,
        "--allocation-seconds",
        "0.1",
        "--evaluation-seconds",
        "0.2",
        "--enable-autoscale-gap-seconds",
        "0",
        "--stop-seconds",
        "0.5",
        *flags,
    ]
    environment = {
        **os.environ,
        "RUNSPOOR_BATCH_IDENTITIES": identities,
        "RUNSPOOR_BATCH_KEY": KEY,
        "EMULATOR_SECRET": "secret",
    }
    # It ends with the tests, however they end: its standard input closes.
    process = subprocess.Popen(
        [*command, "--watch-stdin"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("ready "), line
    return Running(process, line.split()[1])


@contextmanager
def running(state: Path, *flags: str, identities: str = "{}", prefix: Sequence[str] = ()) -> Iterator[Running]:
    emulator = launch(state, *flags, identities=identities, prefix=prefix)
    try:
        yield emulator
    finally:
        emulator.close()


def pool_options(pool_id: str, **options: Any) -> m.BatchPoolCreateOptions:
    image = m.BatchVmImageReference(publisher="microsoft-dsvm", offer="ubuntu-hpc", sku="2404", version="latest")
    machine = m.VirtualMachineConfiguration(image_reference=image, node_agent_sku_id="batch.node.ubuntu 24.04")
    return m.BatchPoolCreateOptions(
        id=pool_id, vm_size="standard_d2s_v3", virtual_machine_configuration=machine, **options
    )


def until(condition: Callable[[], T | None], patience: float = PATIENCE) -> T:
    """What ``condition`` returns as soon as it is true."""
    deadline = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {patience} s"
        time.sleep(0.02)
    return found


def alive(pid: int) -> bool:
    """Whether a process runs (one that ended and was not waited for does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
