"""How listeners wait: slower while there is nothing to do, and at once when a function has run."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from local.host.listening import SHORTEST, Backoff, Bell, poll

LONG = 3600.0
Look = Callable[[int], Awaitable[bool]]


async def polled(look: Look, meanwhile: Callable[[asyncio.Event, Bell], Awaitable[None]]) -> None:
    """Poll with pauses of an hour until ``meanwhile`` has stopped it; ``look`` is told how often it has looked."""
    stop, bell, looks = asyncio.Event(), Bell(), iter(range(10_000))
    poller = asyncio.create_task(poll("a test", lambda: look(next(looks)), lambda _: LONG, stop, bell))
    async with asyncio.timeout(10):
        await meanwhile(stop, bell)
        stop.set()
        bell.ring()
        await poller


def test_a_bell_ends_a_pause_and_so_does_the_end() -> None:
    seen = [asyncio.Event() for _ in range(3)]

    async def look(number: int) -> bool:
        seen[number].set()
        return False

    async def meanwhile(stop: asyncio.Event, bell: Bell) -> None:
        await seen[0].wait()
        await asyncio.sleep(2 * SHORTEST)
        assert not seen[1].is_set()
        bell.ring()
        await seen[1].wait()

    asyncio.run(polled(look, meanwhile))


def test_a_bell_that_is_rung_during_a_look_is_not_missed() -> None:
    looking, go_on, again = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def look(number: int) -> bool:
        if number == 0:
            looking.set()
            await go_on.wait()
        else:
            again.set()
        return False

    async def meanwhile(stop: asyncio.Event, bell: Bell) -> None:
        await looking.wait()
        bell.ring()
        go_on.set()
        await again.wait()

    asyncio.run(polled(look, meanwhile))


def test_a_bell_that_is_rung_all_the_time_makes_no_busy_loop() -> None:
    looks: list[float] = []

    async def look(number: int) -> bool:
        looks.append(time.monotonic())
        return False

    async def meanwhile(stop: asyncio.Event, bell: Bell) -> None:
        while len(looks) < 5:
            bell.ring()
            await asyncio.sleep(0.001)

    asyncio.run(polled(look, meanwhile))
    assert looks[4] - looks[0] >= 4 * SHORTEST


def test_pauses_grow_until_there_is_work() -> None:
    pauses = Backoff(0.2)
    assert [pauses(worked) for worked in (False, False, False, False, True, False)] == [0.05, 0.1, 0.2, 0.2, 0, 0.05]
