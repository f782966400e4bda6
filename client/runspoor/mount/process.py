"""A mount as another process sees it: it is there while ``Mounted`` is, and no longer than this process."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from runspoor.mount import device

READY_SECONDS = 60.0
END_SECONDS = 10.0
MARKS = ("RUNSPOOR_RUN_ID", "RUNSPOOR_ATTEMPT")
PACKAGES = Path(__file__).resolve().parents[2]


class NotReady(Exception):
    """The mount did not come up in time."""


class Mounted:
    """Mounts what ``described`` says, which is what ``python -m runspoor.mount`` reads.

    Raises CannotMount, NotReady.
    """

    def __init__(self, described: Mapping[str, Any], patience: float = READY_SECONDS) -> None:
        device.check()
        self._point = str(described["mount_point"])
        # A session of its own: Ctrl-C is for the script, which may go on reading. And not in the script's folder, whose
        # modules may have the names of others. Without the marks of a run: at its end all that has them is killed, and
        # this one has to unmount first.
        inherited = {name: value for name, value in os.environ.items() if name not in MARKS}
        self._process = subprocess.Popen([sys.executable, "-m", "runspoor.mount"], stdin=subprocess.PIPE, cwd="/",
                                         stdout=subprocess.PIPE, start_new_session=True,
                                         env={**inherited, "PYTHONPATH": str(PACKAGES)})
        try:
            self._tell(described)
            self._await(patience)
        except BaseException:
            self.stop()
            raise

    def _tell(self, described: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(described).encode() + b"\n")
            self._process.stdin.flush()

    def _await(self, patience: float) -> None:
        assert self._process.stdout is not None
        readable, _, _ = select.select([self._process.stdout], [], [], patience)
        if not readable:
            raise NotReady(f"The mount point {self._point} was not ready after {patience:.0f} s.")
        said = json.loads(self._process.stdout.readline() or b"{}")
        if not said.get("ready"):
            raise device.CannotMount(said.get("why", "the process that mounts ended, and says above why"))

    def stop(self) -> None:
        """Unmount, whoever still reads. Again: nothing."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()
        self._process.terminate()  # A fork of this process may hold its standard input open.
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if device.is_mounted(self._point):
            device.unmount(self._point)
