"""Operating system processes of tasks: started in their own session, found again, and killed with all they left behind.

A task may fork, and its children may leave the process group with ``setsid``. Every process of a task inherits its
environment, in which one variable names the node's directory and another the session and attempt; so on Linux
``/proc`` tells whose they are. Elsewhere the process group is what can be reached.
"""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

NODE = "BATCH_EMULATOR_NODE"
SESSION = "BATCH_EMULATOR_SESSION"
PROC = Path("/proc")
_LINUX = sys.platform == "linux"
_PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None).prctl if _LINUX else None


async def start(
    command: Sequence[str], directory: Path, environment: Mapping[str, str], output: Path, errors: Path
) -> asyncio.subprocess.Process:
    """Run ``command`` in ``directory/wd`` as a session of its own. Raises OSError when it cannot be started."""
    with output.open("ab") as out, errors.open("ab") as err:
        return await asyncio.create_subprocess_exec(
            *command,
            cwd=directory,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
            preexec_fn=_die_with_parent if _LINUX else None,
        )


def _die_with_parent() -> None:
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def birth(pid: int) -> str | None:
    """When a process started, in the system's own words: with the pid it names one process for ever; None if gone."""
    if _LINUX:
        try:
            return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[19]
        except OSError:
            return None
    shown = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.strip() or None


def marked(name: str, value: str) -> Iterator[int]:
    """Processes whose environment has ``name=value``, or a ``value`` that is a directory above theirs."""
    entry = f"{name}={value}".encode()
    for environ in PROC.glob("[0-9]*/environ") if _LINUX else ():
        try:
            entries = environ.read_bytes().split(b"\0")
        except OSError:
            continue  # ended meanwhile, or another user's
        if any(item == entry or item.startswith(entry + b"/") for item in entries):
            yield int(environ.parent.name)


def inside(uts: str) -> Iterator[int]:
    """Processes in a UTS namespace, which is named as in /proc/PID/ns/uts."""
    for link in PROC.glob("[0-9]*/ns/uts"):
        with suppress(OSError):  # ended meanwhile, or another user's
            if os.readlink(link) == uts:
                yield int(link.parent.parent.name)


def signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return  # all gone, or only zombies are left


def kill(name: str, value: str) -> int:
    """Kill every process that carries the mark; how many there were."""
    return _kill_all(lambda: marked(name, value))


def kill_inside(uts: str) -> int:
    """Kill every process in a UTS namespace, whatever its environment; how many there were."""
    return _kill_all(lambda: inside(uts))


def _kill_all(find: Callable[[], Iterator[int]]) -> int:
    """Again until none is found."""
    killed: set[int] = set()
    for _ in range(10):  # a process that forks while it is looked for is met by the next pass
        found = [pid for pid in find() if pid != os.getpid()]
        for pid in found:
            _kill_one(pid)
        if not set(found) - killed:
            break
        killed.update(found)
    return len(killed)


def _kill_one(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
