"""Metrics that are sent in the background: none lost, none twice, nobody waits."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from runspoor import points
from runspoor.sdk import metric_sender
from runspoor.sdk.exceptions import ServiceException, UserErrorException
from runspoor.sdk.metric_sender import MetricSender
from runspoor.sdk.run_record import RunRecord
from runspoor.sdk.workspace import Workspace
from runspoor.transport import connect

from tests.scripted_server import Answer, Asked, ScriptedServer


@pytest.fixture
def sender(backend: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[MetricSender]:
    monkeypatch.setattr(metric_sender, "COLLECT_SECONDS", 0.05)
    monkeypatch.setattr(metric_sender, "IDLE_SECONDS", 0.1)
    workspace = Workspace("s", "g", "w")
    workspace._api = connect(f"{backend.url}/api", "k", patience=0.2)
    yield MetricSender(RunRecord(workspace, "the-run"))
    metric_sender._senders.clear()


def sent(backend: ScriptedServer) -> dict[str, list[Any]]:
    """What a backend keeps: each Idempotency-Key counts once."""
    found: dict[str, list[Any]] = {}
    bodies = {asked.headers["idempotency-key"]: asked.body for asked in backend.asked}
    for body in bodies.values():
        for series in json.loads(body)["metrics"]:
            found.setdefault(series["name"], []).extend(series["values"])
    return found


def test_calls_of_a_moment_are_one_request(sender: MetricSender, backend: ScriptedServer) -> None:
    for value in range(1000):
        sender.add(points.scalar("a", value))
    sender.flush(10)
    assert sent(backend) == {"a": list(range(1000))}
    assert len(backend.asked) <= 3
    assert backend.asked[0].path == "/api/runs/the-run/metrics"


def test_threads_lose_nothing(sender: MetricSender, backend: ScriptedServer) -> None:
    def work(name: str) -> None:
        for value in range(200):
            sender.add(points.scalar(name, value))

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sender.flush(10)
    assert sent(backend) == {name: list(range(200)) for name in "abcd"}


def test_a_backend_that_is_away_gets_everything_once_it_is_back(sender: MetricSender, backend: ScriptedServer) -> None:
    backend.answers = [Answer(0), Answer(503), Answer(0), Answer(503), Answer(201)]
    sender.add(points.scalar("a", 1))
    sender.flush(10)
    sender.add(points.scalar("a", 2))
    sender.flush(10)
    assert sent(backend) == {"a": [1, 2]}
    assert len({asked.headers["idempotency-key"] for asked in backend.asked}) == 2


def test_flush_does_not_wait_for_ever(sender: MetricSender, backend: ScriptedServer) -> None:
    backend.answers = [Answer(503)]
    sender.add(points.scalar("a", 1))
    with pytest.raises(ServiceException, match="1 log calls are not stored"):
        sender.flush(0.3)
    backend.answers = [Answer(201)]
    sender.flush(10)
    assert sent(backend) == {"a": [1]}


def test_a_refusal_reaches_the_caller_once_and_the_rest_goes_on(sender: MetricSender, backend: ScriptedServer) -> None:
    def refuse(asked: Asked) -> Answer:
        return Answer(400 if b'"bad"' in asked.body else 201, b'{"detail": "No such name."}')

    backend.answers = [refuse]
    sender.add(points.scalar("bad", 1))
    with pytest.raises(UserErrorException, match="No such name"):
        sender.flush(10)
    sender.add(points.scalar("good", 1))
    sender.flush(10)
    assert sent(backend)["good"] == [1]


def test_a_thread_without_work_ends_and_comes_back(sender: MetricSender, backend: ScriptedServer) -> None:
    sender.add(points.scalar("a", 1))
    sender.flush(10)
    thread = sender._thread
    if thread is not None:
        thread.join(10)
    assert sender._thread is None
    sender.add(points.scalar("a", 2))
    sender.flush(10)
    assert sent(backend) == {"a": [1, 2]}


def test_nothing_logged_is_nothing_sent(sender: MetricSender, backend: ScriptedServer) -> None:
    sender.add([])
    sender.flush(1)
    assert backend.asked == []


SCRIPT = """
import multiprocessing, os, sys
from runspoor import points
from runspoor.sdk.workspace import Workspace
from runspoor.sdk.run_record import RunRecord
from runspoor.sdk.metric_sender import MetricSender
sender = MetricSender(RunRecord(Workspace("s", "g", "w", _url=sys.argv[1]), "the-run"))
sender.add(points.scalar("parent", 1))
if os.fork() == 0:
    sender.add(points.scalar("child", 2))
    sender.flush(10)
    os._exit(0)
os.wait()
worker = multiprocessing.get_context("fork").Process(target=sender.add, args=(points.scalar("worker", 3),))
worker.start()
worker.join()
"""


def test_a_fork_sends_what_it_logs_and_the_end_of_the_process_the_rest(backend: ScriptedServer, tmp_path: Path) -> None:
    environment = {**os.environ, "RUNSPOOR_KEY": "k"}
    environment.pop("RUNSPOOR_URL", None)
    done = subprocess.run([sys.executable, "-c", SCRIPT, f"{backend.url}/api"], cwd=tmp_path, env=environment,
                          capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert sent(backend) == {"parent": [1], "child": [2], "worker": [3]}
