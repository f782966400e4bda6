"""The conversation with the kernel: requests come in, answers go out as soon as each is there."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any, Union

from runspoor.mount import kernel
from runspoor.mount.filesystem import FileSystem
from runspoor.mount.kernel import Request
from runspoor.mount.listing import say

MESSAGE_BYTES = 64 * 1024
"""More than the longest request: nothing is ever written to us."""
KILLED = 1 << 8
"""Bit of SIGKILL in the pending signals of /proc/PID/status."""
Buffer = Union[bytes, memoryview]


class Session:
    """Answers the requests that come out of ``device`` until it is unmounted."""

    def __init__(self, device: int, files: FileSystem) -> None:
        self._device, self._files = device, files
        self._interrupted: dict[int, int] = {}
        self._waiting: dict[int, int] = {}
        self._lock = threading.Lock()
        self.started, self.ended = threading.Event(), threading.Event()

    def run(self) -> None:
        """Until the end of the mount; sets ``started`` when the kernel has begun."""
        try:
            while (message := self._message()) is not None:
                if message:
                    self._take(kernel.request(message))
        finally:
            self.ended.set()

    def _message(self) -> bytes | None:
        """None at the end; empty when a request was taken back."""
        try:
            return os.read(self._device, MESSAGE_BYTES)
        except OSError as error:
            if error.errno == errno.ENODEV:
                return None
            if error.errno not in (errno.ENOENT, errno.EINTR, errno.EAGAIN):
                raise
        return b""

    def _take(self, request: Request) -> None:
        if request.opcode == kernel.INTERRUPT:
            return self._interrupt(kernel.number(request.body))
        if request.opcode in kernel.UNANSWERED:
            return None
        try:
            answer = self._files.answer(request)
        except OSError as error:
            return self._write(request.unique, (), error.errno or errno.EIO)
        except Exception as error:  # One request that cannot be answered must not end the mount for all others.
            say(f"A request ({request.opcode}) cannot be answered: {error!r}.")
            return self._write(request.unique, (), errno.EIO)
        if isinstance(answer, Future):
            return self._later(request, answer)
        self._write(request.unique, (answer,))
        if request.opcode == kernel.INIT:
            self.started.set()
        return None

    def _later(self, request: Request, answer: Future[Any]) -> None:
        with self._lock:
            self._waiting[request.unique] = request.pid
        answer.add_done_callback(lambda done: self._arrived(request.unique, done))

    def _arrived(self, unique: int, done: Future[Any]) -> None:
        with self._lock:
            self._interrupted.pop(unique, None)
            is_wanted = self._waiting.pop(unique, None) is not None
        if is_wanted:
            self._settle(unique, done)

    def _settle(self, unique: int, done: Future[Any]) -> None:
        error = done.exception()
        if error is not None:
            self._write(unique, (), getattr(error, "errno", None) or errno.EIO)
        else:
            found = done.result()
            self._write(unique, found if isinstance(found, list) else (found,))

    def _interrupt(self, unique: int) -> None:
        with self._lock:
            if unique in self._waiting:
                self._interrupted[unique] = self._waiting[unique]

    def let_go_of_killed(self) -> None:
        """Answer those who were killed: until then the kernel keeps them. Other signals interrupt no reading."""
        with self._lock:
            killed = [unique for unique, pid in self._interrupted.items() if _is_killed(pid)]
            for unique in killed:
                del self._interrupted[unique], self._waiting[unique]
        for unique in killed:
            self._write(unique, (), errno.EINTR)

    def _write(self, unique: int, pieces: Sequence[Buffer], error: int = 0) -> None:
        with suppress(OSError):  # Nobody waits for it any more.
            os.writev(self._device, [kernel.header(unique, sum(map(len, pieces)), error), *pieces])


def _is_killed(pid: int) -> bool:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines()
    except OSError:
        return False
    pending = (line.split()[1] for line in lines if line.startswith(("SigPnd:", "ShdPnd:")))
    return any(int(mask, 16) & KILLED for mask in pending)
