"""One connection pool per process: transports share it, and a fork gets its own."""

from __future__ import annotations

import os
import threading
from typing import Callable, Generic, Protocol, TypeVar
from weakref import WeakValueDictionary, finalize

__all__ = ["Pool", "Pools"]


class Pool(Protocol):
    """Connections that are kept for the next request."""

    def close(self) -> None:
        """Close them all."""


P = TypeVar("P", bound=Pool)
# Never used, never collected: to close what a fork inherited could disturb its parent, or wait for a lock that nobody
# in this process holds.
_inherited: list[Pool] = []


class _Held(Generic[P]):
    """A pool, closed when nobody refers to this any more."""

    def __init__(self, pool: P) -> None:
        self.pool = pool
        self.process = os.getpid()
        finalize(self, _close, pool, self.process)


class Pools(Generic[P]):
    """The pool of this process, which ``make`` makes when somebody needs it."""

    def __init__(self, make: Callable[[], P]) -> None:
        self._make = make
        self._by_process: WeakValueDictionary[int, _Held[P]] = WeakValueDictionary()
        self._lock = threading.Lock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._unlock)

    def user(self) -> User[P]:
        """Somebody who needs connections now and then."""
        return User(self)

    def here(self) -> _Held[P]:
        with self._lock:
            held = self._by_process.get(os.getpid())
            if held is None:
                held = self._by_process[os.getpid()] = _Held(self._make())
            return held

    def _unlock(self) -> None:
        """Whoever held the lock is not in this process."""
        self._lock = threading.Lock()


class User(Generic[P]):
    """Keeps the pool of this process open from the first use to ``close``."""

    def __init__(self, pools: Pools[P]) -> None:
        self._pools = pools
        self._held: _Held[P] | None = None

    def pool(self) -> P:
        held = self._held
        if held is None or held.process != os.getpid():
            held = self._held = self._pools.here()
        return held.pool

    def close(self) -> None:
        self._held = None


def _close(pool: Pool, process: int) -> None:
    if process == os.getpid():
        pool.close()
    else:
        _inherited.append(pool)
