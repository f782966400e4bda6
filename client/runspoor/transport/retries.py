"""When a request is sent again, and how long that is waited for."""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Callable, TypeVar

from runspoor.errors import RunspoorError

__all__ = ["PATIENCE_SECONDS", "RETRIED", "RETRIED_OF_STORAGE", "Again", "asked_to_wait", "repeat"]

RETRIED = frozenset({408, 429, 502, 503, 504})
RETRIED_OF_STORAGE = RETRIED | {500}
"""Azure Storage answers 500 for what passes; the backend only for its own faults."""
PATIENCE_SECONDS = 60.0
FIRST_WAIT_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 10.0
SILENT_SECONDS = 3.0
"""Somebody may sit there: what lasts longer is said, once per request."""

T = TypeVar("T")


class Again(Exception):
    """Worth another try, not before ``after`` seconds. ``outcome`` is what the caller sees when there is none."""

    def __init__(self, outcome: RunspoorError, after: float = 0) -> None:
        super().__init__(str(outcome))
        self.outcome = outcome
        self.after = after


def repeat(once: Callable[[], T], patience: float = PATIENCE_SECONDS) -> T:
    """What ``once`` gives when it no longer raises ``Again``; raises the last outcome after ``patience`` seconds."""
    began = time.monotonic()
    give_up = began + patience
    tries, told = 0, False
    while True:
        try:
            return once()
        except Again as again:
            wait = max(_jittered(tries), again.after)
            if time.monotonic() + wait > give_up:
                raise again.outcome from again.__cause__
            if not told and time.monotonic() + wait > began + SILENT_SECONDS:
                told = True
                _tell(again.outcome, give_up)
        time.sleep(wait)
        tries += 1


def _tell(outcome: RunspoorError, give_up: float) -> None:
    """On stderr, for the thread in which somebody waits; what works in the background has its own words."""
    if threading.current_thread() is threading.main_thread():
        seconds = max(1, round(give_up - time.monotonic()))
        print(f"runspoor: {outcome} It is tried again for up to {seconds} s.", file=sys.stderr, flush=True)


def _jittered(tries: int) -> float:
    """Longer from try to try, with full jitter: many clients that failed together do not come back together."""
    return random.uniform(0, min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** min(tries, 16)))


def asked_to_wait(headers: Mapping[str, str]) -> float:
    """Seconds of Retry-After, a number or an HTTP date (RFC 9110, 10.2.3); 0 when it says nothing readable."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError, IndexError, OverflowError):
        return 0.0
