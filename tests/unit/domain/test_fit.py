"""What no node will ever run is refused, and the refusal says what to change."""

import pytest

from shared.domain.compute import ComputeSpec
from shared.domain.definition import Distribution, Environment, Image, RunDefinition
from shared.domain.errors import Invalid
from shared.domain.fit import check_fit
from tests.unit.domain.requests import DEFINITION, ON_CALLER


def on(nodes: int, base: RunDefinition = DEFINITION, **changes: object) -> RunDefinition:
    spread = Distribution(kind="mpi", nodes=nodes, processes=nodes)
    return base.model_copy(update={"distribution": spread, **changes})


def largest(nodes: int) -> ComputeSpec:
    return ComputeSpec(vm_size="standard_d2s_v3", max_nodes=nodes)


def test_what_fits() -> None:
    for definition, spec in (
        (DEFINITION, largest(1)), (on(1), largest(1)), (on(4), largest(4)), (on(1, ON_CALLER), None)
    ):
        check_fit(definition, spec)
    alone_in_a_container = DEFINITION.model_copy(update={"environment": Environment(image=Image(name="python:3.12"))})
    check_fit(alone_in_a_container, largest(1))


@pytest.mark.parametrize(("definition", "spec", "says"), [
    (on(3), largest(2), "needs 3 nodes at once, and compute target 'cpu' has no more than 2: raise its max_nodes"),
    (on(2), largest(1), "has a single one"),
    (on(2, ON_CALLER), None, "the caller's machine is one: name a compute target"),
    (on(1, environment=Environment(image=Image(name="python:3.12"))), largest(1), "name the packages"),
    (on(2, environment=Environment(image=Image(dockerfile="FROM x"))), largest(2), "cannot reach into a container"),
])
def test_what_does_not_fit(definition: RunDefinition, spec: ComputeSpec | None, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        check_fit(definition, spec)
