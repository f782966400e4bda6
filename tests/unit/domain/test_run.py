"""The life of a run, rule by rule."""

import pytest

from shared.domain import limits
from shared.domain.definition import Outputs, Report
from shared.domain.errors import Invalid, NotFound, Rejected
from shared.domain.run_commands import (
    EndRun,
    GiveUp,
    OpenAttempt,
    RecordDelay,
    RecordLost,
    RecordQueued,
    RecordReport,
    RecordScriptStarted,
    RecordStarted,
    RequestCancel,
    RunCommand,
    SubmitRun,
)
from shared.domain.run_events import (
    AttemptEnded,
    AttemptLost,
    AttemptOpened,
    AttemptQueued,
    AttemptStarted,
    DelayReported,
    LateReportIgnored,
    RunEnded,
    RunSubmitted,
    ScriptStarted,
)
from shared.domain.run_state import Phase
from shared.domain.value import Reason
from tests.unit.domain.requests import (
    DEFINITION,
    END,
    FAILURE,
    GONE,
    OPEN,
    QUEUED,
    REPORTED,
    SCRIPT,
    SILENT,
    STARTED,
    STOPPED,
    SUBMIT,
    SUCCESS,
    TO_END,
    TO_FINALIZING,
    TO_QUEUED,
    TO_RUNNING,
    TOO_LONG,
    WHY,
)
from tests.unit.domain.scenario import run

LOST_TWICE: tuple[RunCommand, ...] = (*TO_RUNNING, RecordLost(1, GONE), OpenAttempt(2), RecordLost(2, GONE))


def test_the_usual_life() -> None:
    life = run(*TO_END)
    assert [type(event) for event in life.events] == [
        RunSubmitted, AttemptOpened, AttemptQueued, AttemptStarted, ScriptStarted, AttemptEnded, RunEnded]
    assert (life.state.phase, life.state.node, life.state.task_id) == (Phase.COMPLETED, "node-1", "digits_1-a1")
    assert life.state.outputs == Outputs(files=1, bytes=2)


@pytest.mark.parametrize(("commands", "phase"), [
    ((), Phase.NOT_STARTED), ((SUBMIT,), Phase.NOT_STARTED), ((SUBMIT, OPEN), Phase.PREPARING),
    (TO_QUEUED, Phase.QUEUED), ((*TO_QUEUED, STARTED), Phase.STARTING), (TO_RUNNING, Phase.RUNNING),
    (TO_FINALIZING, Phase.FINALIZING), (TO_END, Phase.COMPLETED),
])
def test_how_far_a_run_is(commands: tuple[RunCommand, ...], phase: Phase) -> None:
    assert run(*commands).state.status == phase.value


def test_a_run_nobody_submitted_is_not_found() -> None:
    for command in (OPEN, STARTED, REPORTED, RequestCancel("caller")):
        run().refuses(command, NotFound, "There is no run 'digits_1'")


def test_submitting_the_same_twice_makes_one_run() -> None:
    run(SUBMIT, SUBMIT).then()
    run(*TO_END, SUBMIT).then()


def test_submitting_something_else_under_the_same_id_is_refused() -> None:
    other = SubmitRun(DEFINITION.model_copy(update={"compute_target": "gpu"}))
    run(SUBMIT).refuses(other, Rejected, "other contents")


def test_a_submission_past_the_limits_writes_nothing() -> None:
    for many in ({f"t{n}": "" for n in range(limits.TAGS + 1)}, {"": "x"}, {"x" * 101: ""}, {"x": "y" * 1_001}):
        run().refuses(SubmitRun(DEFINITION, tags=many), Invalid, "tag")
        run().refuses(SubmitRun(DEFINITION, properties=many), Invalid, "property")


def test_signals_may_overtake_each_other() -> None:
    """The script's signal comes first: what is behind the run is already so."""
    overtaken = run(SUBMIT, OPEN, SCRIPT)
    assert overtaken.state.phase is Phase.RUNNING
    for late in (STARTED, QUEUED, SCRIPT):
        overtaken.when(late).then()
    run(SUBMIT, OPEN, REPORTED).then(AttemptEnded(attempt=1, report=SUCCESS))


