"""What can go wrong when talking to a backend: one class per thing a caller may do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = [
    "BadRequest", "Changed", "Conflict", "Corrupt", "Forbidden", "NoRoom", "NotAuthenticated", "NotConfigured",
    "NotFound", "RunspoorError", "ServiceError", "SnapshotError", "Unavailable", "Unreachable", "from_answer",
]


class RunspoorError(Exception):
    """The root of all errors of this package."""


class NotConfigured(RunspoorError):
    """The environment does not say which backend to talk to."""


class Unreachable(RunspoorError):
    """No answer came, however often it was tried."""


class Corrupt(RunspoorError):
    """What arrived, or was about to be sent, is not what its checksum says."""


class Changed(Corrupt):
    """It is no longer the content that was asked for."""


class NoRoom(RunspoorError):
    """This machine's disk is too small for it."""


class SnapshotError(RunspoorError):
    """The source folder cannot be frozen as it is."""


class ServiceError(RunspoorError):
    """The backend refused. ``status`` is that of HTTP, ``detail`` the backend's sentence, ``errors`` the fields."""

    def __init__(self, status: int, detail: str, errors: Sequence[str] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = tuple(errors)


class BadRequest(ServiceError):
    """The request cannot be accepted as it is: change it."""


class NotAuthenticated(ServiceError):
    """The key is missing or wrong."""


class Forbidden(ServiceError):
    """The key is good, but not for this."""


class NotFound(ServiceError):
    """There is no such thing."""


class Conflict(ServiceError):
    """What exists stands against it."""


class Unavailable(ServiceError):
    """The backend could not answer, however often it was tried: try again later."""


_CLASSES: Mapping[int, type[ServiceError]] = {
    400: BadRequest, 401: NotAuthenticated, 403: Forbidden, 404: NotFound, 409: Conflict, 412: Conflict,
    413: BadRequest, 422: BadRequest, 429: Unavailable,
}
_WORDS: Mapping[int, str] = {
    401: "The backend does not know the key: run 'runspoor login URL', or set RUNSPOOR_KEY.",
}
"""For answers that come without a sentence: the key is checked before the backend itself hears of a request."""


def from_answer(status: int, body: object, reason: str) -> ServiceError:
    """The error for an answer. ``body`` is problem+json (RFC 9457) if the backend itself answered."""
    problem = body if isinstance(body, dict) else {}
    usual = _WORDS.get(status, f"The backend answered {status} {reason}.")
    detail = problem.get("detail") or problem.get("title") or usual
    errors = problem.get("errors")
    kind = _CLASSES.get(status) or (Unavailable if status >= 500 else BadRequest)
    return kind(status, str(detail), [str(each) for each in errors] if isinstance(errors, list) else [])
