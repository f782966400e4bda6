"""What the Batch adapter makes of trouble: later, never, or already done; and that it tells Batch no secret."""

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy

from shared.adapters.azure_batch import AzureBatch
from shared.application import task as tasks
from shared.application.ports import ComputeRejected, TryLater
from tests.contract import batch_account
from tests.contract.batch_account import spec, task
from tests.contract.compute import now, tried
from tests.integration.batch_emulator.running import KEY, Running, client, until
from tests.unit.application.deployment import Deployment

CALLS: dict[str, tuple[str, str, Callable[[AzureBatch, str], object]]] = {
    "ensure_pool": ("POST", "/pools$", lambda compute, name: compute.ensure_pool(name, spec(), 0, now())),
    "ensure_job": ("POST", "/jobs$", lambda compute, name: compute.ensure_job(name, name)),
    "submit": ("POST", "/tasks$", lambda compute, name: compute.submit(task(name))),
    "terminate": ("POST", "/terminate$", lambda compute, name: compute.terminate(name, "t1")),
    "scale": ("POST", "/enableautoscale$", lambda compute, name: compute.scale(name, spec(), 1, now())),
    "delete": ("DELETE", "/jobs/", lambda compute, name: compute.delete(name, [name])),
    "task": ("GET", "/tasks/t1$", lambda compute, name: compute.task(name, "t1")),
    "tasks": ("GET", "/tasks$", lambda compute, name: list(compute.tasks(name))),
    "demand": ("GET", "/taskcounts$", lambda compute, name: compute.demand([name], 1)),
    "remove": ("POST", "/removenodes$", lambda compute, name: compute.remove(name, ["x"])),
    "further_nodes": ("GET", "/subtasksinfo$", lambda compute, name: compute.further_nodes(name, "t1")),
    "queue": ("GET", "/taskcounts$", lambda compute, name: compute.queue([name])),
    "ended_since": ("GET", "/tasks$", lambda compute, name: compute.ended_since([name], now())),
    "pool": ("GET", "/nodes$", lambda compute, name: compute.pool(name)),
}
"""Every call of the port: the request it makes, and the call."""
ORDER = ("ensure_pool", "ensure_job", "submit", "scale", "terminate")
BUSY = {"TooManyRequests": 429, "ServerBusy": 503, "OperationTimedOut": 500, "PoolBeingResized": 409,
        "JobBeingDeleted": 409, "WhateverComes": 502}


@pytest.fixture
def compute(batch: Running) -> Iterator[AzureBatch]:
    yield batch_account.compute(batch.client)
    batch.faults.delete("/answers").raise_for_status()


@pytest.fixture
def name(compute: AzureBatch) -> Iterator[str]:
    """A pool without nodes and its job, with one task."""
    made = f"n{uuid4().hex[:12]}"
    compute.ensure_pool(made, spec(), 0, now())
    compute.ensure_job(made, made)
    compute.submit(task(made))
    yield made
    until(lambda: compute.delete(made, [made]))


def answer(batch: Running, call: str, status: int, code: str, *, apply: bool = False) -> None:
    """Batch's next answer to that call."""
    method, path, _ = CALLS[call]
    planned = {"method": method, "path": path, "status": status, "code": code, "apply": apply}
    batch.faults.post("/answers", json=planned).raise_for_status()


@pytest.mark.parametrize("call", CALLS)
def test_every_call_tells_busy_from_refused(batch: Running, compute: AzureBatch, name: str, call: str) -> None:
    act = CALLS[call][2]
    answer(batch, call, 503, "ServerBusy")
    with pytest.raises(TryLater, match="ServerBusy"):
        act(compute, name)
    answer(batch, call, 403, "AuthorizationFailure")
    with pytest.raises(ComputeRejected, match="AuthorizationFailure") as refusal:
        act(compute, name)
    assert refusal.value.reason.code == "AuthorizationFailure"
    act(compute, name)


@pytest.mark.parametrize(("code", "status"), BUSY.items())
def test_what_passes_is_tried_later(batch: Running, compute: AzureBatch, name: str, code: str, status: int) -> None:
    answer(batch, "scale", status, code)
    with pytest.raises(TryLater, match=code):
        compute.scale(name, spec(), 0, now())


