"""The reaction to a stream: load it, ask what is next, do that one thing, record it, and ask again.

A message says only which stream. Whatever was interrupted, whenever it comes, the answer follows from the events.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import assert_never

from shared.application import children, compute_targets, datastore_registry, experiments, sweep_trials, task, written
from shared.application.backend import Backend, Cause, load, transact
from shared.application.finalize import finalize
from shared.application.paths import signal_blob
from shared.application.ports import Commit, ComputeRejected, TryLater
from shared.contract.responses import CancelModel
from shared.domain.compute import CALLING as COMPUTE_CALLING
from shared.domain.compute import COMPUTE, ComputePhase
from shared.domain.datastore import CALLING as DATASTORE_CALLING
from shared.domain.datastore import RESERVED_FOR
from shared.domain.ids import compute_stream, run_stream, split_stream, sweep_stream, task_id
from shared.domain.next_step import CALLING as RUN_CALLING
from shared.domain.next_step import (
    DeliverCancel,
    FinalizeRun,
    LookAgain,
    Nothing,
    OpenNextAttempt,
    ReleaseCompute,
    Step,
    StoreOutputs,
    SubmitTask,
    TerminateTask,
    next_step,
)
from shared.domain.run import RUN
from shared.domain.run_commands import GiveUp, OpenAttempt, RecordCancelDelivered, RecordDelay, RecordQueued
from shared.domain.run_state import Phase, Run
from shared.domain.sweep_step import CALLING as SWEEP_CALLING
from shared.domain.value import Reason

CALLING = (*RUN_CALLING, *COMPUTE_CALLING, *DATASTORE_CALLING, *SWEEP_CALLING)
FAILED = "Runspoor itself fails at the run's next step: see the log of the function react_to_stream."
MOST_STEPS = 12
RETRY = timedelta(seconds=5)


def react(backend: Backend, stream: str, cause: Cause) -> None:
    """Do what ``stream`` needs next. When Azure is busy, a later message is left for it."""
    try:
        advance(backend, stream, cause)
    except TryLater:
        backend.reactions.send(stream, RETRY)


def advance(backend: Backend, stream: str, cause: Cause) -> None:
    """Do what ``stream`` needs next; raises ``TryLater``. For who comes back by itself, and needs no message for it."""
    kind, subject = split_stream(stream)
    if kind == "run":
        _advance_run(backend, subject, cause)
    elif kind == "compute":
        compute_targets.react(backend, subject, cause)
    elif kind == "sweep":
        sweep_trials.react(backend, subject, cause)
    elif kind == "datastore":
        datastore_registry.react(backend, subject, cause)


def call_for_reactions(backend: Backend, commits: Iterable[Commit]) -> None:
    """Ask for a reaction to every stream in which something happened after which the system acts next.

    In the order in which it happened: that is the order in which runs get their turn on nodes.
    """
    called = [commit.stream for commit in commits if any(isinstance(event, CALLING) for event in commit.events)]
    for stream in dict.fromkeys(called):
        backend.reactions.send(stream)


def report_failure(backend: Backend, stream: str, cause: Cause) -> None:
    """Say on a run that reacting to it keeps failing. The reconciler goes on trying; for a datastore, a later message.
    """
    kind, subject = split_stream(stream)
    if kind == "datastore":
        backend.reactions.send(stream, RESERVED_FOR)
    if kind in ("run", "sweep"):
        transact(backend, RUN, run_stream(subject), RecordDelay(Reason(code="ReactionFailed", message=FAILED)), cause)


def _advance_run(backend: Backend, run_id: str, cause: Cause) -> None:
    for _ in range(MOST_STEPS):
        run = load(backend, RUN, run_stream(run_id))
        if not _take(backend, run, next_step(run, backend.clock()), cause):
            return


def _take(backend: Backend, run: Run, step: Step, cause: Cause) -> bool:
    """Take one step; True when the next one may follow at once."""
    match step:
        case OpenNextAttempt():
            _open(backend, run, step.attempt, cause)
        case SubmitTask():
            return _submit(backend, run, cause)
        case DeliverCancel():
            _deliver_cancel(backend, run, cause)
        case TerminateTask():
            if run.definition and not run.definition.is_local:
                backend.compute.terminate(run.definition.job, task_id(run.id, step.attempt))
            stopped = Reason(code="Canceled", message="The run was canceled.")
            transact(backend, RUN, run_stream(run.id), GiveUp(step.attempt, stopped), cause)
        case FinalizeRun():
            finalize(backend, run, cause)
        case StoreOutputs():
            written.store(backend, run, cause, completes=False)
        case LookAgain():
            backend.reactions.send(run_stream(run.id), max(step.at - backend.clock(), timedelta(seconds=1)))
            return False
        case ReleaseCompute():
            _release(backend, run, cause)
            return False
        case Nothing():
            return False
        case _:
            assert_never(step)
    return True


def _open(backend: Backend, run: Run, attempt: int, cause: Cause) -> None:
    """Open the next attempt, and end what is left of the one before."""
    assert run.definition
    experiments.ensure(backend, run.definition.experiment, cause)
    if run.attempt:
        _fence(backend, run)
        # Batch would run the task again, on a node that the new attempt may be waiting for.
        backend.compute.terminate(run.definition.job, task_id(run.id, run.attempt))
    transact(backend, RUN, run_stream(run.id), OpenAttempt(attempt), cause)


def _fence(backend: Backend, run: Run) -> None:
    """Tell a node that Batch no longer sees, but that may still run the script, to stop."""
    wish = CancelModel(by="system", reason="The attempt was given up.", at=backend.clock(), delivered_at=None)
    _tell(backend, run, wish)


def _tell(backend: Backend, run: Run, wish: CancelModel) -> None:
    body = wish.model_dump_json(exclude={"delivered_at"})
    backend.blobs.put("signals", signal_blob(run.id, run.attempt, "cancel"), body.encode())


def _submit(backend: Backend, run: Run, cause: Cause) -> bool:
    assert run.definition
    target = load(backend, COMPUTE, compute_stream(run.definition.compute_target))
    problem: Reason | None = None
    if target.spec is None or target.phase in (ComputePhase.ABSENT, ComputePhase.DELETING):
        problem = Reason(code="ComputeTargetGone", message=f"Compute target {target.name!r} has been deleted.")
    else:
        spec = task.prepare(backend, run)
        try:
            if not backend.compute.submit(spec):
                compute_targets.make(backend, target, run.definition.priority)
                if not backend.compute.submit(spec):
                    raise TryLater
        except ComputeRejected as refusal:
            problem = refusal.reason
    if problem:
        transact(backend, RUN, run_stream(run.id), GiveUp(run.attempt, problem), cause)
        return True
    transact(backend, RUN, run_stream(run.id), RecordQueued(run.attempt, task_id(run.id, run.attempt)), cause)
    react(backend, compute_stream(target.name), cause)
    return False


def _deliver_cancel(backend: Backend, run: Run, cause: Cause) -> None:
    assert run.cancel
    _tell(backend, run, CancelModel.model_validate(vars(run.cancel)))
    transact(backend, RUN, run_stream(run.id), RecordCancelDelivered(run.attempt), cause)


def _release(backend: Backend, run: Run, cause: Cause) -> None:
    """Sweep, children and parent go on without the run.

    Nodes that nothing waits for are given back once they have been idle as long as their target allows.
    """
    assert run.definition
    if run.definition.sweep:
        backend.reactions.send(sweep_stream(run.id))
    elif run.phase is Phase.CANCELED:
        children.cancel_all(backend, run, cause)
    sweep_trials.trial_ended(backend, run, cause)
    if run.attempt and run.report is None:
        _fence(backend, run)
    if run.definition.is_local:
        return
    target = load(backend, COMPUTE, compute_stream(run.definition.compute_target))
    if target.spec and target.phase is ComputePhase.SUCCEEDED and target.nodes > target.spec.min_nodes:
        idle = timedelta(seconds=target.spec.idle_seconds_before_scaledown)
        backend.reactions.send(compute_stream(target.name), idle + timedelta(seconds=1))
