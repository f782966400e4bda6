"""Several compute nodes on this machine: each with its own hostname and its own folder at the same path.

As Batch, the nodes are reached by a command in place of ssh, which enters the node's namespaces with a clean
environment. Needs the right to make namespaces.
"""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.integration.runner.node import Document, Node, lives
from tests.integration.runner.service import Service

CHUNKS_PER_NODE = 1_000_000
CAN_SEPARATE = shutil.which("nsenter") is not None and subprocess.run(
    ["unshare", "--uts", "--mount", "true"], capture_output=True, check=False).returncode == 0
PROGRAMS = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
AGENT = """#!/bin/bash
host=$1; shift
pid=$(cat {folder}/$host.pid) || exit 255
exec env -i HOME=/root PATH=/usr/bin:/bin nsenter -t $pid --uts --mount /bin/bash -c "$*"
"""
ENTER = "hostname {name} && mount --bind {own} {home} && echo $$ > {pid} && exec sleep infinity"


class Cluster(Node):
    """A node that has others: its runner is the first one's. Its home is at the same path on all of them."""

    def __init__(self, service: Service, archive: Path, folder: Path, run_id: str) -> None:
        super().__init__(service, archive, folder / "home", run_id)
        self._folder = folder
        self._holders: list[subprocess.Popen[bytes]] = []
        self._forgotten: int | None = None

    def make(self, nodes: int) -> None:
        """The nodes 0, 1, ... called node-0, node-1, ... at 127.0.0.2, 127.0.0.3, ..."""
        self._folder.mkdir(exist_ok=True)
        self.home.mkdir()
        agent = self._folder / "agent"
        agent.write_text(AGENT.format(folder=self._folder))
        agent.chmod(0o755)
        for number in range(nodes):
            self._hold(number)
        hosts = [_address(number) for number in range(nodes)]
        self.surroundings = {
            "PATH": PROGRAMS, "HOME": str(self.home), "LANG": "C.UTF-8", "AZ_BATCH_NODE_ID": "node-0",
            "AZ_BATCH_HOST_LIST": ",".join(reversed(hosts)), "AZ_BATCH_MASTER_NODE": f"{hosts[0]}:6000",
            "AZ_BATCH_TASK_SHARED_DIR": str(self.home), "AZ_BATCH_NODE_SHARED_DIR": str(self._folder),
            "RUNSPOOR_FREE_PORTS": "1", "PRTE_MCA_plm_ssh_agent": str(agent), "OMPI_MCA_plm_rsh_agent": str(agent)}

    def _hold(self, number: int) -> None:
        own, pid = self._own(number), self._folder / f"{_address(number)}.pid"
        own.mkdir()
        words = {"name": f"node-{number}", "own": own, "home": self.home, "pid": pid}
        line = ENTER.format(**{name: shlex.quote(str(word)) for name, word in words.items()})
        self._holders.append(subprocess.Popen(["unshare", "--uts", "--mount", "--propagation", "private", "/bin/bash",
                                               "-c", line]))
        self.until(lambda: pid.exists() and pid.read_text())

    def _own(self, number: int) -> Path:
        return self._folder / f"node-{number}"

    def submit(self, files: Mapping[str, str | bytes], **how: Any) -> None:
        super().submit(files, **how)
        self.service.tokens[self.run_id] *= how["distribution"]["nodes"]

    def run(self, files: Mapping[str, str | bytes], **how: Any) -> Document:
        self.make(how["distribution"]["nodes"])
        return super().run(files, **how)

    def start(self, forget: int | None = None) -> None:
        """``forget``: the node that does not get its task document."""
        self._forgotten = forget
        super().start()

    def write_task(self, home: Path) -> None:
        """To each node, as Batch does with common resource files."""
        for number in range(len(self._holders)):
            if number != self._forgotten:
                super().write_task(self._own(number))

    def command(self) -> list[str]:
        return ["nsenter", "-t", str(self._holders[0].pid), "--uts", "--mount", "/bin/bash", "-c",
                'cd "$0" && exec "$@"', str(self.home), *super().command()]

    def numbers(self, node: int) -> list[int]:
        """Of the metric chunks of a node; they have no gaps."""
        found = sorted(int(name.removesuffix(".json")) for name in self.names("metrics"))
        own = [number for number in found if number // CHUNKS_PER_NODE == node]
        assert own == [node * CHUNKS_PER_NODE + number for number in range(len(own))]
        return own

    def points_of(self, node: int, name: str) -> list[Any]:
        chunks = [json.loads(self.text(f"metrics/{number:08d}.json")) for number in self.numbers(node)]
        assert [chunk["seq"] for chunk in chunks] == self.numbers(node)
        return [value for chunk in chunks for series in chunk["series"] if series["name"] == name
                for value in series["values"]]

    @property
    def everything(self) -> str:
        """All text that is left on the nodes, and in the logs of the run."""
        files = [path.read_text(errors="replace") for number in range(len(self._holders))
                 for path in self._own(number).rglob("*") if path.is_file()]
        return "\n".join([*files, *map(self.text, self.names()), self.said])

    @property
    def left(self) -> list[str]:
        """The command lines of what runs on the nodes although the attempt has ended."""
        holders = {holder.pid for holder in self._holders}
        return [_command_line(pid) for number in range(len(holders)) for pid in self._processes_on(number)
                if pid not in holders and lives(pid)]

    def lose(self, number: int, only: str = "") -> None:
        """Kill all that runs on a node, or what has ``only`` in its command line."""
        for pid in [pid for pid in self._processes_on(number) if only in _command_line(pid)]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def kill_runner(self) -> None:
        super().stop()

    def _processes_on(self, number: int) -> list[int]:
        names = _uts(Path(f"/proc/{self._holders[number].pid}"))
        return [int(entry.name) for entry in Path("/proc").iterdir()
                if names and entry.name.isdigit() and _uts(entry) == names]

    def stop(self) -> None:
        super().stop()
        for number, holder in enumerate(self._holders):
            self.lose(number)
            holder.kill()
            holder.wait()

    @property
    def said(self) -> str:
        logs = [path.read_text(errors="replace") for path in self._folder.glob("node-*/*.txt")]
        return "\n".join([*logs, *(path.read_text() for path in self._folder.glob("node-*/runner.log"))])


def _address(number: int) -> str:
    return f"127.0.0.{number + 2}"


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def _uts(entry: Path) -> int:
    try:
        return os.stat(entry / "ns" / "uts").st_ino
    except OSError:
        return 0
