"""What each operation on Cosmos costs, in request units, as the service itself says in every answer."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

HEADER = "x-ms-request-charge"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Charge:
    """Request units of one kind of operation. ``count`` counts answers: a query has one per page."""

    count: int = 0
    total: float = 0.0
    last: float = 0.0


class RequestCharges:
    """Adds up charges by operation. Safe to share between threads and stores."""

    def __init__(self) -> None:
        self._charges: dict[str, Charge] = {}
        self._lock = threading.Lock()

    def record(self, operation: str, headers: Mapping[str, str]) -> None:
        """Add the charge of one answer; failed operations cost too."""
        units = float(headers.get(HEADER, 0))
        with self._lock:
            known = self._charges.get(operation, Charge())
            self._charges[operation] = replace(known, count=known.count + 1, total=known.total + units, last=units)
        log.debug("Cosmos %s: %.2f RU", operation, units)

    def hook(self, operation: str) -> Callable[[Mapping[str, str], object], None]:
        """The ``response_hook`` of an SDK call."""
        return lambda headers, _: self.record(operation, headers)

    def snapshot(self) -> dict[str, Charge]:
        """The charges so far, by operation."""
        with self._lock:
            return dict(self._charges)
