"""The formula of a pool, as Batch evaluates it: with samples and without, before the deadline and after it."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from local.batch.formula import Samples, Value, evaluate
from local.batch.formula_syntax import MAX_LENGTH, parse
from shared.adapters.autoscale import DEADLINE, TARGET, formula
from shared.domain.compute import ComputeSpec

NOW = datetime(2026, 11, 20, 19, 30, tzinfo=UTC)
BEFORE, AFTER = NOW + DEADLINE - timedelta(seconds=1), NOW + DEADLINE
PERIOD = 30.0
Priority = Literal["dedicated", "low_priority"]


def spec(smallest: int = 0, largest: int = 10, priority: Priority = "dedicated", idle: int = 600) -> ComputeSpec:
    return ComputeSpec(vm_size="standard_d2s_v3", min_nodes=smallest, max_nodes=largest, vm_priority=priority,
                       idle_seconds_before_scaledown=idle)


def asked(spec: ComputeSpec, nodes: int, at: datetime, pending: tuple[int, ...] = (), present: int = 4) -> float:
    """The nodes a pool wants that has ``present`` ones; ``pending`` are the samples up to ``at``, the newest last."""
    when = at.timestamp()
    points = [(when - PERIOD * age, float(value)) for age, value in enumerate(reversed(pending))]
    variables: dict[str, Value] = {"$PendingTasks": Samples(points[::-1], when, PERIOD)}
    variables |= {name: float(present) for name in TARGET.values()}
    found = evaluate(parse(formula(spec, nodes, NOW)), variables, when)
    assert found["$NodeDeallocationOption"] == "taskcompletion"
    assert [name for name in found if name in TARGET.values()] == [TARGET[spec.vm_priority]]
    target = found[TARGET[spec.vm_priority]]
    assert isinstance(target, float)
    return target


@pytest.mark.parametrize("pending", [(), (0,) * 20, (9,) * 20])
@pytest.mark.parametrize("at", [NOW, BEFORE])
def test_until_the_deadline_the_known_number_is_asked_for(at: datetime, pending: tuple[int, ...]) -> None:
    assert asked(spec(), 3, at, pending) == 3


def test_after_the_deadline_what_waits_decides() -> None:
    assert asked(spec(), 3, AFTER, (7,) * 20) == 7
    assert asked(spec(), 3, AFTER, (0,) * 20) == 0


def test_after_the_deadline_a_node_stays_until_it_was_idle_for_long() -> None:
    busy_a_while_ago = (2,) * 10 + (0,) * 10
    assert asked(spec(idle=600), 3, AFTER, busy_a_while_ago) == 2
    assert asked(spec(idle=300), 3, AFTER, (2,) * 10 + (0,) * 12) == 0


def test_without_samples_the_present_number_stays() -> None:
    assert asked(spec(), 3, AFTER, (), present=6) == 6
    assert asked(spec(idle=600), 3, AFTER, (0, 0, 0), present=6) == 6, "too few to tell"


@pytest.mark.parametrize("priority", ["dedicated", "low_priority"])
def test_never_below_the_smallest_nor_above_the_largest(priority: Priority) -> None:
    limits = spec(smallest=2, largest=5, priority=priority)
    for at, nodes, pending, present in itertools.product(
        (NOW, BEFORE, AFTER), (0, 2, 4, 99), ((), (0,) * 20, (3,) * 20, (99,) * 20), (0, 3, 99)
    ):
        assert 2 <= asked(limits, nodes, at, pending, present) <= 5


@pytest.mark.parametrize("idle", [0, 59, 3600, 7 * 86400])
@pytest.mark.parametrize("count", [0, 1, 2, 20])
def test_it_never_fails(idle: int, count: int) -> None:
    for at in (NOW, AFTER, NOW + timedelta(days=3650)):
        asked(spec(idle=idle), 1, at, (1,) * count)


def test_batch_takes_it() -> None:
    assert len(formula(spec(largest=10_000, idle=7 * 86400), 10_000, NOW)) < MAX_LENGTH
