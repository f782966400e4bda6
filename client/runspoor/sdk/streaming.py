"""Waiting for a run's end, with or without its output on the screen."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Callable, TypeVar

from runspoor.client import STD_LOG
from runspoor.errors import Unavailable, Unreachable
from runspoor.sdk.exceptions import ActivityFailedException, AzureMLException
from runspoor.sdk.growing_log import GrowingLog
from runspoor.sdk.run_details import error, failure
from runspoor.sdk.run_status import ENDED, RunStatus

if TYPE_CHECKING:
    from runspoor.sdk.run import Run

SHORTEST_PAUSE, LONGEST_PAUSE, CALMING_SECONDS = 0.25, 2.0, 30.0
"""Seconds between two looks at a run: one more for each half minute of waiting."""
LOG_PAUSE, WHY_SECONDS = 0.5, 5.0
"""Between two looks at a log; between two questions why a run waits, for which the backend asks Batch."""
BUILD_LOG = "system_logs/environment.txt"
T = TypeVar("T")


def wait_for_end(run: Run, show_output: bool, raise_on_error: bool) -> None:
    """Return when the run has ended and all it left is stored; ActivityFailedException when it failed."""
    try:
        if show_output:
            run._follow()
        else:
            _wait(run)
    except KeyboardInterrupt:
        print("\nThe run goes on; it is only not waited for any more. To end it: run.cancel(), or "
              f"'runspoor runs cancel {run.id}'.", flush=True)
        raise
    document = run._record.seen()
    if document["status"] == RunStatus.FAILED and raise_on_error:
        raise ActivityFailedException(failure(document, patiently(lambda: run._record.get("/why")).json()["summary"]))


def patiently(ask: Callable[[], T]) -> T:
    """The answer, however long the backend does not give it."""
    return Patience().answer(ask)


def _wait(run: Run) -> None:
    began, patience = time.monotonic(), Patience()
    while patience.answer(run.get_status) not in ENDED:
        time.sleep(min(LONGEST_PAUSE, SHORTEST_PAUSE + (time.monotonic() - began) / CALMING_SECONDS))


class Patience:
    """Waits for a backend that does not answer for as long as the caller does, and says once that it does not."""

    def __init__(self) -> None:
        self._is_silent = False

    def answer(self, ask: Callable[[], T]) -> T:
        """The answer, however long it takes."""
        while True:
            found, silent = self._tried(ask)
            self._say(silent)
            if found is not None:
                return found[0]
            time.sleep(LONGEST_PAUSE)

    def _tried(self, ask: Callable[[], T]) -> tuple[tuple[T] | None, str]:
        try:
            return (ask(),), ""
        except AzureMLException as failed:
            if isinstance(failed.inner_exception, (Unavailable, Unreachable)):
                return None, failed.message
            raise

    def _say(self, silent: str) -> None:
        if bool(silent) != self._is_silent:
            text = f"Runspoor does not answer, the run goes on by itself: {silent}" if silent else \
                "Runspoor answers again."
            print(text, file=sys.stderr, flush=True)
        self._is_silent = bool(silent)


class Stream:
    """The output of a run as it grows, and between its lines what becomes of the run."""

    def __init__(self, run: Run) -> None:
        self._run, self._record, self._patience = run, run._record, Patience()
        self._build, self._output = GrowingLog(self._record, BUILD_LOG), GrowingLog(self._record, STD_LOG)
        self._said: tuple[object, ...] = ()
        self._ask_why_at = 0.0

    def follow(self) -> None:
        """Print until the run has ended and its output is complete."""
        print(f"RunId: {self._run.id}\nWeb View: {self._run.get_portal_url()}\n", flush=True)
        complete = False
        while not complete:
            text, complete = self._patience.answer(self._output.more)
            if (text or complete) and not self._output.begun:
                self._show_build()
            self._output.show(text)
            if not text and not complete:
                self._look_around()
                time.sleep(LOG_PAUSE)
        self._patience.answer(self._record.now)
        self._show_summary()

    def _look_around(self) -> None:
        """There is nothing new to read: what is it doing, and what does the build of its environment say?"""
        self._patience.answer(self._show_status)
        if self._record.status() == RunStatus.STARTING:
            self._show_build()

    def _show_build(self) -> None:
        text, _ = self._patience.answer(self._build.more)
        self._build.show(text)

    def _show_status(self) -> None:
        """Each status once, and while the run is not running why; a wait that goes on for another reason anew."""
        run = self._record.now()
        now = run["status"], run["attempt"]
        is_known = now == self._said[:2] and time.monotonic() < self._ask_why_at
        if is_known or run["status"] in (RunStatus.RUNNING, *ENDED):
            return
        why = self._record.get("/why").json()
        self._ask_why_at = time.monotonic() + WHY_SECONDS
        if why["status"] not in ENDED and (*now, why["waiting_for"]) != self._said:
            self._said = (*now, why["waiting_for"])
            print(f"{why['status']}: {why['summary']}", flush=True)

    def _show_summary(self) -> None:
        document = self._record.seen()
        print(f"\nExecution Summary\n=================\nRunId: {self._run.id}\nWeb View: {self._run.get_portal_url()}")
        failed = error(document)
        if failed:
            print(f"\nError: {failed['error']['code']}: {failed['error']['message']}")
        elif document["status"] == RunStatus.CANCELED:
            print(f"\nCanceled: {(document['reason'] or {}).get('message', '')}")
        print(flush=True)
