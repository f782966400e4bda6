"""What can go wrong, and how the runner leaves then."""

from __future__ import annotations

EXIT_WRITTEN = 0
EXIT_NOT_WRITTEN = 70
EXIT_LOST = 75


class RunFailed(Exception):
    """The run ends as failed: ``code`` is one of the contract's reason codes, ``message`` is for the user."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Stopped(Exception):
    """The run is to end, as ``Stop.cause`` says, while something was being made for it."""


class Lost(Exception):
    """Another node of the attempt is gone: the attempt is lost, and another one may do better. Says which node."""


class Fenced(Exception):
    """This attempt is no longer the current one: kill the script, write nothing, leave with EXIT_LOST."""


class Refused(Exception):
    """The service gave a definite no (a 4xx): asking again would not help. ``status`` is that of HTTP."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Outage(Exception):
    """The service could not be reached, or kept answering that it cannot serve, for the whole of the patience."""
