"""Cancellation against everything it can race with, in every order."""

from itertools import permutations

import pytest

from shared.domain.errors import Rejected
from shared.domain.run_commands import (
    GiveUp,
    RecordCancelDelivered,
    RecordLost,
    RecordReport,
    RequestCancel,
    RunCommand,
)
from shared.domain.run_events import AttemptLost, CancelDelivered, CancelRequested, RunEnded
from shared.domain.run_state import CANCEL_REQUESTED, Phase
from shared.domain.value import Reason
from tests.unit.domain.requests import (
    CANCEL,
    END,
    GONE,
    OPEN,
    REPORTED,
    SCRIPT,
    SILENT,
    STARTED,
    STOPPED,
    SUBMIT,
    TO_END,
    TO_FINALIZING,
    TO_QUEUED,
    TO_RUNNING,
)
from tests.unit.domain.scenario import happened, run

REQUESTED = CancelRequested(by="caller/default", reason="wrong data")
CANCELED = RunEnded(status="Canceled", reason=Reason(code="Canceled", message="Canceled by caller/default: wrong data"))
DELIVERED = RecordCancelDelivered(1)


def test_a_run_nothing_was_done_for_is_canceled_at_once() -> None:
    run(SUBMIT, CANCEL).then(REQUESTED, CANCELED)
    run(SUBMIT, CANCEL, OPEN).then()


@pytest.mark.parametrize("before", [(SUBMIT, OPEN), TO_QUEUED, (*TO_QUEUED, STARTED), TO_RUNNING])
def test_an_open_run_shows_the_request_until_it_has_stopped(before: tuple[RunCommand, ...]) -> None:
    asked = run(*before, CANCEL).then(REQUESTED)
    assert asked.state.status == CANCEL_REQUESTED
    asked.when(DELIVERED).then(CancelDelivered(attempt=1)).when(DELIVERED).then()
    stopped = asked.when(RecordReport(1, STOPPED))
    assert stopped.state.status == "Finalizing"
    stopped.when(END).then(RunEnded(status="Canceled", reason=CANCELED.reason, outputs=END.outputs))


def test_the_first_request_counts() -> None:
    run(*TO_RUNNING, CANCEL, RequestCancel("somebody else")).then()


def test_a_request_for_a_canceled_run_is_already_so() -> None:
    run(SUBMIT, CANCEL, CANCEL).then()
    run(*TO_RUNNING, GiveUp(1, Reason(code="TimeLimit", message="Passed its limit.")), CANCEL).then()


def test_a_request_after_the_script_has_ended_is_refused() -> None:
    run(*TO_FINALIZING).refuses(CANCEL, Rejected, "Finalizing already")
    run(*TO_END).refuses(CANCEL, Rejected, "Completed already")


def test_a_lost_attempt_of_a_canceled_run_is_not_repeated() -> None:
    run(*TO_RUNNING, CANCEL, RecordLost(1, GONE)).then(AttemptLost(attempt=1, reason=GONE), CANCELED)


def test_a_forced_end_of_a_canceled_run_is_a_cancellation() -> None:
    run(*TO_RUNNING, CANCEL, DELIVERED, GiveUp(1, SILENT)).then(CANCELED)


def test_a_script_that_finishes_in_spite_of_the_request_has_finished() -> None:
    assert run(*TO_RUNNING, CANCEL, DELIVERED, REPORTED, END).state.phase is Phase.COMPLETED


RACERS: dict[str, RunCommand] = {
    "cancel": CANCEL, "delivered": DELIVERED, "report": REPORTED, "end": END, "given up": GiveUp(1, SILENT),
}


@pytest.mark.parametrize("order", list(permutations(RACERS)), ids="-".join)
def test_whoever_wins_the_run_ends_once(order: tuple[str, ...]) -> None:
    race = run(*TO_RUNNING)
    canceled_first = order.index("cancel") < min(order.index("report"), order.index("given up"))
    for name in order:
        try:
            race = race.when(RACERS[name])
        except Rejected:
            assert name == "cancel"
            assert not canceled_first
    race = race.when(END)
    assert len(happened(race, RunEnded)) == 1
    if order.index("report") < order.index("given up"):
        assert race.state.status == "Completed"
    else:
        assert race.state.status == ("Canceled" if canceled_first else "Failed")


@pytest.mark.parametrize("order", list(permutations([STARTED, SCRIPT, REPORTED, CANCEL])))
def test_signals_and_a_request_in_any_order_end_in_one_place(order: tuple[RunCommand, ...]) -> None:
    race = run(*TO_QUEUED)
    for command in order:
        try:
            race = race.when(command)
        except Rejected:
            assert command is CANCEL
    assert race.state.phase is Phase.FINALIZING
    assert race.when(END).state.phase is Phase.COMPLETED
