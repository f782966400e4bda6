"""Nodes that can run nothing are given back, and the pool scales on, wherever it is interrupted."""

from datetime import timedelta

import pytest

from shared.application import compute_targets
from shared.application.backend import load
from shared.application.ports import TryLater
from shared.domain.compute import COMPUTE, ComputeTarget
from shared.domain.ids import compute_stream
from tests.unit.application.deployment import CAUSE, Deployment

LATER = timedelta(minutes=3)


def with_broken_node() -> Deployment:
    """A run waits for a node, and the only one there is can run nothing."""
    world = Deployment().queued()
    world.compute.broken["cpu-0"] = world.now
    return world


def target(world: Deployment) -> ComputeTarget:
    return load(world.backend, COMPUTE, compute_stream("cpu"))


def scales(world: Deployment) -> bool:
    pool = world.compute.pool("cpu")
    return bool(pool and pool.scales)


def die(*what: object) -> None:
    raise KeyboardInterrupt


def test_a_broken_node_is_replaced() -> None:
    world = with_broken_node()
    world.reconcile(timedelta(minutes=1))
    assert world.compute.broken, "it may have been taken away, and not be broken"
    world.reconcile(LATER)
    assert (world.compute.broken, world.compute.pools["cpu"], target(world).mending) == ({}, 1, False)
    assert scales(world)


def test_what_breaks_every_node_is_not_paid_for_again_and_again() -> None:
    world = with_broken_node()
    for minutes, replaced in ((3, True), (3, False), (3, False), (5, True)):
        world.reconcile(timedelta(minutes=minutes))
        assert bool(world.compute.broken) != replaced
        world.compute.broken.setdefault("cpu-0", world.now)


def test_a_reconciler_that_dies_after_the_nodes_are_gone_is_made_good(monkeypatch: pytest.MonkeyPatch) -> None:
    world = with_broken_node()
    world.now += LATER
    with monkeypatch.context() as patched:
        patched.setattr(compute_targets, "RecordMended", die)
        with pytest.raises(KeyboardInterrupt):
            compute_targets.mend(world.backend, "cpu", CAUSE)
    assert not scales(world)
    world.reconcile(timedelta(minutes=1))
    assert scales(world)
    assert world.compute.pools["cpu"] == 1


def test_one_that_dies_after_it_was_said_is_made_good_by_the_reaction() -> None:
    world = with_broken_node()
    world.now += LATER
    compute_targets.mend(world.backend, "cpu", CAUSE)
    assert "compute-cpu" in world.called()
    assert not scales(world)
    compute_targets.react(world.backend, "cpu", CAUSE)
    assert scales(world)


def test_a_pool_that_is_being_resized_is_left_alone_until_it_is_steady(monkeypatch: pytest.MonkeyPatch) -> None:
    world = with_broken_node()

    def busy(pool: str, nodes: object) -> None:
        raise TryLater

    with monkeypatch.context() as patched:
        patched.setattr(world.compute, "remove", busy)
        world.reconcile(LATER)
    assert (target(world).mended_at, bool(world.compute.broken)) == (None, True)
    world.reconcile(LATER)
    assert not world.compute.broken