@pytest.mark.parametrize("command", [
    RecordQueued(1, "t"), RecordStarted(1, "node-0"), RecordScriptStarted(1), RecordLost(1, GONE), GiveUp(1, SILENT),
    OpenAttempt(1), OpenAttempt(3), EndRun(Outputs()),
])
def test_a_stale_attempt_moves_nothing(command: RunCommand) -> None:
    run(*TO_RUNNING, RecordLost(1, GONE), OpenAttempt(2), command).then()
    run(*TO_RUNNING, RecordLost(1, GONE), command if command != OpenAttempt(1) else OPEN).then()


def test_a_late_report_of_a_lost_attempt_is_noted_once() -> None:
    late = RecordReport(1, SUCCESS)
    again = run(*TO_RUNNING, RecordLost(1, GONE), OpenAttempt(2), late)
    again.then(LateReportIgnored(attempt=1, outcome="succeeded"))
    again.when(late).then()
    assert again.state.phase is Phase.PREPARING


def test_a_report_after_the_run_was_given_up_is_noted_once() -> None:
    given_up = run(*TO_RUNNING, GiveUp(1, SILENT))
    given_up.when(REPORTED).then(LateReportIgnored(attempt=1, outcome="succeeded")).when(REPORTED).then()


def test_a_lost_attempt_is_followed_by_the_next() -> None:
    lost = run(*TO_RUNNING, RecordLost(1, GONE)).then(AttemptLost(attempt=1, reason=GONE))
    assert (lost.state.phase, lost.state.lost) == (Phase.NOT_STARTED, {1: GONE})
    lost.when(OpenAttempt(2)).then(AttemptOpened(attempt=2))


def test_the_last_lost_attempt_ends_the_run() -> None:
    ended = run(*LOST_TWICE)
    message = "All 2 attempts were lost; the last because: Its node was lost."
    ended.then(AttemptLost(attempt=2, reason=GONE),
               RunEnded(status="Failed", reason=Reason(code="AttemptsExhausted", message=message)))
    ended.when(OpenAttempt(3)).then()
    ended.when(RecordLost(2, GONE)).then()


@pytest.mark.parametrize(("report", "status", "code"), [
    (SUCCESS, "Completed", None), (FAILURE, "Failed", "ScriptFailed"), (TOO_LONG, "Canceled", "TimeLimit"),
])
def test_what_a_node_reports_is_how_the_run_ends(report: Report, status: str, code: str | None) -> None:
    state = run(*TO_RUNNING, RecordReport(1, report), END).state
    assert (state.status, state.reason and state.reason.code) == (status, code)


def test_a_node_that_was_stopped_though_nobody_canceled_has_lost_its_attempt() -> None:
    stopped = run(*TO_RUNNING, RecordReport(1, STOPPED))
    assert (stopped.state.phase, stopped.state.lost[1].code) == (Phase.NOT_STARTED, "NodeStopped")
    stopped.when(RecordReport(1, STOPPED)).then()
    canceled = run(*TO_RUNNING, RequestCancel("ada"), RecordReport(1, STOPPED), END)
    assert canceled.state.status == "Canceled"


def test_a_problem_with_the_outputs_fails_a_run_that_went_well_and_no_other() -> None:
    problem = Reason(code="OutputsNotUploaded", message="model.pkl is missing.")
    run(*TO_FINALIZING, EndRun(Outputs(), problem)).then(RunEnded(status="Failed", reason=problem))
    run(*TO_RUNNING, RecordReport(1, FAILURE), EndRun(Outputs(), problem)).then(RunEnded(status="Failed", reason=WHY))


def test_giving_up_ends_the_run_with_its_reason() -> None:
    run(*TO_RUNNING, GiveUp(1, SILENT)).then(RunEnded(status="Failed", reason=SILENT))
    time_limit = Reason(code="TimeLimit", message="Passed its limit.")
    run(*TO_RUNNING, GiveUp(1, time_limit)).then(RunEnded(status="Canceled", reason=time_limit))


def test_giving_up_does_not_undo_a_report_that_has_arrived() -> None:
    run(*TO_FINALIZING, GiveUp(1, SILENT)).then().when(END).then(
        RunEnded(status="Completed", outputs=Outputs(files=1, bytes=2)))


def test_a_delay_is_told_once_and_forgotten_when_it_is_over() -> None:
    quota = Reason(code="AccountCoreQuotaReached", message="No cores left.")
    waiting = run(*TO_QUEUED, RecordDelay(quota)).then(DelayReported(reason=quota))
    waiting.when(RecordDelay(quota.model_copy(update={"message": "Still none."}))).then()
    assert waiting.state.delay == quota
    assert waiting.when(STARTED).state.delay is None
    run(*TO_END, RecordDelay(quota)).then()
