"""The whole of it: take the task, claim the attempt, do it, say how it ended."""

from __future__ import annotations

import json
import logging
import os
import platform
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from runner import record
from runner.access import AccessFile
from runner.attempt import Attempt
from runner.blobs import Blobs
from runner.completion import now
from runner.connections import Connections
from runner.distribution import hosts
from runner.distribution.first import FirstNode
from runner.errors import EXIT_LOST, EXIT_NOT_WRITTEN, EXIT_WRITTEN, Fenced, Lost, Refused, RunFailed
from runner.follow import LogFile
from runner.grants import Grants
from runner.launch import attempt_marker
from runner.mounting import clean_below
from runner.names import ACCESS, CANCEL, COMPLETED, LOST, RUNNER_LOG, RUNNING, STARTED, STD_LOG
from runner.processes import LOOK_SECONDS, Alone, Processes
from runner.script import end_all
from runner.shipping import ALIVE_SECONDS, Background, SignOfLife
from runner.stop import Stop, terminated
from runner.task import Task, take

log = logging.getLogger(__name__)
STARTED_AGAIN = "The compute node was lost while the attempt ran, and Batch started the task again."


def main() -> int:
    """Run the task in the current folder; gives the exit code of the contract."""
    home = Path.cwd()
    try:
        task = take(home / "task.json")
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        print(f"task.json cannot be used ({type(error).__name__}): it was not made by Runspoor", file=sys.stderr)
        return EXIT_NOT_WRITTEN
    record.start(home / "runner.log")
    log.info("run %s, attempt %d, on %s with Python %s", task.run_id, task.attempt, _node(), platform.python_version())
    try:
        return _run(task, home)
    except Fenced as error:
        log.warning("another attempt has taken over: %s", error)
        return EXIT_LOST
    except Exception:
        log.exception("the end of the run could not be written")
        return EXIT_NOT_WRITTEN


def _run(task: Task, home: Path) -> int:
    stop = Stop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.request(terminated(task)))
    connections = Connections()
    access = AccessFile(home / ACCESS, f"{task.api}/node")
    grants = Grants(task, connections, access.write)
    blobs = Blobs(grants, connections)
    grants.ask({"write": [STARTED, RUNNING, STD_LOG, RUNNER_LOG], "read": [CANCEL]})
    if not claim(blobs, task):
        _give_way(task, blobs, home)
        return EXIT_LOST
    works = [Background(LogFile(blobs, home / "runner.log", RUNNER_LOG), LOOK_SECONDS, stop)]
    if task.local:
        works.append(Background(SignOfLife(blobs), ALIVE_SECONDS, stop))
    try:
        result = Attempt(task, blobs, stop, home, archive(), _processes(task, stop, home)).run()
    except Lost as error:
        log.warning("lost: %s", error)
        _finish(works)
        blobs.create(LOST, _lost(task, str(error)))
        return EXIT_LOST
    finally:
        access.remove()
    log.info("ended: %s", result["outcome"])
    _finish(works)
    blobs.create(COMPLETED, result)
    return EXIT_WRITTEN


def _finish(works: Sequence[Background]) -> None:
    for work in works:
        work.finish()


def _processes(task: Task, stop: Stop, home: Path) -> Processes:
    return FirstNode(task, stop, home, archive()) if task.distribution else Alone(task, stop, home)


def _give_way(task: Task, blobs: Blobs, home: Path) -> None:
    """Another process has the attempt: on this machine a second start by mistake; on Batch its node was lost."""
    log.warning("this attempt has been started before")
    if not task.local:
        end_all(attempt_marker(task))  # It may be the same node: then what the runner before left goes on.
        clean_below(home, archive())
        blobs.create(LOST, _lost(task, STARTED_AGAIN))


def claim(blobs: Blobs, task: Task) -> bool:
    """Write ``started.json``; False when another process has done so.

    The nonce tells our own blob, made by a try whose answer was lost, from that of another process.
    """
    nonce = os.urandom(16).hex()
    if blobs.create(STARTED, {"attempt": task.attempt, "node": _node(), "at": now(),
                              "python": platform.python_version(), "nonce": nonce, **_nodes(task)}):
        return True
    try:
        content = blobs.read(STARTED)
        return content is not None and json.loads(content)["nonce"] == nonce
    except (Refused, ValueError, KeyError, TypeError):
        return False  # In doubt it was another: a script that runs twice is worse than one that is run again.


def archive() -> Path:
    """The zipapp this module was loaded from."""
    return Path(__file__).resolve().parents[1]


def _lost(task: Task, message: str) -> dict[str, object]:
    return {"attempt": task.attempt, "node": _node(), "at": now(), "reason": {"code": "NodeLost", "message": message}}


def _nodes(task: Task) -> dict[str, object]:
    """All nodes, where they are several: this one by its name, the others by the addresses that Batch tells."""
    if task.distribution is None or task.distribution.nodes == 1:
        return {}
    try:
        return {"nodes": [_node(), *hosts.addresses(task.distribution, os.environ)[1:]]}
    except RunFailed:
        return {}  # The attempt will say so.


def _node() -> str:
    return os.environ.get("AZ_BATCH_NODE_ID") or socket.gethostname()
