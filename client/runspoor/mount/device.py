"""Mounting and unmounting: by mount(2) where this process may, else by the program fusermount."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

DEVICE = "/dev/fuse"
SWITCH = "RUNSPOOR_FUSE"
"""Variable: ``off`` makes this machine one that cannot mount."""
KIND = "fuse.runspoor"
MOST_READ = 1 << 20
READ_ONLY, NO_SUID, NO_DEV = 1, 2, 4
DETACH = 2
FUSERMOUNT_SECONDS = 10
_ESCAPES = {"\\040": " ", "\\011": "\t", "\\012": "\n", "\\134": "\\"}


class CannotMount(Exception):
    """This machine, or this user of it, cannot mount; the text says why, a clause without a full stop."""


def check() -> None:
    """Raises CannotMount where there is no use in trying."""
    if os.environ.get(SWITCH, "").lower() == "off":
        raise CannotMount(f"{SWITCH} is off")
    if sys.platform != "linux":
        raise CannotMount("only Linux can")
    if not os.access(DEVICE, os.R_OK | os.W_OK):
        raise CannotMount(f"{DEVICE} is not there or not to be opened by this user")
    if os.geteuid() != 0 and _fusermount() is None:
        raise CannotMount("this user is not root, and the program fusermount3 (package fuse3) is not there")


def mount(point: str) -> int:
    """Mount on an existing folder; gives the open device. Raises CannotMount."""
    check()
    remove_stale(point)
    try:
        return _mount(point)
    except PermissionError as error:
        if _fusermount() is None:
            raise CannotMount(f"the kernel refuses it ({error.strerror})") from error
        return _by_fusermount(point)
    except OSError as error:
        raise CannotMount(f"the kernel refuses it ({error.strerror})") from error


def _options() -> str:
    return f"default_permissions,max_read={MOST_READ}"


def _source() -> str:
    """How the mount is listed: by the process that serves it."""
    return f"runspoor:{os.getpid()}"


def _mount(point: str) -> int:
    if os.geteuid() != 0:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
    device = os.open(DEVICE, os.O_RDWR | os.O_CLOEXEC)
    said = f"fd={device},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()},{_options()}"
    try:
        _call("mount", _source().encode(), os.fsencode(point), KIND.encode(),
              ctypes.c_ulong(READ_ONLY | NO_SUID | NO_DEV), said.encode())
    except OSError:
        os.close(device)
        raise
    return device


def _call(name: str, *arguments: object) -> None:
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _fusermount() -> str | None:
    return shutil.which("fusermount3") or shutil.which("fusermount")


def _by_fusermount(point: str) -> int:
    """It mounts with the rights of root and hands over the open device through a socket."""
    ours, theirs = socket.socketpair()
    options = f"ro,nosuid,nodev,fsname={_source()},subtype=runspoor,{_options()}"
    with ours, theirs:
        done = subprocess.run([str(_fusermount()), "-o", options, "--", point], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False, pass_fds=[theirs.fileno()],
                              timeout=FUSERMOUNT_SECONDS, env={**os.environ, "_FUSE_COMMFD": str(theirs.fileno())})
        theirs.close()
        _, descriptors, _, _ = socket.recv_fds(ours, 1, 1)
    if not descriptors:
        raise CannotMount(f"fusermount refuses it ({done.stderr.strip() or done.returncode})")
    os.set_inheritable(descriptors[0], False)
    return descriptors[0]


def read_more_at_once(point: str) -> None:
    """Let the kernel ask for as much at once as it may, where we may say so: its usual is an eighth of that."""
    number = os.stat(point).st_dev
    with suppress(OSError):
        Path(f"/sys/class/bdi/{os.major(number)}:{os.minor(number)}/read_ahead_kb").write_text(str(MOST_READ // 1024))


def unmount(point: str) -> None:
    """Take the mount away at once, whoever still uses it; nothing when there is none."""
    try:
        _call("umount2", os.fsencode(point), DETACH)
    except PermissionError:
        program = _fusermount()
        if program:
            subprocess.run([program, "-u", "-z", "--", point], stdin=subprocess.DEVNULL, capture_output=True,
                           check=False, timeout=FUSERMOUNT_SECONDS)
    except OSError:
        pass  # Nothing is mounted there any more.


def is_mounted(point: str) -> bool:
    """Whether one of our file systems is mounted there."""
    return any(each == point for _, each in _mounts())


def remove_stale(point: str | None = None) -> None:
    """Take away what processes left mounted that were killed: all such mounts, and whatever is so at ``point``."""
    for pid, each in _mounts():
        if (each == point or not Path(f"/proc/{pid}").exists()) and _is_dead(each):
            unmount(each)


def remove_below(folder: str) -> None:
    """Take away all mounts of ours at or below ``folder``, whoever serves them. Asks none of them anything: a process
    that is there and does not answer would keep who asks it."""
    inside = [each for _, each in _mounts() if each == folder or each.startswith(f"{folder}/")]
    for each in reversed(inside):
        unmount(each)


def _mounts() -> Iterator[tuple[str, str]]:
    """Serving process and mount point of each of our mounts."""
    with suppress(OSError):
        for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape").splitlines():
            before, _, after = line.partition(" - ")
            kind, source = after.split(" ")[:2]
            if kind == KIND and source.startswith("runspoor:"):
                yield source.partition(":")[2], _plain(before.split(" ")[4])


def _plain(text: str) -> str:
    for escape, sign in _ESCAPES.items():
        text = text.replace(escape, sign)
    return text


def _is_dead(point: str) -> bool:
    """By opening it: what stat shows, the kernel may remember."""
    try:
        os.close(os.open(point, os.O_RDONLY | os.O_DIRECTORY))
    except OSError as error:
        return error.errno == errno.ENOTCONN
    return False
