"""One system at a time on a state directory."""

import fcntl
from pathlib import Path


class StateInUse(RuntimeError):
    """Another system runs on the state directory; the text says what to do."""


class Lock:
    """Held from construction until ``release``, or until this process ends, however it ends."""

    def __init__(self, root: Path) -> None:
        self._file = (root / "lock").open("w")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise StateInUse(f"Another system runs on {root}: stop it, or take another directory (--state).") from None

    def release(self) -> None:
        """Give the directory free; again does nothing."""
        self._file.close()
