"""Why a script is stopped before its end."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.names import CANCEL
from runner.task import Task

if TYPE_CHECKING:
    from runner.blobs import Blobs  # The processes of a distributed run need no HTTP, and start sooner without it.

log = logging.getLogger(__name__)
CANCEL_POLL_SECONDS = 2.0
TERMINATED_GRACE_SECONDS = 5.0
TERMINATED = {False: "The compute node ended the task.", True: "The runner was stopped on the caller's machine."}


@dataclass(frozen=True)
class Cause:
    """``outcome`` and ``code`` are words of the contract."""

    outcome: str
    code: str
    message: str
    grace_seconds: float


FENCED = Cause("fenced", "Fenced", "Another attempt has taken over.", 0)


class Stop:
    """The first cause counts, but being fenced counts more; the shortest grace counts.

    Plain assignments only, because a signal handler calls ``request`` between any two instructions of the main thread.
    """

    def __init__(self) -> None:
        self.cause: Cause | None = None
        self.grace_seconds = float("inf")

    def request(self, cause: Cause) -> None:
        self.grace_seconds = min(self.grace_seconds, cause.grace_seconds)
        if self.cause is None or cause is FENCED:
            self.cause = cause


class CancelPoll:
    """Asks for the wish to cancel."""

    def __init__(self, blobs: Blobs, task: Task, stop: Stop) -> None:
        self._blobs, self._task, self._stop = blobs, task, stop

    def step(self) -> None:
        if self._stop.cause is None:
            content = self._blobs.read(CANCEL, CANCEL_POLL_SECONDS)
            if content is not None:
                self._stop.request(canceled(content, self._task.grace_seconds))

    def finish(self) -> None:
        """The script has ended: a wish that comes now comes too late."""


def canceled(content: bytes, grace_seconds: float) -> Cause:
    """The cause that ``cancel.json`` tells of; unreadable content is still a wish to cancel."""
    try:
        wish = json.loads(content)
        by, reason = wish.get("by"), wish.get("reason")
    except (ValueError, AttributeError):
        by = reason = None
    message = f"Canceled by {by or 'request'}" + (f": {reason}" if reason else ".")
    return Cause("canceled", "Canceled", message, grace_seconds)


def time_limit(task: Task) -> Cause:
    message = f"The {task.title} ran longer than its limit of {task.duration_seconds} s; give it more time."
    return Cause("time_limit", "TimeLimit", message, task.grace_seconds)


def terminated(task: Task) -> Cause:
    return Cause("canceled", "Canceled", TERMINATED[task.local], min(task.grace_seconds, TERMINATED_GRACE_SECONDS))
