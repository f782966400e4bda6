"""Runs on the caller's machine and interactive ones: what is special about their lives."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.definition import Outputs, Report
from shared.domain.errors import Refusal, Rejected
from shared.domain.local_runs import BEGIN_WITHIN, SILENT_FOR, conclude, heard_of, may_have_missed
from shared.domain.next_step import (
    DeliverCancel,
    FinalizeRun,
    Nothing,
    ReleaseCompute,
    Step,
    TerminateTask,
    next_step,
)
from shared.domain.run import CALLER
from shared.domain.run_commands import (
    DescribeRun,
    EndInteractive,
    EndRun,
    GiveUp,
    RecordReport,
    RemoveTag,
    RunCommand,
    SubmitRun,
    TagRun,
)
from shared.domain.run_events import (
    AttemptEnded,
    AttemptOpened,
    AttemptStarted,
    CancelRequested,
    RunDescribed,
    RunEnded,
    RunEvent,
    RunSubmitted,
    RunTagged,
    ScriptStarted,
    TagRemoved,
)
from shared.domain.run_state import Phase, Run
from tests.contract.examples import AT
from tests.unit.domain.requests import (
    CANCEL,
    DEFINITION,
    FAILURE,
    INTERACTIVE,
    ON_CALLER,
    OPEN,
    RUN_COMMANDS,
    SCRIPT,
    SILENT,
    STARTED,
    STOPPED,
    SUBMIT,
    SUBMIT_INTERACTIVE,
    SUBMIT_LOCAL,
    SUCCESS,
    TO_RUNNING,
)
from tests.unit.domain.scenario import Scenario, run

LOCAL_RUNNING = (SUBMIT_LOCAL, OPEN, STARTED, SCRIPT)
History = Scenario[Run, RunCommand, RunEvent]
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(("commands", "step"), [
    ((SUBMIT_LOCAL,), Nothing()),
    ((SUBMIT_LOCAL, OPEN), Nothing()),
    (LOCAL_RUNNING, Nothing()),
    ((SUBMIT_LOCAL, OPEN, CANCEL), TerminateTask(1)),
    ((*LOCAL_RUNNING, CANCEL), DeliverCancel(1)),
    ((*LOCAL_RUNNING, RecordReport(1, SUCCESS)), FinalizeRun(1)),
    ((*LOCAL_RUNNING, GiveUp(1, SILENT)), ReleaseCompute()),
    ((SUBMIT_INTERACTIVE,), Nothing()),
    ((SUBMIT_INTERACTIVE, EndInteractive(SUCCESS)), FinalizeRun(1)),
    ((SUBMIT_INTERACTIVE, CANCEL), ReleaseCompute()),
])
def test_the_next_step(commands: tuple[RunCommand, ...], step: Step) -> None:
    assert next_step(run(*commands).state, AT) == step


def test_a_runner_that_was_stopped_by_its_user_has_canceled_the_run() -> None:
    """On Batch that would be a lost node; here nobody else stops it."""
    stopped = run(*LOCAL_RUNNING, RecordReport(1, STOPPED), EndRun(Outputs()))
    stopped.then(RunEnded(status="Canceled", reason=STOPPED.reason, outputs=Outputs()))
    assert run(*TO_RUNNING, RecordReport(1, STOPPED)).state.phase is Phase.NOT_STARTED


def test_an_interactive_run_runs_at_once() -> None:
    begun = run(SUBMIT_INTERACTIVE).then(
        RunSubmitted(definition=INTERACTIVE), AttemptOpened(attempt=1), AttemptStarted(attempt=1, node=CALLER),
        ScriptStarted(attempt=1))
    assert (begun.state.phase, begun.state.attempt, begun.state.started_at) == (Phase.RUNNING, 1, AT)
    begun.when(SUBMIT_INTERACTIVE).then()


def test_an_interactive_run_ends_once() -> None:
    ended = run(SUBMIT_INTERACTIVE, EndInteractive(FAILURE)).then(AttemptEnded(attempt=1, report=FAILURE))
    later = FAILURE.model_copy(update={"ended_at": AT})
    ended.when(EndInteractive(later)).then()
    ended.refuses(EndInteractive(SUCCESS), Rejected, "Finalizing already")
    ended.when(EndRun(Outputs()), EndInteractive(FAILURE)).then()
    assert ended.when(EndRun(Outputs())).state.reason == FAILURE.reason


def test_cancel_ends_an_interactive_run_at_once() -> None:
    canceled = run(SUBMIT_INTERACTIVE, CANCEL)
    assert [type(event) for event in canceled.latest] == [CancelRequested, RunEnded]
    assert canceled.state.status == "Canceled"
    canceled.refuses(EndInteractive(SUCCESS), Rejected, "Canceled already")


def test_other_runs_are_not_ended_by_their_caller() -> None:
    for commands in (TO_RUNNING, LOCAL_RUNNING):
        run(*commands).refuses(EndInteractive(SUCCESS), Rejected, "ends when its script does")


def test_a_local_run_nobody_begins_can_be_given_up() -> None:
    given_up = run(SUBMIT_LOCAL, GiveUp(0, SILENT)).then(RunEnded(status="Failed", reason=SILENT))
    given_up.when(OPEN).then()
    run(SUBMIT, GiveUp(0, SILENT)).then()
    run(SUBMIT_LOCAL, OPEN, GiveUp(0, SILENT)).then()


@pytest.mark.parametrize(("commands", "patience", "code"), [
    ((SUBMIT_LOCAL,), BEGIN_WITHIN, "NotBegun"),
    ((SUBMIT_LOCAL, OPEN), SILENT_FOR, "NodeLost"),
    ((SUBMIT_LOCAL, OPEN, STARTED), SILENT_FOR, "NodeLost"),
    (LOCAL_RUNNING, SILENT_FOR, "NodeLost"),
])
def test_silence_ends_a_local_run(commands: tuple[RunCommand, ...], patience: timedelta, code: str) -> None:
    state = run(*commands).state
    assert state.since
    assert conclude(state, None, state.since + patience - MOMENT) is None
    verdict = conclude(state, None, state.since + patience)
    assert verdict
    assert (verdict.attempt, verdict.reason.code) == (state.attempt, code)
    assert [type(event) for event in run(*commands, verdict).latest] == [RunEnded]
    alive = state.since + timedelta(minutes=1)
    assert conclude(state, alive, state.since + patience) is None


def test_a_last_sign_of_life_is_named() -> None:
    verdict = conclude(run(*LOCAL_RUNNING).state, AT + timedelta(hours=1), AT + timedelta(hours=2))
    assert verdict
    assert "since 2026-11-20 20:30:00 UTC" in verdict.reason.message


@given(st.lists(RUN_COMMANDS, max_size=12), st.timedeltas(timedelta(), timedelta(days=1)),
       st.none() | st.timedeltas(timedelta(), timedelta(days=1)),
       st.sampled_from([SUBMIT, SUBMIT_LOCAL, SUBMIT_INTERACTIVE]))
def test_a_verdict_ends_the_run_and_is_given_only_in_silence(
    commands: list[RunCommand], waited: timedelta, sign: timedelta | None, first: SubmitRun
) -> None:
    scenario = run(first)
    for command in commands:
        scenario = _sent(scenario, command)
    state = scenario.state
    assert state.since
    alive, now = (state.since + sign) if sign is not None else None, state.since + waited
    verdict = conclude(state, alive, now) if first is not SUBMIT else None
    heard = heard_of(state, alive)
    assert heard
    if verdict:
        assert first is SUBMIT_LOCAL
        assert not state.ended
        assert now - heard >= SILENT_FOR
        assert scenario.when(verdict).state.ended
        assert may_have_missed(state, alive, now), "what storage has is read before the run is given up"


def _sent(scenario: History, command: RunCommand) -> History:
    try:
        return scenario.when(command)
    except Refusal:
        return scenario


def test_a_tag_that_was_removed_is_not_brought_back_by_its_chunk() -> None:
    chunk = TagRun({"stage": "script"}, (1, 5))
    removed = run(SUBMIT, chunk, RemoveTag("stage")).then(TagRemoved(name="stage"))
    assert removed.state.tags == {}
    removed.when(RemoveTag("stage")).then()
    removed.when(chunk).then()
    removed.when(TagRun({"stage": "next"}, (1, 6))).then(RunTagged(tags={"stage": "next"}, position=(1, 6)))
    again = removed.when(TagRun({"stage": "caller"})).then(RunTagged(tags={"stage": "caller"}))
    again.when(chunk).then()


def test_names_and_descriptions_change() -> None:
    named = SubmitRun(ON_CALLER.model_copy(update={"display_name": "first"}))
    changed = run(named, DescribeRun("second")).then(RunDescribed(display_name="second"))
    changed.when(DescribeRun("second")).then()
    both = changed.when(DescribeRun("second", "why")).then(RunDescribed(description="why"))
    assert (both.state.display_name, both.state.description) == ("second", "why")
    both.when(DescribeRun("", "")).then(RunDescribed(display_name="", description=""))
    gone = both.when(DescribeRun("", "")).state
    assert (gone.display_name, gone.description) == (None, None)
    assert gone.definition == named.definition, "what was submitted never changes"
    both.when(DescribeRun("", ""), DescribeRun("", None)).then()


def test_the_definition_of_a_batch_run_is_neither() -> None:
    assert not DEFINITION.is_local
    assert not DEFINITION.is_interactive
    assert ON_CALLER.is_local
    assert not ON_CALLER.is_interactive
    assert INTERACTIVE.is_interactive
    assert Report(outcome="succeeded") != FAILURE
