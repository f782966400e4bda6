"""What is asked to go wrong: planned answers to requests, and switches per pool. Forgotten at restart."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class PlannedAnswer:
    """The next ``times`` requests whose method and path match are answered with ``status``.

    With ``apply`` the operation is done first: the answer is lost, as when a connection breaks after the service acted.
    """

    method: str
    path: str
    status: int
    times: int = 1
    code: str = "ServerBusy"
    apply: bool = False
    retry_after: int | None = None


class Switch:
    """Set or not, per pool; ``cleared`` waits until it is not."""

    def __init__(self) -> None:
        self._events: dict[str, asyncio.Event] = {}

    def set(self, pool: str) -> None:
        self._events.setdefault(pool, asyncio.Event())

    def clear(self, pool: str) -> None:
        if event := self._events.pop(pool, None):
            event.set()

    def __contains__(self, pool: str) -> bool:
        return pool in self._events

    def __iter__(self) -> Iterator[str]:
        return iter(self._events)

    async def cleared(self, pool: str) -> None:
        while event := self._events.get(pool):
            await event.wait()


@dataclass
class Faults:
    """All that is asked for now; pools by their key."""

    answers: list[PlannedAnswer] = field(default_factory=list)
    allocation_failures: dict[str, tuple[str, str]] = field(default_factory=dict)
    allocation_hold: Switch = field(default_factory=Switch)
    scheduling_hold: Switch = field(default_factory=Switch)
    start_task_failure: Switch = field(default_factory=Switch)

    def answer(self, method: str, path: str) -> PlannedAnswer | None:
        """The planned answer to this request, counted down."""
        for planned in self.answers:
            if planned.method in ("*", method) and re.search(planned.path, path):
                planned.times -= 1
                if planned.times <= 0:
                    self.answers.remove(planned)
                return planned
        return None
