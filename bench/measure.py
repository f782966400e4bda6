"""Timing, and how a measurement is told: a figure, what it is held against, and the ratio of the two."""

import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Result:
    """``value`` and ``reference`` are in ``unit``; what they are is said in the names."""

    name: str
    value: float
    reference_name: str
    reference: float
    unit: str

    @property
    def ratio(self) -> float:
        return self.value / self.reference


def median_seconds(work: Callable[[], object], times: int = 7) -> float:
    """The median time of one call, after one that is not counted."""
    work()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def turn_by_turn(one: Callable[[], object], other: Callable[[], object], times: int = 41) -> tuple[float, float]:
    """The median times of two calls made in turn, so that whatever else the machine does meets both."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(times):
        for work, seconds in zip((one, other), taken, strict=True):
            start = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - start)
    return statistics.median(taken[0]), statistics.median(taken[1])


def per_second(work: Callable[[int], object], count: int, callers: int) -> float:
    """How many calls ``callers`` threads make in a second, over ``count`` calls numbered from 0."""
    with ThreadPoolExecutor(callers) as pool:
        start = time.perf_counter()
        list(pool.map(work, range(count)))
        return count / (time.perf_counter() - start)


def processor_seconds(pid: int) -> float:
    """The processor time that a process has used so far, its threads included, and not its children (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
