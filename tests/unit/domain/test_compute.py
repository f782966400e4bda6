"""The life of a compute target, rule by rule."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.compute import (
    CALLING,
    MEND_PAUSE,
    MOST_MENDED,
    ComputeCommand,
    ComputeCreated,
    ComputeDeleted,
    ComputeDeletionRequested,
    ComputeMended,
    ComputePhase,
    ComputeProvisioned,
    ComputeRefused,
    ComputeScaled,
    ComputeSpec,
    ComputeUpdated,
    CreateCompute,
    RecordDeleted,
    RecordMended,
    RecordProvisioned,
    RecordRefused,
    RecordScaled,
    RequestDeletion,
    UpdateCompute,
    to_mend,
    wanted_nodes,
)
from shared.domain.errors import NotFound, Rejected
from shared.domain.value import Reason
from tests.contract.examples import AT
from tests.unit.domain.scenario import compute

SPEC = ComputeSpec(vm_size="STANDARD_D2S_V3", min_nodes=1, max_nodes=4)
CREATE, MADE, DELETE, GONE = CreateCompute(SPEC), RecordProvisioned(), RequestDeletion("caller"), RecordDeleted()
QUOTA = Reason(code="PoolQuotaReached", message="No pools left.")


def test_the_usual_life() -> None:
    life = compute(CREATE, MADE, RecordScaled(3), UpdateCompute(max_nodes=8), DELETE, GONE)
    assert life.events == [
        ComputeCreated(spec=SPEC), ComputeProvisioned(), ComputeScaled(nodes=3),
        ComputeUpdated(spec=SPEC.model_copy(update={"max_nodes": 8})), ComputeDeletionRequested(by="caller"),
        ComputeDeleted()]


@pytest.mark.parametrize(("commands", "phase"), [
    ((), ComputePhase.ABSENT), ((CREATE,), ComputePhase.CREATING), ((CREATE, MADE), ComputePhase.SUCCEEDED),
    ((CREATE, RecordRefused(QUOTA)), ComputePhase.FAILED), ((CREATE, MADE, DELETE), ComputePhase.DELETING),
    ((CREATE, DELETE), ComputePhase.DELETING), ((CREATE, MADE, DELETE, GONE), ComputePhase.ABSENT),
    ((CREATE, MADE, DELETE, GONE, CREATE), ComputePhase.CREATING),
    ((CREATE, RecordRefused(QUOTA), CREATE), ComputePhase.CREATING),
])
def test_how_far_a_target_is(commands: tuple[ComputeCommand, ...], phase: ComputePhase) -> None:
    assert compute(*commands).state.phase is phase


def test_creating_the_same_twice_makes_one() -> None:
    compute(CREATE, CREATE).then()
    compute(CREATE, MADE, CREATE).then()


def test_creating_another_under_the_same_name_is_refused() -> None:
    compute(CREATE, MADE).refuses(CreateCompute(ComputeSpec(vm_size="other")), Rejected, "exists with other settings")


def test_a_target_that_was_refused_can_be_tried_again() -> None:
    refused = compute(CREATE, RecordRefused(QUOTA)).then(ComputeRefused(reason=QUOTA))
    assert refused.state.reason == QUOTA
    again = refused.when(CREATE).then(ComputeCreated(spec=SPEC))
    assert again.state.reason is None


def test_one_that_is_being_deleted_cannot_be_created_or_changed() -> None:
    going = compute(CREATE, MADE, DELETE)
    going.refuses(CREATE, Rejected, "wait until it is gone")
    going.refuses(UpdateCompute(max_nodes=9), Rejected, "wait until it is gone")
    going.when(RecordScaled(2)).then()
    going.when(MADE).then()
    going.when(DELETE).then()


@pytest.mark.parametrize("command", [UpdateCompute(max_nodes=2), MADE, RecordRefused(QUOTA), RecordScaled(1), DELETE])
def test_one_nobody_created_is_not_found(command: ComputeCommand) -> None:
    compute().refuses(command, NotFound, "There is no compute target 'cpu'")


def test_deleting_what_has_been_deleted_is_already_so() -> None:
    compute(CREATE, MADE, DELETE, GONE, DELETE).then()
    compute(CREATE, MADE, DELETE, GONE, GONE).then()
    compute(CREATE, MADE, GONE).then()


def test_deletion_while_it_is_being_made_survives_the_news_that_it_is() -> None:
    compute(CREATE, DELETE, MADE).then()
    compute(CREATE, DELETE, RecordRefused(QUOTA)).then()


def test_limits_cannot_cross() -> None:
    target = compute(CREATE, MADE)
    target.refuses(UpdateCompute(min_nodes=5), Rejected, "change both")
    target.refuses(UpdateCompute(max_nodes=0), Rejected, "change both")
    assert target.when(UpdateCompute(min_nodes=5, max_nodes=6)).state.spec == SPEC.model_copy(
        update={"min_nodes": 5, "max_nodes": 6})
    target.when(UpdateCompute(min_nodes=1, max_nodes=4)).then()
    assert target.when(UpdateCompute(min_nodes=0)).state.spec == SPEC.model_copy(update={"min_nodes": 0})


def test_scaling_is_told_when_it_is_news() -> None:
    scaled = compute(CREATE, MADE, RecordScaled(3)).then(ComputeScaled(nodes=3))
    scaled.when(RecordScaled(3)).then()
    compute(CREATE, RecordScaled(3)).then()
    assert compute(CREATE).state.nodes == SPEC.min_nodes


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 1000))
def test_wanted_nodes_stay_within_the_limits(least: int, more: int, tasks: int) -> None:
    spec = ComputeSpec(vm_size="x", min_nodes=least, max_nodes=least + more)
    assert least <= wanted_nodes(spec, tasks) <= least + more
    if least <= tasks <= least + more:
        assert wanted_nodes(spec, tasks) == tasks


def test_after_mending_batch_is_asked_again_and_once() -> None:
    mended = compute(CREATE, MADE, RecordScaled(3), RecordMended(("n1",))).then(ComputeMended(nodes=("n1",)))
    assert isinstance(mended.latest[-1], CALLING)
    mended.when(RecordMended(("n1",))).then()
    mended.when(RecordMended()).then()
    asked = mended.when(RecordScaled(3)).then(ComputeScaled(nodes=3))
    asked.when(RecordScaled(3)).then()
    asked.when(RecordMended()).then(ComputeMended())
    compute(CREATE, RecordMended(("n1",))).then()
    compute(CREATE, MADE, DELETE, RecordMended(("n1",))).then()
    assert not mended.when(DELETE, GONE, CREATE).state.mending


@pytest.mark.parametrize(("state", "minutes", "goes"), [
    ("unusable", 3, True), ("starttaskfailed", 2, True), ("unusable", 1, False), ("preempted", 60, False),
    ("running", 60, False), ("unknown", 60, False), ("offline", 60, False)])
def test_which_nodes_are_given_back(state: str, minutes: int, *, goes: bool) -> None:
    nodes = {"n2": (state, AT), "n1": (state, AT)}
    now = AT + timedelta(minutes=minutes)
    target = compute(CREATE, MADE).state
    assert to_mend(target, nodes, now) == (["n1", "n2"] if goes else [])
    lately = replace(target, mended_at=now - MEND_PAUSE + timedelta(seconds=1))
    assert to_mend(lately, nodes, now) == []
    assert len(to_mend(target, {f"n{n}": ("unusable", AT) for n in range(150)}, AT + MEND_PAUSE)) == MOST_MENDED


def test_the_system_is_called_when_it_acts_next() -> None:
    for commands in ((CREATE,), (CREATE, MADE, UpdateCompute(max_nodes=9)), (CREATE, DELETE)):
        assert isinstance(compute(*commands).latest[-1], CALLING)
