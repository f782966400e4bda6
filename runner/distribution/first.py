"""A distributed run from its first node: that of the attempt's own runner, which starts the processes on all nodes."""

from __future__ import annotations

import logging
import os
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from runner.blobs import Blobs
from runner.completion import Ending, NodeReport, last_lines
from runner.distribution import hosts, mpirun, rendezvous
from runner.distribution.others import FINISH, STOP, Others
from runner.distribution.part import LOOK_SECONDS, Part
from runner.distribution.rank import RENDEZVOUS
from runner.distribution.records import End, first_failure
from runner.follow import LogFile
from runner.names import OUTPUTS, STD_LOG
from runner.processes import LOOK_AT_FOLDER_SECONDS, Exit, running
from runner.processes import LOOK_SECONDS as LOOK_AT_LOG_SECONDS
from runner.script import Script
from runner.shipping import Steps
from runner.stop import Cause, Stop, time_limit
from runner.task import Task

log = logging.getLogger(__name__)
FREE_PORTS = "RUNSPOOR_FREE_PORTS"
"""Set where nodes share one network with others, as emulated ones do: then no port is anybody's own."""
MPIRUN_LOG = "system_logs/mpirun.txt"
LATE_SECONDS = 5.0
"""So long after mpirun a node may still tell how its processes ended, or be found to be gone."""
TOGETHER_SECONDS = 1.0
"""What several nodes tell within this time is compared."""
END_SECONDS = 5.0
STUCK_SECONDS = 5.0
"""For mpirun to end all, once one has failed or all have ended: it does so within two."""
ENDED = Cause("ended", "Ended", "all its processes have ended", END_SECONDS)


