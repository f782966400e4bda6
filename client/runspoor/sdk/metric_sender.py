"""Metrics over HTTP, in the background: nobody who logs waits for the backend."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import sys
import threading
import time
import uuid
import weakref
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice

from runspoor.errors import Unavailable, Unreachable
from runspoor.points import Entry
from runspoor.sdk.exceptions import AzureMLException, ServiceException
from runspoor.sdk.metric_batch import NAMES, batch_length, request
from runspoor.sdk.run_record import RunRecord

COLLECT_SECONDS = 1.0
IDLE_SECONDS = 10.0
"""A thread that long without work ends; the next entry begins another."""
AT_EXIT_SECONDS = 30.0
_senders: weakref.WeakSet[MetricSender] = weakref.WeakSet()


class MetricSender:
    """Sends what is logged about once a second. What the backend cannot take just now is sent again until it can."""

    def __init__(self, record: RunRecord) -> None:
        self._record = record
        self._begin()
        _senders.add(self)

    def _begin(self) -> None:
        """Also in a fork, which has neither the thread nor a lock it can trust; what its parent logged, that sends."""
        self._changed = threading.Condition()
        self._waiting: list[Entry] = []
        self._thread: threading.Thread | None = None
        self._hurry = False
        self._failed: AzureMLException | None = None

    def add(self, entries: Iterable[Entry]) -> None:
        """Take entries. Raises what the backend said when it refused earlier ones."""
        with self._changed:
            self._raise_failure()
            self._waiting += entries
            if self._thread is None and self._waiting:
                self._thread = threading.Thread(target=self._run, name="runspoor-metrics", daemon=True)
                self._thread.start()
                _finish_with(os.getpid())
            self._changed.notify_all()

    def flush(self, timeout_seconds: float) -> None:
        """Wait until all is stored. Raises what the backend said when it refused, ServiceException when time is up."""
        with self._changed:
            self._hurry = True
            self._changed.notify_all()
            stored = self._changed.wait_for(lambda: not self._waiting or self._failed is not None, timeout_seconds)
            self._hurry = False
            self._raise_failure()
        if not stored:
            raise ServiceException(Unreachable(
                f"{len(self._waiting)} log calls are not stored after {timeout_seconds} s: the backend does not "
                "answer. They are sent when it does; call flush() again."))

    def _raise_failure(self) -> None:
        failed, self._failed = self._failed, None
        if failed is not None:
            raise failed

    def _run(self) -> None:
        while self._collected():
            with self._changed:
                batch = self._waiting[:batch_length(list(islice(self._waiting, NAMES)))]
            failed = self._sent(request(batch))
            with self._changed:
                del self._waiting[:len(batch)]
                self._failed = failed or self._failed
                self._changed.notify_all()

    def _collected(self) -> bool:
        """Wait for entries, and a moment for more; False when there are none for long."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._waiting, IDLE_SECONDS):
                self._thread = None
                return False
            self._changed.wait_for(lambda: self._hurry or len(self._waiting) >= NAMES, COLLECT_SECONDS)
            return True

    def _sent(self, body: object) -> AzureMLException | None:
        """None once the backend has it; what it said when it refuses."""
        key = uuid.uuid4().hex
        while True:
            try:
                self._record.write("POST", "/metrics", body, key)
                return None
            except AzureMLException as error:
                if not isinstance(error.inner_exception, (Unavailable, Unreachable)):
                    return error
            time.sleep(COLLECT_SECONDS)


@atexit.register
def _finish() -> None:
    deadline = time.monotonic() + AT_EXIT_SECONDS
    for sender in list(_senders):
        _last_flush(sender, max(0.0, deadline - time.monotonic()))


@lru_cache(maxsize=1)
def _finish_with(process: int) -> None:
    """Have ``_finish`` called in the children of multiprocessing too: they end without ``atexit``."""
    if multiprocessing.parent_process() is not None:
        from multiprocessing.util import Finalize

        Finalize(None, _finish, exitpriority=0)


def _begin_in_fork() -> None:
    """Before any thread of the fork can log."""
    for sender in list(_senders):
        sender._begin()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_in_fork)


def _last_flush(sender: MetricSender, seconds: float) -> None:
    try:
        sender.flush(seconds)
    except AzureMLException as error:
        print(f"runspoor: metrics were lost: {error.message}", file=sys.stderr)