@pytest.mark.parametrize(("call", "code"), [
    ("ensure_pool", "PoolQuotaReached"), ("ensure_job", "ActiveJobAndScheduleQuotaReached")])
def test_a_quota_is_no_waiting(batch: Running, compute: AzureBatch, name: str, call: str, code: str) -> None:
    answer(batch, call, 409, code)
    with pytest.raises(ComputeRejected) as refusal:
        CALLS[call][2](compute, name)
    assert refusal.value.reason.code == code


@pytest.mark.parametrize(("call", "states"), [
    ("ensure_pool", []), ("ensure_job", []), ("submit", ["active"]), ("terminate", ["completed"])])
def test_a_lost_answer_is_made_good_by_the_same_call(
    batch: Running, compute: AzureBatch, name: str, call: str, states: list[str]
) -> None:
    fresh = f"{name}-2"
    for before in ORDER[: ORDER.index(call)]:
        CALLS[before][2](compute, fresh)
    answer(batch, call, 500, "InternalError", apply=True)
    with pytest.raises(TryLater):
        CALLS[call][2](compute, fresh)
    until(lambda: tried(lambda: CALLS[call][2](compute, fresh)))
    assert [seen.state for _, seen in compute.tasks(fresh)] == states
    until(lambda: compute.delete(fresh, [fresh]))


def test_a_pool_that_is_being_resized_is_scaled_later(batch: Running, compute: AzureBatch, name: str) -> None:
    compute.terminate(name, "t1")
    batch.faults.put(f"/pools/{name}/allocation-hold").raise_for_status()
    compute.scale(name, spec(), 1, now())
    with pytest.raises(TryLater, match="PoolBeingResized"):
        compute.scale(name, spec(), 2, now())
    batch.faults.delete(f"/pools/{name}/allocation-hold").raise_for_status()
    until(lambda: tried(lambda: compute.scale(name, spec(), 2, now())))
    until(lambda: (pool := compute.pool(name)) and pool.current == 2)


def test_a_batch_that_does_not_answer_is_asked_later(name: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # Nobody listens, and nobody else gets the port.
        with client(f"http://127.0.0.1:{taken.getsockname()[1]}") as silent:
            for _, _, act in CALLS.values():
                with pytest.raises(TryLater, match="does not answer"):
                    act(batch_account.compute(silent), name)


def test_a_wrong_key_is_a_refusal(batch: Running, name: str) -> None:
    with client(batch.url, key="d3Jvbmc=") as stranger, pytest.raises(ComputeRejected) as refusal:
        batch_account.compute(stranger).pool(name)
    assert refusal.value.reason.code == "AuthenticationFailed"
    assert "d3Jvbmc=" not in refusal.value.reason.message


def test_a_refusal_has_batch_s_words(compute: AzureBatch, name: str) -> None:
    with pytest.raises(ComputeRejected) as refusal:
        compute.ensure_pool("no/such name", spec(), 0, now())
    assert refusal.value.reason.code == "InvalidPropertyValue"
    assert refusal.value.reason.message == (
        "Batch refused: InvalidPropertyValue: The value provided for one of the properties in the request body is "
        "invalid.")


class Sent(SansIOHTTPPolicy[Any, Any]):
    """Keeps what is sent: addresses and bodies."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def on_request(self, request: PipelineRequest[Any]) -> None:
        self.texts.append(f"{request.http_request.url} {request.http_request.content or ''}")


def test_batch_is_told_no_secret(batch: Running, name: str) -> None:
    deployment = Deployment().submitted()
    deployment.react()
    run = deployment.run
    document = deployment.blobs.read("runs", f"{run.id}/1/task.json")
    assert document
    token = json.loads(document)["token"]
    sent = Sent()
    with client(batch.url, per_retry_policies=[sent]) as watched:
        compute = batch_account.compute(watched)
        wanted = replace(tasks.prepare(deployment.backend, run), job=name, pool=name)
        compute.ensure_pool(name, spec(), 0, now())
        compute.ensure_job(name, name)
        assert compute.submit(wanted)
    told = "\n".join(sent.texts)
    assert wanted.id in told, "nothing was caught"
    for secret in (token, KEY, "sig=", "AccountKey", "k" * 40):
        assert secret not in told
