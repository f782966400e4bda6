"""Why a run is where it is: every case once, with the words a person and a program rely on."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.batch_states import TaskObservation
from shared.domain.definition import Distribution, Environment, Launch, Outputs, Packages, RunDefinition, Snapshot
from shared.domain.explain import ADVICE, BROKEN_NODES, EXPLANATIONS, STARTING_NODES, Explanation, PoolFacts, explain
from shared.domain.run_events import OutputStored
from shared.domain.run_state import Cancellation, Phase, Run
from shared.domain.value import Reason
from tests.contract.examples import AT
from tests.unit.domain.requests import WRITING

PATIENCE = timedelta(minutes=2)
LATER = AT + timedelta(minutes=5)
DEFINITION = RunDefinition(experiment="e", snapshot=Snapshot(id="0" * 64, files=1, bytes=1),
                           launch=Launch(script="train.py"), compute_target="cpu", grace_seconds=15)
STEADY = PoolFacts("steady", 1, 1, 2, {"running": 1})
ACTIVE = TaskObservation(state="active")


def run(phase: Phase) -> Run:
    return Run("r", definition=DEFINITION, phase=phase, attempt=1, since=AT)


def said(about: Run, task: TaskObservation | None = None, pool: PoolFacts | None = None) -> Explanation:
    return explain(about, task, pool, LATER, PATIENCE)


def queued(pool: PoolFacts | None, task: TaskObservation | None = ACTIVE) -> Explanation:
    return said(run(Phase.QUEUED), task, pool)


def test_every_phase_has_an_explanation() -> None:
    assert set(EXPLANATIONS) == set(Phase)


def test_accepted() -> None:
    why = said(replace(run(Phase.NOT_STARTED), attempt=0))
    assert why.waiting_for == "backend"
    assert "picked up" in why.summary


def test_between_attempts() -> None:
    lost = {1: Reason(code="NodeLost", message="first"), 2: Reason(code="NodeLost", message="The node was preempted.")}
    why = said(replace(run(Phase.NOT_STARTED), attempt=2, lost=lost))
    assert (why.waiting_for, why.summary) == ("next attempt", "The node was preempted.")
    assert why.next == "Attempt 3 is opened in a moment."


def test_preparing() -> None:
    assert said(run(Phase.PREPARING)).waiting_for == "pool"
    why = said(run(Phase.PREPARING), None, STEADY)
    assert why.waiting_for == "task"
    assert "task of attempt 1 is being made" in why.summary
    delay = Reason(code="ReactionFailed", message="It keeps failing.")
    delayed = said(replace(run(Phase.PREPARING), delay=delay), None, STEADY)
    assert (delayed.waiting_for, delayed.summary) == ("backend", "It keeps failing.")


@pytest.mark.parametrize("phase", [Phase.PREPARING, Phase.QUEUED])
def test_a_silent_batch_is_not_a_deleted_pool(phase: Phase) -> None:
    why = explain(run(phase), None, None, LATER, PATIENCE, batch_answers=False)
    assert why.waiting_for == "batch"
    assert "does not answer" in why.summary
    assert phase.value in why.summary


@pytest.mark.parametrize("phase", [Phase.STARTING, Phase.RUNNING])
def test_on_a_node_a_silent_batch_does_not_matter(phase: Phase) -> None:
    here = replace(run(phase), node="tvm-1", started_at=AT)
    assert explain(here, None, None, LATER, PATIENCE, batch_answers=False) == said(here)


def test_queued_without_pool_or_task() -> None:
    why = queued(None)
    assert why.waiting_for == "pool"
    assert "deleted" in why.summary
    assert "lost" in why.next
    why = queued(STEADY, None)
    assert why.waiting_for == "task"
    assert "gone from Batch" in why.summary


@pytest.mark.parametrize("state", ["preparing", "running"])
def test_a_node_has_the_task(state: str) -> None:
    why = queued(STEADY, TaskObservation(state=state, node="tvm-1"))
    assert why.waiting_for == "node"
    assert "tvm-1" in why.summary


@pytest.mark.parametrize("state", STARTING_NODES)
def test_nodes_are_starting(state: str) -> None:
    why = queued(PoolFacts("steady", 1, 1, 2, {state: 1}))
    assert why.waiting_for == "node"
    assert "1 of 1 are there, 1 starting" in why.summary


def test_the_pool_is_allocating() -> None:
    assert "0 of 2 are there" in queued(PoolFacts("resizing", 2, 0, 2)).summary
    assert "1 of 2 are there" in queued(PoolFacts("steady", 2, 1, 2, {"running": 1})).summary


@pytest.mark.parametrize("code", [*ADVICE, "AllocationFailed"])
def test_allocation_fails(code: str) -> None:
    why = queued(PoolFacts("steady", 2, 0, 2, {}, (Reason(code=code, message="No room."),)))
    assert (why.waiting_for, why.summary) == ("allocation", f"Batch cannot allocate nodes: {code}: No room.")
    assert ("quota" in why.next) == ("Quota" in code)
    assert "{" not in why.next


def test_a_quota_is_told_in_cores() -> None:
    short = PoolFacts("steady", 3, 1, 4, {}, (Reason(code="AccountCoreQuotaReached", message="No."),), cores=8)
    assert "(3 nodes of 8 cores are asked for, 1 are there)" in queued(short).next


def test_a_problem_of_the_past_is_none_when_the_nodes_are_there() -> None:
    past = (Reason(code="AllocationFailed", message="No room."),)
    assert queued(PoolFacts("steady", 1, 1, 2, {"idle": 1}, past)).waiting_for == "scheduling"


@pytest.mark.parametrize("state", BROKEN_NODES)
def test_nodes_are_broken(state: str) -> None:
    why = queued(PoolFacts("steady", 1, 1, 1, {state: 1}))
    assert why.waiting_for == "working node"
    assert f"1 {state}" in why.summary
    assert "never recover" in why.next
    with_reason = queued(PoolFacts("steady", 1, 1, 1, {state: 1}, (Reason(code="StartTaskFailed", message="No."),)))
    assert with_reason.summary.endswith("Batch says StartTaskFailed: No.")


@pytest.mark.parametrize("other", ["idle", "running"])
def test_one_good_node_is_enough(other: str) -> None:
    assert queued(PoolFacts("steady", 2, 2, 2, {"unusable": 1, other: 1})).waiting_for != "working node"


def test_a_node_is_free() -> None:
    why = queued(PoolFacts("steady", 2, 2, 2, {"idle": 1, "running": 1}))
    assert (why.waiting_for, why.summary) == ("scheduling", "Nodes that are idle: 1.")


def test_all_nodes_are_busy() -> None:
    why = queued(PoolFacts("steady", 2, 2, 2, {"running": 2}))
    assert why.waiting_for == "free node"
    assert "All 2 nodes are busy" in why.summary
    assert "raise max_nodes" in why.next


def test_more_nodes_will_be_asked_for() -> None:
    why = queued(PoolFacts("steady", 1, 1, 3, {"running": 1}))
    assert why.waiting_for == "node"
    assert "up to 3" in why.next
    assert queued(PoolFacts("steady", 0, 0, 3)).waiting_for == "node"


def several(pool: PoolFacts) -> Explanation:
    """What a queued run says that needs two nodes at once."""
    spread = DEFINITION.model_copy(update={"distribution": Distribution(kind="mpi", nodes=2, processes=4)})
    return said(replace(run(Phase.QUEUED), definition=spread), ACTIVE, pool)


@pytest.mark.parametrize(("pool", "waiting_for", "words"), [
    (PoolFacts("steady", 2, 2, 2, {"idle": 1, "running": 1}), "free node", "needs 2 nodes at once; 1 of 2 is free"),
    (PoolFacts("steady", 2, 2, 2, {"idle": 2}), "scheduling", "idle: 2"),
    (PoolFacts("steady", 2, 1, 2, {"idle": 1}), "node", "1 of 2 are there"),
    (PoolFacts("steady", 2, 2, 2, {"running": 2}), "free node", "All 2 nodes are busy"),
    (PoolFacts("steady", 1, 1, 1, {"idle": 1}), "max_nodes", "needs 2 nodes at once, and the compute target may have"),
    (PoolFacts("steady", 2, 2, 2, {"idle": 2}, linked=False), "pool", "talk to each other"),
])
def test_several_nodes_at_once(pool: PoolFacts, waiting_for: str, words: str) -> None:
    why = several(pool)
    assert why.waiting_for == waiting_for
    assert words in why.summary


def test_the_first_node_is_not_enough_for_two() -> None:
    starting = PoolFacts("steady", 2, 2, 2, {"starting": 1, "idle": 1})
    assert "when 2 of them are ready" in several(starting).next
    assert "when the first one is ready" in queued(starting).next
    assert queued(PoolFacts("steady", 1, 1, 1, {"idle": 1}, linked=False)).waiting_for == "scheduling"


def test_on_a_node() -> None:
    with_packages = DEFINITION.model_copy(update={"environment": Environment(packages=Packages(pip=("numpy",)))})
    made = said(replace(run(Phase.STARTING), node="tvm-1", definition=with_packages))
    assert made.waiting_for == "environment"
    assert "system_logs/environment.txt" in made.next
    starting = said(replace(run(Phase.STARTING), node="tvm-1"))
    assert starting.waiting_for == "node"
    assert "tvm-1 prepares" in starting.summary
    running = said(replace(run(Phase.RUNNING), node="tvm-1", started_at=AT), TaskObservation(state="running"), STEADY)
    assert (running.waiting_for, running.next) == ("script", "It has no time limit.")
    limited = replace(run(Phase.RUNNING), node="tvm-1", started_at=AT,
                  definition=DEFINITION.model_copy(update={"max_run_duration_seconds": 60}))
    assert said(limited).next == f"It is stopped at {AT + timedelta(seconds=60):%H:%M:%S} UTC latest."
    assert said(replace(limited, started_at=None)).waiting_for == "script"


@pytest.mark.parametrize("phase", [Phase.QUEUED, Phase.STARTING, Phase.RUNNING])
def test_the_report_is_missing(phase: Phase) -> None:
    completed = TaskObservation(state="completed", exit_code=137, ended_at=AT)
    why = said(replace(run(phase), node="tvm-1"), completed, STEADY)
    assert why.waiting_for == "node report"
    assert "137" in why.summary
    assert why.next == f"Without a report the run is ended at {AT + PATIENCE:%H:%M:%S} UTC."
    undated = said(run(phase), TaskObservation(state="completed"), STEADY)
    assert f"{LATER + PATIENCE:%H:%M:%S}" in undated.next


@pytest.mark.parametrize("phase", [Phase.PREPARING, Phase.QUEUED, Phase.STARTING, Phase.RUNNING])
def test_cancellation(phase: Phase) -> None:
    asked = said(replace(run(phase), cancel=Cancellation("user:ann", "too slow", AT)))
    assert asked.waiting_for == "cancellation"
    assert "user:ann asked for cancellation" in asked.summary
    assert "(too slow)" in asked.summary
    assert "told to stop now" in asked.next
    told = said(replace(run(phase), cancel=Cancellation("caller", None, AT, AT + timedelta(seconds=1))))
    assert "the script has 15 s to stop" in told.summary
    assert "(" not in told.summary
    assert told.next == f"Otherwise its task is ended at {AT + timedelta(seconds=46):%H:%M:%S} UTC."


def test_what_is_left_is_collected() -> None:
    assert said(run(Phase.FINALIZING)).waiting_for == "outputs"
    assert said(replace(run(Phase.FINALIZING), cancel=Cancellation("caller", None, AT))).waiting_for == "outputs"


def test_outputs_in_datastores() -> None:
    finalizing = replace(run(Phase.FINALIZING), definition=WRITING)
    assert "'model', 'plots' is being made a dataset" in said(finalizing).summary
    stored = {"model": OutputStored(attempt=1, name="model")}
    assert "to 'plots' is" in said(replace(finalizing, stored=stored)).summary
    lost = replace(run(Phase.FAILED), definition=WRITING, attempt=1, reason=Reason(code="NodeLost", message="Gone."))
    assert (said(lost).waiting_for, said(lost).summary) == ("outputs", "Gone.")
    assert "wrote to 'model' is made a dataset" in said(lost).next
    assert said(replace(lost, stored=stored)).waiting_for == "nothing"


@pytest.mark.parametrize("phase", [Phase.COMPLETED, Phase.FAILED, Phase.CANCELED])
def test_ended(phase: Phase) -> None:
    because = Reason(code="X", message="Because.")
    ended = said(replace(run(phase), reason=because, cancel=Cancellation("caller", None, AT)))
    assert (ended.waiting_for, ended.summary, ended.next) == ("nothing", "Because.", "Nothing: the run has ended.")


def test_ended_well() -> None:
    assert "3 output files" in said(replace(run(Phase.COMPLETED), outputs=Outputs(files=3, bytes=9))).summary
