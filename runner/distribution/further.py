"""``python3 runner.pyz node HOME``, started by mpirun: the runner of a further node of an attempt.

It prepares this node as the first one's runner does its own, watches the processes that the first one's mpirun starts
here, ships what they leave, and tells the first one of all that.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from runner import record
from runner.access import AccessFile
from runner.attempt import Attempt
from runner.blobs import Blobs
from runner.completion import Ending, NodeReport
from runner.connections import Connections
from runner.distribution.naming import CHUNKS_PER_NODE, NodeGrants, outputs_of
from runner.distribution.others import FINISH, STOP
from runner.distribution.part import LOOK_SECONDS, Part
from runner.distribution.telling import FAILED_SHOWN, MESSAGE_CHARACTERS, Telling, fitting
from runner.errors import Fenced
from runner.follow import LogFile
from runner.names import ACCESS, RUNNER_LOG
from runner.processes import LOOK_AT_FOLDER_SECONDS, Exit
from runner.processes import LOOK_SECONDS as LOOK_AT_LOG_SECONDS
from runner.run import archive
from runner.script import die_with_parent
from runner.shipping import Background, Steps
from runner.stop import Cause, Stop, terminated
from runner.task import Task, take

log = logging.getLogger(__name__)
NO_TASK = "Its task document is not there: it was not made by Runspoor, or somebody has taken it."


class FurtherNode:
    """This node's part of the processes; see ``Processes``. ``is_ready``: they could be started.

    ``is_success``: the first node's word, once it has come.
    """

    decides = False

    def __init__(self, task: Task, stop: Stop, home: Path, telling: Telling) -> None:
        self._task, self._stop, self._telling = task, stop, telling
        self._part = Part(task, home)
        self._told: set[str] = set()
        self.outputs, self.chunks_from = outputs_of(task.node), task.node * CHUNKS_PER_NODE
        self.is_ready = False
        self.is_success: bool | None = None

    def call(self) -> None:
        """That is what the first node does."""

    def clear(self) -> None:
        self._part.clear()

    def start(self, argv: Sequence[str], root: Path, environment: Mapping[str, str]) -> None:
        """The first node does, once all are ready."""
        self._part.prepare(argv, root, environment)
        self.is_ready = True
        self._telling.say("ready")

    def shipped(self, blobs: Blobs) -> list[tuple[Steps, float]]:
        return [(self._part.logs(blobs), LOOK_AT_FOLDER_SECONDS)]

    def wait(self) -> Exit:
        """Until all processes have told of their ends, or the first node has."""
        while len(self._part.records.ends()) < self._part.distribution.per_node and not self._is_over:
            self._tell()
            time.sleep(LOOK_SECONDS)
        if self._stop.cause:
            self._part.stop(self._stop)
        self._tell()
        ends = self._part.records.ends()
        return Exit(next((end.code for end in ends if end.code), 0))

    @property
    def _is_over(self) -> bool:
        return self.is_success is not None or self._stop.cause is not None

    def _tell(self) -> None:
        for end in self._part.records.ends():
            if end.name not in self._told:
                self._told.add(end.name)
                said = asdict(end)
                said["of"] = said.pop("node")
                self._telling.say("exit", **said, lines=fitting(self._part.said(end)) if end.is_failure else [])

    def end(self) -> None:
        self._part.end()

    def agree(self, end: Ending) -> Ending:
        """The first node's word. A script's own word that it failed is for that one to know."""
        is_own_word = end.outcome == "failed" and end.exit_code == 0
        self._telling.say("ran", failed=_short(end) if is_own_word else None)
        self.await_word()
        return Ending("succeeded") if self.is_success else Ending("canceled")

    def await_word(self) -> None:
        """Of the first node, which alone knows when the attempt ends; mpirun brings its death as SIGTERM."""
        while self.is_success is None:
            time.sleep(LOOK_SECONDS)

    def reports(self) -> list[NodeReport]:
        return []

    def leave(self) -> None:
        """The first node ends all."""

    def last_lines(self) -> list[str]:
        return []


def main(home: Path) -> int:
    """The whole of it. Gives 0 whatever became of it: mpirun would end the other nodes' runners for anything else."""
    stop = Stop()
    for number in (signal.SIGTERM, FINISH, STOP):  # Each would kill it.
        signal.signal(number, lambda *_: stop.request(Cause("canceled", "Canceled", "The run is ended.", 0)))
    die_with_parent()
    telling = Telling(int(os.environ["OMPI_COMM_WORLD_RANK"]) + 1, sys.stdout.fileno())
    telling.say("here", name=os.uname().nodename)
    os.chdir(home)
    try:
        task = replace(take(home / "task.json"), node=int(os.environ["OMPI_COMM_WORLD_RANK"]) + 1)
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        telling.say("failed", code="RunnerFailed", message=f"{NO_TASK} ({type(error).__name__})")
        return 0
    record.start(home / "runner.log")
    try:
        _run(task, stop, home, telling)
    except Fenced as error:
        log.warning("another attempt has taken over: %s", error)
    except Exception:
        log.exception("this node could not do its part")
    return 0


def _run(task: Task, stop: Stop, home: Path, telling: Telling) -> None:
    processes = FurtherNode(task, stop, home, telling)
    _listen(task, stop, processes)
    connections = Connections()
    access = AccessFile(home / ACCESS, f"{task.api}/node")
    grants = NodeGrants(task, connections, access.write)
    blobs = Blobs(grants, connections)
    shipping = Background(LogFile(blobs, home / "runner.log", RUNNER_LOG), LOOK_AT_LOG_SECONDS, stop)
    try:
        found = Attempt(task, blobs, stop, home, archive(), processes).run()
    finally:
        access.remove()
    shipping.finish()
    _report(found, processes, telling)


def _listen(task: Task, stop: Stop, processes: FurtherNode) -> None:
    """To the word of the first node: FINISH or STOP."""
    def finish(*_: object) -> None:
        processes.is_success = True

    def end(*_: object) -> None:
        processes.is_success = bool(processes.is_success)
        stop.request(Cause("canceled", "Canceled", "The run is ended.", task.grace_seconds))

    def terminate(*_: object) -> None:
        processes.is_success = False
        stop.request(terminated(task))

    signal.signal(FINISH, finish)
    signal.signal(STOP, end)
    signal.signal(signal.SIGTERM, terminate)


def _report(found: Mapping[str, Any], processes: FurtherNode, telling: Telling) -> None:
    reason = found["reason"] and (found["reason"]["code"], found["reason"]["message"][:MESSAGE_CHARACTERS * 4])
    if not processes.is_ready:
        if reason and processes.is_success is None:
            telling.say("failed", code=reason[0], message=reason[1])
        return
    for each in found["written"]:
        failed = [(one["path"][:MESSAGE_CHARACTERS], one["message"][:MESSAGE_CHARACTERS]) for one in each["failed"]]
        telling.say("output", **{**each, "failed": failed[:FAILED_SHOWN], "is_taken": False})
    counts = {name: found["outputs"][name] for name in ("files", "bytes")}
    telling.say("done", chunks=found["metrics"]["chunks"], outputs=counts,
                failed=reason if processes.is_success and found["outcome"] == "failed" else None)


def _short(end: Ending) -> tuple[str, str] | None:
    return end.reason and (end.reason[0], end.reason[1][:MESSAGE_CHARACTERS * 4])
