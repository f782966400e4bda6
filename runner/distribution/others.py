"""The other nodes of an attempt, from the first one: a runner on each, all of them started by one mpirun."""

from __future__ import annotations

import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runner.completion import NodeReport, last_lines
from runner.distribution import mpirun
from runner.distribution.records import End
from runner.distribution.telling import Heard, hear
from runner.errors import Lost, RunFailed, Stopped
from runner.outputs import NotUploaded
from runner.script import die_with_parent
from runner.stop import Cause, Stop
from runner.written import Result

log = logging.getLogger(__name__)
FINISH, STOP = signal.SIGUSR1, signal.SIGUSR2
"""To a node's runner: all processes have succeeded, or the processes are to end. mpirun hands both on."""
LOOK_SECONDS = 0.05
HERE_SECONDS = 180.0
"""For the runner of a node to answer, from when it is asked for."""
LEAVE_SECONDS = 15.0
LAST_WORDS_SECONDS = 2.0
WORDS_SHOWN = 500
LATE = "TimeLimit"
NOISE = re.compile(r"\d{4}-\d\d-\d\d |-*$")
"""What the runners themselves log, and the frames of mpirun's messages."""


class Others:
    """The further nodes by their numbers, from 1; ``addresses`` by which mpirun reaches them."""

    def __init__(self, addresses: Sequence[str], home: Path, archive: Path, stop: Stop) -> None:
        self._addresses, self._home, self._archive, self._stop = addresses, home, archive, stop
        self._errors = home / "nodes.txt"
        self._heard = {number: Heard() for number in range(1, len(addresses) + 1)}
        self._process: subprocess.Popen[bytes] | None = None
        self._listener = threading.Thread()
        self._told: signal.Signals | None = None
        self._since = time.monotonic()

    def __len__(self) -> int:
        return len(self._addresses)

    def call(self, own_address: str) -> None:
        """Start their runners. Raises RunFailed (LauncherNotFound)."""
        if not self._addresses:
            return
        program = mpirun.find(os.environ.get("PATH", os.defpath))
        argv = [sys.executable, str(self._archive), "node", str(self._home)]
        command = mpirun.command(program, dict.fromkeys(self._addresses, 1), mpirun.handed_on(os.environ), argv)
        self._since = time.monotonic()
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, start_new_session=True,
                cwd=self._home, env=mpirun.variables(os.environ, own_address, is_crowded=False),
                preexec_fn=die_with_parent)
        self._listener = threading.Thread(target=self._listen, args=(self._process,), daemon=True, name="nodes")
        self._listener.start()
        log.info("nodes: %s", ", ".join(self._addresses))

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout
        for line in process.stdout:
            if not hear(line, self._heard):
                log.warning("a node said: %s", line[:WORDS_SHOWN].decode("utf-8", "replace").rstrip())

    def await_ready(self) -> None:
        """Raises RunFailed with the reason of one that cannot, Lost, Stopped."""
        while not self._all_said("ready"):
            is_over = self._is_over()
            for number, heard in self._heard.items():
                failed = heard.said.get("failed")
                if failed:
                    raise self._failed(f"On node {number} ({self.name(number)}): {failed['message']}", failed["code"])
            if self._stop.cause:
                raise Stopped
            self._check(is_over)
            time.sleep(LOOK_SECONDS)
        log.info("all nodes are ready after %.1f s", time.monotonic() - self._since)

    def _failed(self, message: str, code: str) -> Exception:
        if code != LATE:
            return RunFailed(code, message)
        self._stop.request(Cause("time_limit", LATE, message, 0))
        return Stopped()

    def check(self) -> None:
        """Raises Lost when a node is not there any more, or not yet although it had its time."""
        self._check(self._is_over())

    def _check(self, is_over: bool) -> None:
        if is_over:
            raise self._lost("ended before its time")
        if time.monotonic() - self._since > HERE_SECONDS and not self._all_said("here"):
            raise self._lost(f"did not answer within {HERE_SECONDS:.0f} s", "here")

    def _lost(self, what: str, event: str = "done") -> Lost:
        missing = [number for number, heard in self._heard.items() if event not in heard.said] or list(self._heard)
        gone = missing if len(missing) < len(self._heard) or len(missing) == 1 else []
        which = f"node {gone[0]} ({self.name(gone[0])})" if gone else f"one of the nodes {', '.join(self._addresses)}"
        said = [line for line in last_lines(self._errors) if not NOISE.match(line)]
        words = " ".join(" ".join(said).split())[:WORDS_SHOWN]
        return Lost(f"The runner of {which} {what}" + (f": {words}" if words else "."))

    def _all_said(self, event: str) -> bool:
        return all(event in heard.said for heard in self._heard.values())

    def name(self, number: int) -> str:
        here = self._heard[number].said.get("here")
        return str(here["name"]) if here else self._addresses[number - 1]

    def ends(self) -> list[tuple[End, list[str]]]:
        """How processes on these nodes have ended, and the last lines they printed."""
        return [(End(each["name"], each["of"], each["code"], each["told"], each["at"]), each["lines"])
                for heard in self._heard.values() for each in list(heard.exits)]

    @property
    def ran(self) -> bool:
        """Whether all of them have nothing more to run."""
        return self._all_said("ran")

    def await_ran(self) -> tuple[str, str] | None:
        """Why one of their scripts has failed, if it said so. Raises Lost."""
        self._await("ran")
        failed = (heard.said["ran"].get("failed") for heard in self._heard.values())
        return next(((each[0], each[1]) for each in failed if each), None)

    def _await(self, event: str) -> None:
        while not self._all_said(event):
            if self._is_over() and not self._all_said(event):
                raise self._lost("ended before its time", event)
            time.sleep(LOOK_SECONDS)

    def _is_over(self) -> bool:
        """Whether their mpirun has ended; then all they have said is known."""
        if self._process is None or self._process.poll() is None:
            return False
        self._listener.join(LAST_WORDS_SECONDS)
        return True

    def tell(self, what: signal.Signals) -> None:
        """FINISH or STOP; only the first word counts."""
        if self._process and self._told is None:
            self._told = what
            self._process.send_signal(what)

    def reports(self, *, is_needed: bool) -> list[NodeReport]:
        """What they have left. Raises Lost, unless it is not ``is_needed``: then without those that are gone."""
        try:
            self._await("done")
        except Lost:
            if is_needed:
                raise
            log.warning("a node ended without telling what it left")
        return [self._report(number, heard) for number, heard in self._heard.items() if "done" in heard.said]

    def _report(self, number: int, heard: Heard) -> NodeReport:
        done = heard.said["done"]
        failed = done.get("failed")
        return NodeReport(number, self.name(number), done["chunks"], done["outputs"],
                          tuple(_result(each) for each in heard.outputs), failed and (failed[0], failed[1]))

    def leave(self) -> None:
        """End their runners: in their own time if they have been told, and what is left of them at once."""
        if not self._process:
            return
        if self._process.poll() is None:
            self.tell(STOP)
            try:
                self._process.wait(LEAVE_SECONDS)
            except subprocess.TimeoutExpired:
                log.warning("nodes: their runners do not end, and are killed")
                self._process.terminate()
                try:
                    self._process.wait(LEAVE_SECONDS)
                except subprocess.TimeoutExpired:
                    self._process.kill()
        self._process.wait()


def _result(said: Mapping[str, Any]) -> Result:
    return Result(said["name"], said["files"], said["bytes"],
                  [NotUploaded(path, message) for path, message in said["failed"]], said["complete"], said["is_taken"])
