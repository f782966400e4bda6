"""A hostname and paths of its own for a node: Linux namespaces, alive as long as a process that ends with the emulator.

The UTS namespace has the node's hostname, the mount namespace shows its directories where every node has them. Root
makes both at once; another user makes them inside a user namespace, where the system lets users have one.
"""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from subprocess import DEVNULL, PIPE

_AS_USER = ("--user", "--map-root-user")
_KINDS = ((), _AS_USER)
_OWN = ("--uts", "--mount")
_PROGRAMS = ("unshare", "nsenter", "env", "bash", "sh", "mount", "hostname")
# $1 is the hostname, then come pairs of what to mount and where. `cat` ends when the emulator closes its end.
_HOLD = """
hostname "$1"; shift
while [ $# -gt 0 ]; do mount --rbind "$1" "$2"; shift 2; done
echo ready; exec cat
"""


@cache
def program(name: str) -> str:
    """The path of a program of the system: a task's own PATH must not change which one it is."""
    return shutil.which(name) or name


@cache
def kind() -> tuple[str, ...] | None:
    """What ``unshare`` needs beside the namespaces themselves; none where this system lets us have none."""
    if sys.platform != "linux" or not all(shutil.which(name) for name in _PROGRAMS):
        return None
    return next((found for found in _KINDS if _possible(found)), None)


def _possible(found: Sequence[str]) -> bool:
    command = [program("unshare"), *found, *_OWN, program("sh"), "-ec", _HOLD, "sh", "probe", ".", "."]
    return subprocess.run(command, stdin=DEVNULL, capture_output=True, check=False).returncode == 0


class Held:
    """One node's namespaces, which go when their process is killed and nothing else is in them.

    ``uts`` names the one that all processes of the node are in.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = process.pid
        self.uts = os.readlink(f"/proc/{process.pid}/ns/uts")
        if self.uts == os.readlink("/proc/self/ns/uts"):  # all that is in a node's namespace is killed with the node
            raise OSError("the node has no namespace of its own")

    @classmethod
    async def make(
        cls, hostname: str, mounts: Mapping[Path, Path], environment: Mapping[str, str], beside: "Held | None" = None
    ) -> "Held":
        """Namespaces in which ``mounts`` (where: what) are; ``beside`` other ones, so that one can enter the other.

        Raises OSError when the system refuses.
        """
        inside = beside.enter(own=()) if beside and kind() else ()
        pairs = [str(path) for where, what in mounts.items() for path in (what, where)]
        process = await asyncio.create_subprocess_exec(
            *(*inside, program("unshare"), *(() if inside else kind() or ()), *_OWN),
            *(program("sh"), "-ec", _HOLD, "sh", hostname, *pairs),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=dict(environment),
            start_new_session=True,
        )
        assert process.stdout is not None
        if not await process.stdout.readline():
            _, errors = await process.communicate()
            raise OSError(f"the node {hostname} cannot be made: {errors.decode(errors='replace').strip()}")
        return cls(process)

    def enter(self, own: Sequence[str] = _OWN) -> tuple[str, ...]:
        """The words before a command that bring it in from outside."""
        user = ("--user", "--preserve-credentials") if kind() else ()
        return (program("nsenter"), "--target", str(self.pid), *user, *own)
