"""One request to its answer: which answers are good, which are worth another try, and which error the others are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from runspoor.errors import Unavailable, Unreachable, from_answer
from runspoor.transport.exchange import Answer, Broken, Exchange, Incoming, Request
from runspoor.transport.retries import Again, asked_to_wait

__all__ = ["opened"]

STORAGE_CODE = "x-ms-error-code"
DAMAGED = frozenset({"Md5Mismatch", "Crc64Mismatch"})
"""What Storage says of content that was not what its checksum says: it was damaged on the way."""


@contextmanager
def opened(exchange: Exchange, request: Request, retried: frozenset[int]) -> Iterator[Incoming]:
    """A successful answer. Raises ``Again``, or an error when another try would be useless."""
    try:
        with exchange.open(request) as incoming:
            if not 200 <= incoming.status < 300:
                raise _refused(incoming.whole(), retried)
            yield incoming
    except Broken as error:
        raise _unanswered(request.url, error) from error


def _refused(answer: Answer, retried: frozenset[int]) -> Exception:
    code = answer.headers.get(STORAGE_CODE)
    said = {"detail": f"Storage answered {answer.status} {code}."} if code else _parsed(answer)
    refusal = from_answer(answer.status, said, answer.reason)
    if answer.status in retried or code in DAMAGED:
        return Again(Unavailable(refusal.status, refusal.detail), asked_to_wait(answer.headers))
    return refusal


def _unanswered(url: str, error: Broken) -> Exception:
    parts = urlsplit(url)
    if error.final:
        return Unreachable(f"{parts.scheme}://{parts.netloc} cannot be reached: {error}.")
    return Again(Unreachable(f"{parts.scheme}://{parts.netloc} does not answer ({error}): is it up?"))


def _parsed(answer: Answer) -> object:
    try:
        return answer.json()
    except ValueError:
        return None
