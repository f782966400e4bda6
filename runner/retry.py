"""Sending again: exponential backoff with jitter, honouring Retry-After."""

from __future__ import annotations

import http.client
import random
import time
from collections.abc import Callable
from dataclasses import replace
from email.utils import parsedate_to_datetime

from runner.connections import Response
from runner.errors import Outage

PASSING = frozenset({408, 429, 500, 502, 503, 504})
TROUBLE = (OSError, http.client.HTTPException)
FIRST_DELAY_SECONDS = 0.1
LONGEST_DELAY_SECONDS = 10.0
# One request is sent again for this long; what follows a growing file then starts afresh where it was.
PATIENCE_SECONDS = 3600.0


def persist(send: Callable[[], Response], patience_seconds: float = PATIENCE_SECONDS) -> Response:
    """The first answer that is not a passing trouble. Raises Outage when there was none in time."""
    give_up = time.monotonic() + patience_seconds
    tries = 0
    while True:
        try:
            response = send()
        except TROUBLE as error:
            trouble, at_least = f"{type(error).__name__}: {error}", 0.0
        else:
            if response.status not in PASSING:
                return replace(response, uncertain=tries > 0)
            trouble, at_least = f"HTTP {response.status}", retry_after(response)
        wait = max(at_least, delay(tries))
        if time.monotonic() + wait > give_up:
            raise Outage(f"no usable answer for {patience_seconds:.0f} s, last {trouble}")
        time.sleep(wait)
        tries += 1


def delay(tries: int) -> float:
    """Seconds before the next try: doubling, and spread so that many nodes do not come back at once."""
    return float(min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2**min(tries, 16)) * random.uniform(0.5, 1))


def retry_after(response: Response) -> float:
    """Seconds the service asked for: a number or an HTTP date; 0 when it said nothing readable."""
    text = response.headers.get("Retry-After") or ""
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError):
        return 0.0
