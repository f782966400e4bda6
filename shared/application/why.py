"""Why a run is where it is: its events, and what Batch says right now."""

from datetime import datetime

from shared.application.backend import Backend, load
from shared.application.compute_targets import pool_model
from shared.application.local_runs import alive_at
from shared.application.ports import ComputeRejected, PoolObservation, TryLater
from shared.application.runs import find
from shared.contract.responses import ReasonModel
from shared.contract.why import TaskModel, Why
from shared.domain.batch_states import TaskObservation
from shared.domain.compute import COMPUTE
from shared.domain.explain import Explanation, PoolFacts, explain
from shared.domain.explain_local import explain_local
from shared.domain.ids import compute_stream, pool_id, task_id
from shared.domain.run_state import ON_BATCH, Run
from shared.domain.vm_sizes import VM_SIZES


def why(backend: Backend, run_id: str) -> Why:
    """The explanation for a run in any phase. Batch is asked only while an attempt is open that it runs."""
    run = find(backend, run_id)
    if run.definition and run.definition.is_local:
        alive = alive_at(backend, run) if run.phase in ON_BATCH else None
        return _model(run, explain_local(run, alive, backend.clock()), backend.clock())
    answers, task, pool = _ask_batch(backend, run) if run.phase in ON_BATCH else (True, None, None)
    now = backend.clock()
    facts = _facts(backend, run, pool)
    said = explain(run, task, facts, now, backend.report_patience, batch_answers=answers)
    return _model(run, said, now, task, pool)


def _model(
    run: Run, said: Explanation, now: datetime, task: TaskObservation | None = None, pool: PoolObservation | None = None
) -> Why:
    return Why(
        run_id=run.id, status=run.status, since=run.since, seconds=(now - (run.since or now)).total_seconds(),
        waiting_for=said.waiting_for, summary=said.summary, next=said.next, task=_task_model(task),
        pool=pool_model(pool),
        lost_attempts={n: ReasonModel(**reason.model_dump()) for n, reason in run.lost.items()},
    )


def _ask_batch(backend: Backend, run: Run) -> tuple[bool, TaskObservation | None, PoolObservation | None]:
    """Whether Batch answers, and what it says of the task and its pool."""
    assert run.definition
    name = run.definition.compute_target
    try:
        task = backend.compute.task(run.definition.job, task_id(run.id, run.attempt))
        return True, task, backend.compute.pool(pool_id(name))
    except (TryLater, ComputeRejected):
        return False, None, None


def _facts(backend: Backend, run: Run, pool: PoolObservation | None) -> PoolFacts | None:
    if pool is None or run.definition is None:
        return None
    target = load(backend, COMPUTE, compute_stream(run.definition.compute_target))
    most = target.spec.max_nodes if target.spec else 0
    size = VM_SIZES.get(target.spec.vm_size.lower()) if target.spec else None
    return PoolFacts(pool.allocation, pool.target, pool.current, most, pool.nodes, pool.problems, pool.linked,
                     size.cores if size else None)


def _task_model(task: TaskObservation | None) -> TaskModel | None:
    if task is None:
        return None
    failure = task.failure and ReasonModel(**task.failure.model_dump())
    return TaskModel(state=task.state, node=task.node, exit_code=task.exit_code, failure=failure)
