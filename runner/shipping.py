"""What goes on in the background while the script runs."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Protocol

from runner.blobs import BLOCK_BLOB, JSON, Blobs, expect
from runner.completion import now
from runner.errors import Fenced, Outage, Refused
from runner.names import ALIVE
from runner.stop import FENCED, Stop

log = logging.getLogger(__name__)
# A pause after something did not work, so that the log is not flooded.
AFTER_TROUBLE_SECONDS = 5.0
ALIVE_SECONDS = 30.0
ALIVE_PATIENCE_SECONDS = 10.0


class Steps(Protocol):
    """Something that is done again and again, and then for a last time."""

    def step(self) -> None: ...

    def finish(self) -> None: ...


class Background:
    """One thread that does the steps of ``work`` every ``seconds``."""

    def __init__(self, work: Steps, seconds: float, stop: Stop) -> None:
        self._work, self._seconds, self._stop = work, seconds, stop
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._loop, daemon=True, name=type(work).__name__)
        self._thread.start()

    def finish(self) -> None:
        """End the thread and do the last step. Raises Fenced; any other trouble is logged: the run still ends."""
        self._ended.set()
        self._thread.join()
        self._once(self._work.finish)

    def _loop(self) -> None:
        pause = 0.0
        try:
            while not self._ended.wait(pause):
                pause = self._seconds if self._once(self._work.step) else AFTER_TROUBLE_SECONDS
        except Fenced:
            self._stop.request(FENCED)

    def _once(self, action: Callable[[], None]) -> bool:
        try:
            action()
        except Fenced:
            raise
        except (OSError, Refused, Outage) as error:
            log.warning("%s: %s", self._thread.name, error)
        except Exception:
            log.exception("%s did not work", self._thread.name)
        else:
            return True
        return False


class Signal:
    """A create-only signal blob, written once whatever it takes."""

    def __init__(self, blobs: Blobs, name: str, document: Mapping[str, object]) -> None:
        self._blobs, self._name, self._document = blobs, name, document
        self._written = False

    def step(self) -> None:
        if not self._written:
            self._blobs.create(self._name, self._document)
            self._written = True

    finish = step


class SignOfLife:
    """A blob written again and again: of a machine that Batch does not watch, nothing else tells that it is there."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    def step(self) -> None:
        body = json.dumps({"at": now()}).encode()
        expect(201, ALIVE, self._blobs.send("PUT", ALIVE, {**BLOCK_BLOB, **JSON}, body,
                                            patience_seconds=ALIVE_PATIENCE_SECONDS))

    def finish(self) -> None:
        """What comes next is the report."""
