"""How listeners wait: poll again at once while there is work, ever slower while there is none."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

from azure.core.exceptions import AzureError

from local.host.app import Function

log = logging.getLogger("runspoor.host")
SHORTEST = 0.05
_AFTER_ERROR = 5.0


class Listener(Protocol):
    """Starts functions when something happens; one per trigger, or per group of triggers."""

    @property
    def functions(self) -> tuple[Function, ...]:
        """The functions this listener starts."""

    async def listen(self, stop: asyncio.Event) -> None:
        """Start functions until ``stop``; then let what runs end."""

    async def start(self, function: Function, given: str) -> None:
        """Run ``function`` once by hand with the input ``given``. Raises FunctionFailedError, ValueError."""


class Backoff:
    """Pauses that double from ``shortest`` to ``longest`` seconds until there is work."""

    def __init__(self, longest: float, shortest: float = SHORTEST) -> None:
        self._shortest, self._longest = min(shortest, longest), longest
        self._next = self._shortest

    def __call__(self, worked: bool) -> float:
        """The pause after a poll, which ``worked`` or found nothing."""
        if worked:
            self._next = self._shortest
            return 0
        pause, self._next = self._next, min(self._next * 2, self._longest)
        return pause


class Bell:
    """Ends the pauses of those who poll: a function has run, and may have left work for others.

    What other programs leave is found at the next poll, so the bell saves time and is never needed.
    """

    def __init__(self) -> None:
        self._next = asyncio.Event()

    @property
    def next(self) -> asyncio.Event:
        """Set the next time the bell is rung. Take it before looking, so that nothing is missed."""
        return self._next

    def ring(self) -> None:
        rung, self._next = self._next, asyncio.Event()
        rung.set()


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait for ``seconds``, or less when told to stop."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def poll(what: str, step: Callable[[], Awaitable[bool]], delay: Callable[[bool], float],
               stop: asyncio.Event, bell: Bell | None = None) -> None:
    """Call ``step`` until ``stop``, also when the service cannot be reached; that is said once, and its return.

    A bell shortens no pause below ``SHORTEST``, however often it is rung: so that under load work comes in batches.
    """
    failing = Backoff(_AFTER_ERROR)
    broken = False
    while not stop.is_set():
        rung = bell.next if bell else stop
        try:
            worked = await step()
        except AzureError as error:
            level = logging.DEBUG if broken else logging.WARNING
            log.log(level, "%s cannot be read, trying again: %s", what, summary(error))
            broken = True
            await pause(stop, failing(False))
            continue
        if broken:
            log.warning("%s can be read again", what)
            broken = False
            failing(True)
        seconds = delay(worked)
        await pause(stop, min(seconds, SHORTEST))
        await pause(rung, seconds - SHORTEST)


def summary(error: BaseException) -> str:
    """The first line of what an error says; the SDKs add headers and times below it."""
    return str(error).partition("\n")[0] or type(error).__name__


async def finish(running: set[asyncio.Task[None]]) -> None:
    """Wait for what runs. The host sets the limit, by canceling its listeners."""
    if running:
        await asyncio.wait(set(running))
