"""Why a run on the caller's machine is where it is: every case once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.definition import RunDefinition
from shared.domain.explain import Explanation, explain
from shared.domain.explain_local import explain_local
from shared.domain.run_state import Cancellation, Phase, Run
from shared.domain.value import Reason
from tests.contract.examples import AT
from tests.unit.domain.requests import INTERACTIVE, ON_CALLER

LATER = AT + timedelta(minutes=1)


def run(phase: Phase, definition: RunDefinition = ON_CALLER) -> Run:
    return Run("r", definition=definition, phase=phase, attempt=1, since=AT, started_at=AT, node="laptop")


def said(about: Run, after: timedelta | None = None) -> Explanation:
    return explain_local(about, None if after is None else AT + after, LATER)


@pytest.mark.parametrize(("phase", "word", "summary", "then"), [
    (Phase.NOT_STARTED, "caller", "not begun", "fails at 19:45:00 UTC"),
    (Phase.PREPARING, "runner", "starts the runner", "last heard of at 19:30:00 UTC"),
    (Phase.STARTING, "node", "laptop, prepares", "fails at 19:35:00 UTC"),
    (Phase.RUNNING, "script", "runs on the caller's machine, laptop", "stopped at 19:31:00 UTC"),
])
def test_every_phase_in_which_the_machine_acts(phase: Phase, word: str, summary: str, then: str) -> None:
    why = said(run(phase))
    assert why.waiting_for == word
    assert summary in why.summary
    assert then in why.next


def test_the_last_sign_of_life_counts() -> None:
    why = said(run(Phase.RUNNING), timedelta(minutes=3))
    assert "last heard of at 19:33:00 UTC; if it stays silent the run fails at 19:38:00 UTC" in why.next


def test_without_a_limit_there_is_none() -> None:
    unlimited = ON_CALLER.model_copy(update={"max_run_duration_seconds": None})
    assert said(run(Phase.RUNNING, unlimited)).next.startswith("The machine was last heard of")


def test_interactive() -> None:
    why = said(run(Phase.RUNNING, INTERACTIVE))
    assert (why.waiting_for, "caller itself" in why.summary) == ("caller", True)
    assert "fails" not in why.next


def test_canceling() -> None:
    wish = Cancellation("someone", "wrong data", AT)
    told = said(replace(run(Phase.RUNNING), cancel=replace(wish, delivered_at=AT)))
    assert told.waiting_for == "cancellation"
    assert "Otherwise the run is ended at" in told.next


@pytest.mark.parametrize("phase", [Phase.FINALIZING, Phase.COMPLETED, Phase.FAILED, Phase.CANCELED])
@pytest.mark.parametrize("definition", [ON_CALLER, INTERACTIVE])
def test_the_rest_is_as_everywhere(phase: Phase, definition: RunDefinition) -> None:
    ended = replace(run(phase, definition), reason=Reason(code="X", message="Said so."))
    assert said(ended) == explain(ended, None, None, LATER, timedelta())


def test_a_sweep() -> None:
    sweep = INTERACTIVE.model_copy(update={"sweep": True})
    assert said(run(Phase.RUNNING, sweep)).waiting_for == "trials"
    assert "its children are its trials" in said(run(Phase.COMPLETED, sweep)).summary