class FirstNode:
    """The processes of all nodes, through mpirun; see ``Processes``."""

    outputs, chunks_from, decides = OUTPUTS, 0, True

    def __init__(self, task: Task, stop: Stop, home: Path, archive: Path) -> None:
        self._task, self._stop, self._home, self._archive = task, stop, home, archive
        self._part = Part(task, home)
        self._distribution = self._part.distribution
        self._nodes: tuple[str, ...] = ()
        self._slots: dict[str, int] = {}
        self._is_success = False
        self._others = Others((), home, archive, stop)
        self._output = home / "mpirun.txt"
        self._mpirun: Script | None = None
        self._over_at: float | None = None

    def call(self) -> None:
        self._nodes = hosts.addresses(self._distribution, os.environ)
        self._slots = hosts.slots(self._nodes, self._distribution.per_node)
        self._others = Others(list(self._slots)[1:], self._home, self._archive, self._stop)
        self._others.call(self._nodes[0])

    def clear(self) -> None:
        self._part.clear()
        self._output.write_bytes(b"")

    def start(self, argv: Sequence[str], root: Path, environment: Mapping[str, str]) -> None:
        """All nodes at once, when the others are ready. Raises RunFailed, Stopped, Lost."""
        program = mpirun.find(environment.get("PATH", os.defpath), os.environ.get("PATH", os.defpath))
        launch = self._part.prepare(argv, root, environment)
        self._others.await_ready()
        command = [sys.executable, str(self._archive), "rank", str(launch)]
        self._mpirun = Script(mpirun.command(program, self._machines(), [RENDEZVOUS], command), self._home,
                              self._variables(), self._output)

    def _machines(self) -> dict[str, int]:
        """This machine by its own name, which mpirun is sure to know as the one it runs on."""
        name = socket.gethostname() if len(self._slots) > 1 else "localhost"
        return {name if number == 0 else address: count
                for number, (address, count) in enumerate(self._slots.items())}

    def _variables(self) -> dict[str, str]:
        free = rendezvous.shares_network(self._nodes) or bool(os.environ.get(FREE_PORTS))
        where = rendezvous.agree(self._distribution, self._nodes, free=free)
        here = self._distribution.processes if free else self._distribution.per_node
        found = mpirun.variables(os.environ, self._nodes[0], is_crowded=here > (os.cpu_count() or 1))
        return {**found, RENDEZVOUS: where.text()}

    def shipped(self, blobs: Blobs) -> list[tuple[Steps, float]]:
        return [(running(self._task, blobs, self._started.pid), LOOK_AT_FOLDER_SECONDS),
                (LogFile(blobs, self._part.std_log, STD_LOG), LOOK_AT_LOG_SECONDS),
                (LogFile(blobs, self._output, MPIRUN_LOG), LOOK_AT_LOG_SECONDS),
                (self._part.logs(blobs), LOOK_AT_FOLDER_SECONDS)]

    @property
    def _started(self) -> Script:
        assert self._mpirun
        return self._mpirun

    def wait(self) -> Exit:
        deadline = time.monotonic() + (self._task.duration_seconds or float("inf"))
        while True:
            code = self._started.code
            if code is not None:
                return self._ended(code)
            if time.monotonic() > deadline:
                self._stop.request(time_limit(self._task))
            if self._stop.cause:
                return self._stopped()
            if self._is_stuck():
                log.warning("mpirun does not end, although its processes have, and is ended")
                code = self._end_mpirun() or 1
                return self._ended(code if any(end.code for end in self._ends()) else 0)
            self._others.check()
            time.sleep(LOOK_SECONDS)

    def _is_stuck(self) -> bool:
        """Open MPI 5 sometimes goes on for ever after MPI_Abort."""
        ends = self._ends()
        if not (first_failure(ends) or len(ends) == self._distribution.processes):
            return False
        self._over_at = self._over_at or time.monotonic()
        return time.monotonic() - self._over_at > STUCK_SECONDS

    def _ends(self) -> list[End]:
        return [*self._part.records.ends(), *(end for end, _ in self._others.ends())]

    def _end_mpirun(self) -> int:
        ended = Stop()
        ended.request(ENDED)
        return self._started.stop(ended)

    def _stopped(self) -> Exit:
        """All processes have their grace, whichever of them ends first; then mpirun ends what is left."""
        log.info("stopping the processes: %s", self._stop.cause and self._stop.cause.message)
        self._others.tell(STOP)
        self._part.stop(self._stop)
        since = time.monotonic()
        while not (self._others.ran or time.monotonic() - since > self._stop.grace_seconds):
            time.sleep(LOOK_SECONDS)
        code = self._end_mpirun()
        own = next((end.code for end in self._part.records.ends() if end.name == "0"), _as_signal(code))
        return Exit(own, "", self.last_lines())

    def _ended(self, code: int) -> Exit:
        if code == 0:
            return Exit(0, "", self.last_lines())
        failed = self._first_failure()
        if failed is None:
            self._others.check()
            return Exit(_as_signal(code), "", self.last_lines() or last_lines(self._output))
        end, lines = failed
        name = socket.gethostname() if end.node == 0 or not len(self._others) else self._others.name(end.node)
        return Exit(end.code, f", {end.who} on node {end.node} ({name}),", lines)

    def _first_failure(self) -> tuple[End, list[str]] | None:
        """The process that failed by itself before all others; its node may tell of it a little later than mpirun."""
        since = time.monotonic()
        while True:
            known = [*((end, self._part.said(end)) for end in self._part.records.ends()), *self._others.ends()]
            first = first_failure([end for end, _ in known])
            late = time.monotonic() - since
            if first and (late > TOGETHER_SECONDS or not len(self._others)):
                return next(each for each in known if each[0] == first)
            if late > LATE_SECONDS or not len(self._others):
                return None
            time.sleep(LOOK_SECONDS)

    def end(self) -> None:
        self._started.kill()
        self._part.end()

    def agree(self, end: Ending) -> Ending:
        if end.outcome == "succeeded":
            failed = self._others.await_ran()
            end = Ending("failed", end.exit_code, None, failed) if failed else end
        self._others.tell(FINISH if end.outcome == "succeeded" else STOP)
        self._is_success = end.outcome == "succeeded"
        return end

    def reports(self) -> list[NodeReport]:
        return self._others.reports(is_needed=self._is_success)

    def leave(self) -> None:
        self._others.leave()

    def last_lines(self) -> list[str]:
        return last_lines(self._part.std_log)


def _as_signal(code: int) -> int:
    """mpirun tells of a signal as shells do."""
    return code if code <= 128 else 128 - code

