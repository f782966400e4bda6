"""What the system does next, for every place a run can be in."""

from datetime import timedelta

import pytest

from shared.domain.next_step import (
    CALLING,
    FORCE_AFTER,
    DeliverCancel,
    FinalizeRun,
    LookAgain,
    Nothing,
    OpenNextAttempt,
    ReleaseCompute,
    Step,
    SubmitTask,
    TerminateTask,
    next_step,
)
from shared.domain.run_commands import GiveUp, RecordCancelDelivered, RecordLost, RunCommand
from shared.domain.run_events import AttemptOpened
from tests.contract.examples import AT
from tests.unit.domain.requests import (
    CANCEL,
    DEFINITION,
    GONE,
    OPEN,
    SILENT,
    SUBMIT,
    TO_END,
    TO_FINALIZING,
    TO_QUEUED,
    TO_RUNNING,
    TO_STARTING,
)
from tests.unit.domain.scenario import run

DELIVERED = RecordCancelDelivered(1)


@pytest.mark.parametrize(("commands", "step"), [
    ((), Nothing()),
    ((SUBMIT,), OpenNextAttempt(1)),
    ((SUBMIT, OPEN), SubmitTask(1)),
    (TO_QUEUED, Nothing()),
    (TO_STARTING, Nothing()),
    (TO_RUNNING, Nothing()),
    ((*TO_RUNNING, RecordLost(1, GONE)), OpenNextAttempt(2)),
    (TO_FINALIZING, FinalizeRun(1)),
    (TO_END, ReleaseCompute()),
    ((*TO_RUNNING, GiveUp(1, SILENT)), ReleaseCompute()),
    ((SUBMIT, CANCEL), ReleaseCompute()),
    ((SUBMIT, OPEN, CANCEL), TerminateTask(1)),
    ((*TO_QUEUED, CANCEL), TerminateTask(1)),
    ((*TO_STARTING, CANCEL), DeliverCancel(1)),
    ((*TO_RUNNING, CANCEL), DeliverCancel(1)),
])
def test_the_next_step(commands: tuple[RunCommand, ...], step: Step) -> None:
    assert next_step(run(*commands).state, AT) == step


def test_a_node_gets_its_grace_before_its_task_is_terminated() -> None:
    told = run(*TO_RUNNING, CANCEL, DELIVERED)
    assert told.state.cancel
    assert told.state.cancel.delivered_at
    force_at = told.state.cancel.delivered_at + timedelta(seconds=DEFINITION.grace_seconds) + FORCE_AFTER
    assert next_step(told.state, force_at - timedelta(microseconds=1)) == LookAgain(force_at)
    assert next_step(told.state, force_at) == TerminateTask(1)


def test_the_system_is_called_whenever_it_acts_next() -> None:
    """Each event after which there is a step has the step's reaction called, or the one who caused it goes on."""
    others = (*CALLING, AttemptOpened)
    for commands in (TO_END, (*TO_RUNNING, RecordLost(1, GONE)), (*TO_RUNNING, CANCEL), (SUBMIT, CANCEL)):
        for count in range(1, len(commands) + 1):
            then = run(*commands[:count])
            if not isinstance(next_step(then.state, AT), Nothing):
                assert isinstance(then.latest[-1], others)
