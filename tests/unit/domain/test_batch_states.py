"""The table of what Batch says, row by row."""

from datetime import timedelta

import pytest

from shared.domain.batch_states import (
    LOST_BECAUSE,
    RERUN_EXIT_CODE,
    TABLE,
    Meaning,
    Observed,
    TaskObservation,
    conclude,
    observed,
)
from shared.domain.run_commands import GiveUp, RecordLost, RunCommand
from shared.domain.run_state import Phase
from shared.domain.value import Reason
from tests.contract.examples import AT
from tests.unit.domain.requests import (
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

PATIENCE = timedelta(minutes=2)
LONG_AGO = AT - timedelta(hours=1)
TASKS: dict[Observed, TaskObservation | None] = {
    Observed.MISSING: None,
    Observed.WAITING: TaskObservation("active"),
    Observed.ON_NODE: TaskObservation("running", node="node-1"),
    Observed.ON_OTHER_NODE: TaskObservation("running", node="node-2"),
    Observed.COMPLETED: TaskObservation("completed", "node-1", exit_code=137, ended_at=LONG_AGO),
    Observed.RERUN: TaskObservation("completed", "node-2", exit_code=RERUN_EXIT_CODE, ended_at=LONG_AGO),
}
RUNS: dict[Phase, tuple[RunCommand, ...]] = {
    Phase.QUEUED: TO_QUEUED, Phase.STARTING: TO_STARTING, Phase.RUNNING: TO_RUNNING,
}
Q, S, R = Phase.QUEUED, Phase.STARTING, Phase.RUNNING
EXPECTED, LOST, SILENT_END = Meaning.AS_EXPECTED, Meaning.LOST, Meaning.SILENT_END
ROWS = [
    (Q, Observed.MISSING, LOST), (Q, Observed.WAITING, EXPECTED), (Q, Observed.ON_NODE, EXPECTED),
    (Q, Observed.ON_OTHER_NODE, EXPECTED), (Q, Observed.COMPLETED, SILENT_END), (Q, Observed.RERUN, LOST),
    (S, Observed.MISSING, LOST), (S, Observed.WAITING, LOST), (S, Observed.ON_NODE, EXPECTED),
    (S, Observed.ON_OTHER_NODE, LOST), (S, Observed.COMPLETED, SILENT_END), (S, Observed.RERUN, LOST),
    (R, Observed.MISSING, LOST), (R, Observed.WAITING, LOST), (R, Observed.ON_NODE, EXPECTED),
    (R, Observed.ON_OTHER_NODE, LOST), (R, Observed.COMPLETED, SILENT_END), (R, Observed.RERUN, LOST),
]


@pytest.mark.parametrize(("phase", "column", "meaning"), ROWS)
def test_a_row(phase: Phase, column: Observed, meaning: Meaning) -> None:
    state = run(*RUNS[phase]).state
    command = conclude(state, TASKS[column], AT, PATIENCE)
    assert TABLE[phase][column] is meaning
    match meaning:
        case Meaning.AS_EXPECTED:
            assert command is None
        case Meaning.LOST:
            message = f"Attempt 1 was lost: {LOST_BECAUSE[column]}"
            assert command == RecordLost(1, Reason(code="NodeLost", message=message))
        case Meaning.SILENT_END:
            assert isinstance(command, GiveUp)
            assert command.attempt == 1


def test_the_rows_are_the_whole_table() -> None:
    assert {(phase, column) for phase, columns in TABLE.items() for column in columns} == {row[:2] for row in ROWS}
    assert all(set(columns) == set(Observed) for columns in TABLE.values())
    assert set(LOST_BECAUSE) == {column for _, column, meaning in ROWS if meaning is LOST}


@pytest.mark.parametrize("commands", [
    (), (SUBMIT,), (SUBMIT, OPEN), (*TO_RUNNING, RecordLost(1, GONE)), TO_FINALIZING, TO_END,
    (*TO_RUNNING, GiveUp(1, SILENT)),
])
@pytest.mark.parametrize("column", Observed)
def test_in_every_other_phase_nothing_follows(commands: tuple[RunCommand, ...], column: Observed) -> None:
    assert conclude(run(*commands).state, TASKS[column], AT, PATIENCE) is None


@pytest.mark.parametrize("column", Observed)
def test_a_task_is_seen_as_what_it_is(column: Observed) -> None:
    assert observed(run(*TO_RUNNING).state, TASKS[column]) is column


@pytest.mark.parametrize("task", [
    TaskObservation("preparing", "node-1"), TaskObservation("preparing"), TaskObservation("running"),
])
def test_a_task_in_preparation_is_on_its_node(task: TaskObservation) -> None:
    assert observed(run(*TO_RUNNING).state, task) is Observed.ON_NODE


def test_whatever_follows_is_accepted() -> None:
    for phase, column, meaning in ROWS:
        asked = run(*RUNS[phase])
        if command := conclude(asked.state, TASKS[column], AT, PATIENCE):
            assert asked.when(command).latest, (phase, column, meaning)


@pytest.mark.parametrize(("ago", "gives_up"), [(PATIENCE, True), (PATIENCE - timedelta(microseconds=1), False)])
def test_a_silent_node_gets_time_to_report(ago: timedelta, gives_up: bool) -> None:
    task = TaskObservation("completed", "node-1", exit_code=0, ended_at=AT - ago)
    assert bool(conclude(run(*TO_RUNNING).state, task, AT, PATIENCE)) is gives_up


def ended_after(seconds: int, failure: Reason | None = None) -> Reason:
    begun = LONG_AGO - timedelta(seconds=seconds)
    task = TaskObservation("completed", "node-1", 137, failure, LONG_AGO, begun)
    command = conclude(run(*TO_RUNNING).state, task, AT, PATIENCE)
    assert isinstance(command, GiveUp)
    return command.reason


def test_a_task_ended_at_its_limit_was_too_long() -> None:
    """The limit of the definition is 60 s, counted for the task itself, not from an earlier attempt."""
    assert ended_after(60).code == "TimeLimit"
    assert ended_after(59).code == "NoReport"


def test_a_silent_end_says_what_batch_says() -> None:
    failure = Reason(code="FailureExitCode", message="The task process exited with an unexpected exit code")
    assert ended_after(1, failure=failure).message == (
        "The task ended with exit code 137 without reporting. Batch says FailureExitCode: "
        "The task process exited with an unexpected exit code")
    assert ended_after(1).message.endswith("Batch gave no reason")
