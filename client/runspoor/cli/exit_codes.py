"""What the command says to the shell."""

from __future__ import annotations

from collections.abc import Mapping

from runspoor import errors
from runspoor.sdk.exceptions import AuthenticationException, AzureMLException

__all__ = ["ENDED", "INTERRUPTED", "MEANINGS", "code_for"]

RUN_FAILED, USAGE, NO_ACCESS, NOT_FOUND, REFUSED, NO_ANSWER, INTERRUPTED = 1, 2, 3, 4, 5, 6, 130

MEANINGS: Mapping[int, str] = {
    0: "done; with --wait: the run completed",
    RUN_FAILED: "with --wait: the run failed or was canceled",
    USAGE: "the command line is wrong",
    NO_ACCESS: "nothing says which backend, or its key is missing or wrong",
    NOT_FOUND: "there is no such thing",
    REFUSED: "the backend or this command refuses: the sentence says why",
    NO_ANSWER: "the backend cannot be reached, or is too busy",
    INTERRUPTED: "interrupted by Ctrl-C",
}

ENDED: Mapping[str, int] = {"Completed": 0, "Failed": RUN_FAILED, "Canceled": RUN_FAILED}
"""Statuses in which a run stays, and what they are to the shell."""

_OF_ERRORS: tuple[tuple[type[BaseException], int], ...] = (
    (errors.NotConfigured, NO_ACCESS),
    (errors.NotAuthenticated, NO_ACCESS),
    (errors.Forbidden, NO_ACCESS),
    (AuthenticationException, NO_ACCESS),
    (errors.NotFound, NOT_FOUND),
    (errors.Unreachable, NO_ANSWER),
    (errors.Unavailable, NO_ANSWER),
    (errors.RunspoorError, REFUSED),
    (AzureMLException, REFUSED),
    (OSError, REFUSED),
)
"""The first that fits counts."""


def code_for(error: BaseException) -> int | None:
    """The exit code for an error that is not a fault of this program; None for one that is."""
    cause = getattr(error, "inner_exception", None)
    if isinstance(cause, errors.RunspoorError):
        error = cause
    return next((code for kind, code in _OF_ERRORS if isinstance(error, kind)), None)
