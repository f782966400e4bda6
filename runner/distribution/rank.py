"""``python3 runner.pyz rank LAUNCH``, started by mpirun: one process of the run, told who it is, and how it ended."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path

from runner.distribution import specification
from runner.distribution.mpirun import OF_MPIRUN
from runner.distribution.records import End, Launch, Records
from runner.distribution.rendezvous import INTERFACES, Rendezvous, tf_config, variables
from runner.distribution.specification import TENSORFLOW
from runner.script import POLL_SECONDS, Script, die_with_parent
from runner.stop import Cause, Stop

RENDEZVOUS = "RUNSPOOR_RENDEZVOUS"


def main(launch_file: str) -> int:
    """Run it; ends as it ended, by its exit code or signal."""
    die_with_parent()
    path = Path(launch_file)
    code = Rank(Launch.read(path), Records(path.parent), os.environ).run()
    if code < 0:
        _die_of(-code)
    return code


class Rank:
    """One process, and beside a worker of TensorFlow the parameter servers of its node."""

    def __init__(self, launch: Launch, records: Records, given: Mapping[str, str]) -> None:
        distribution = specification.parse(launch.distribution)
        assert distribution
        self._launch, self._records, self._given, self._distribution = launch, records, given, distribution
        self._rank = int(given["OMPI_COMM_WORLD_RANK"])
        self._node = self._rank // distribution.per_node
        self._where = Rendezvous.parse(given[RENDEZVOUS])
        self._stop, self._is_held = Stop(), False

    def run(self) -> int:
        signal.signal(signal.SIGTERM, lambda *_: self._stop.request(_ending(self._launch.grace_seconds)))
        servers = {f"ps-{number}": self._start(f"ps-{number}", {"TF_CONFIG": tf_config(self._where, "ps", number)})
                   for number in self._servers()}
        worker = self._start(str(self._rank), {})
        try:
            name, code = self._until_one_ends(worker, servers)
        finally:
            for each in (worker, *servers.values()):
                each.kill()
        self._records.ended(self._rank, End(name, self._node, code, self._stop.cause is not None, time.time()))
        if self._is_held:
            self._wait_for_the_others()
        return code

    def _servers(self) -> range:
        return self._where.servers_of(self._node) if self._distribution.kind == TENSORFLOW else range(0)

    def _start(self, name: str, more: Mapping[str, str]) -> Script:
        log = self._records.log(self._node, name)
        log.parent.mkdir(parents=True, exist_ok=True)
        return Script(self._launch.argv, Path(self._launch.root), {**self._environment(), **more}, log)

    def _environment(self) -> dict[str, str]:
        result = dict(self._launch.environment)
        ours = variables(self._distribution, self._where, self._rank)
        result.update((name, value) for name, value in ours.items()
                      if name not in INTERFACES.values() or name not in result)
        result.update((name, value) for name, value in self._given.items() if OF_MPIRUN.match(name))
        libraries = (result.get("LD_LIBRARY_PATH"), self._given.get("LD_LIBRARY_PATH"))
        return {**result, "LD_LIBRARY_PATH": os.pathsep.join(filter(None, libraries))}

    def _until_one_ends(self, worker: Script, servers: Mapping[str, Script]) -> tuple[str, int]:
        """The worker, or a parameter server that fails, without which the worker would wait for ever."""
        while True:
            code = worker.code
            if code is not None:
                return str(self._rank), code
            for name, server in servers.items():
                if server.code:
                    return name, server.code
            self._look()
            if self._stop.cause:
                return str(self._rank), worker.stop(self._stop)
            time.sleep(POLL_SECONDS)

    def _look(self) -> None:
        grace = self._records.asked()
        if grace is not None:
            self._is_held = True
            self._stop.request(_ending(grace))

    def _wait_for_the_others(self) -> None:
        """mpirun would kill them as soon as it hears of a process that was killed: they have their grace too."""
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        while True:
            signal.pause()


def _ending(grace_seconds: float) -> Cause:
    return Cause("canceled", "Canceled", "All processes of the run are ended.", grace_seconds)


def _die_of(number: int) -> None:
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)

