"""Views are the same whatever the order in which commits arrive, and however often."""

import random

import pytest

from shared.application.project import project, rebuild
from tests.unit.application.deployment import Deployment

KINDS = ("run", "experiment", "compute")


def views(world: Deployment) -> list[tuple[str, str, str, object]]:
    return [(v.kind, v.id, v.sort, v.body) for kind in KINDS for v in world.views.page(kind, {}, 100, None)]


def lived() -> Deployment:
    world = Deployment().queued()
    world.leave()
    for signal in ("started", "running", "completed"):
        world.arrive(signal)
        world.react()
    return world


@pytest.mark.parametrize("seed", range(5))
def test_commits_in_any_order_and_twice(seed: int) -> None:
    world = lived()
    project(world.backend, world.commits)
    expected = views(world)
    assert len(expected) == 3
    rebuild(world.backend)
    assert views(world) == expected
    for kind in KINDS:
        world.views.clear(kind)
    shuffled = world.commits * 2
    random.Random(seed).shuffle(shuffled)
    for commit in shuffled:
        project(world.backend, [commit])
    assert views(world) == expected
