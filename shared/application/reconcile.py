"""Once a minute: is every open run where Batch says it is? What was lost on the way is found here."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import cast

from shared.application import children, compute_targets, local_runs, signals, sweep_trials
from shared.application.backend import Backend, Cause, load, transact
from shared.application.ports import ComputeRejected, PoolObservation, TryLater, View
from shared.application.react import advance
from shared.application.stored import PARALLEL_LOOKS
from shared.domain.batch_states import TaskObservation, conclude
from shared.domain.definition import LOCAL
from shared.domain.ids import compute_stream, pool_id, run_stream, task_id
from shared.domain.local_runs import conclude as conclude_local
from shared.domain.local_runs import may_have_missed
from shared.domain.next_step import Nothing, next_step
from shared.domain.run import RUN
from shared.domain.run_commands import RecordDelay
from shared.domain.run_state import ON_BATCH, Phase, Run

log = logging.getLogger(__name__)
PAGE = 100
ON_NODE = (Phase.QUEUED, Phase.STARTING, Phase.RUNNING)


def reconcile(backend: Backend, cause: Cause) -> None:
    """Compare all open runs with Batch, and give every compute target a chance to scale. One bad run stops no other.

    The oldest first: what nobody has reacted to yet gets its turn in the order of submission.
    """
    opened = list(reversed(list(_views(backend, "run", "open"))))
    targets: dict[str, list[View]] = {}
    for view in opened:
        if not _is_its_callers(view):
            # A sweep's own run has the compute target of its trials, and no node of it.
            target = LOCAL if view.body.get("interactive") else str(view.body["compute_target"])
            targets.setdefault(target, []).append(view)
    for run in _read(backend, targets.pop(LOCAL, [])):
        _settle_local(backend, run, cause)
    for target, views in targets.items():
        try:
            _compare(backend, target, views, cause)
        except (TryLater, ComputeRejected) as error:
            log.warning("The runs on %s are compared in the next round: %s", target, error)
    for name in (view.id for view in _views(backend, "compute", "present")):
        try:
            compute_targets.mend(backend, name, cause)
            advance(backend, compute_stream(name), cause)
        except (TryLater, ComputeRejected) as error:
            log.warning("Compute target %s is looked at again in the next round: %s", name, error)
    for sweep_id in (view.id for view in _views(backend, "sweep", "open")):
        try:
            sweep_trials.look_after(backend, sweep_id, cause)
        except Exception:
            log.exception("Sweep %s could not be looked at; the others are.", sweep_id)
    children.cancel_left_over(backend, opened, cause)


def _is_its_callers(view: View) -> bool:
    """Whether it is an interactive run that goes on: as long as it does, only its caller acts."""
    return bool(view.body.get("interactive")) and view.body["status"] == Phase.RUNNING


def _read(backend: Backend, views: Sequence[View]) -> list[Run]:
    """The runs of these views that have not ended since."""
    with ThreadPoolExecutor(PARALLEL_LOOKS) as pool:
        found = pool.map(lambda view: load(backend, RUN, run_stream(view.id)), views)
        return [run for run in found if run.definition and not run.ended]


def _go_on(backend: Backend, run: Run, cause: Cause) -> None:
    """Do what is due. For most there is nothing, and those are not read again."""
    if not isinstance(next_step(run, backend.clock()), Nothing):
        advance(backend, run_stream(run.id), cause)


def _settle_local(backend: Backend, run: Run, cause: Cause) -> None:
    """A run on the caller's machine, of which Batch knows nothing: what was missed, and has it fallen silent?"""
    try:
        is_on_machine = run.phase in ON_BATCH and run.definition and not run.definition.is_interactive
        alive = local_runs.alive_at(backend, run) if is_on_machine else None
        if is_on_machine and may_have_missed(run, alive, backend.clock()):
            run = signals.sweep(backend, run, cause)
        if command := conclude_local(run, alive, backend.clock()):
            run, _ = transact(backend, RUN, run_stream(run.id), command, cause)
        _go_on(backend, run, cause)
    except Exception:
        log.exception("Local run %s could not be looked at; the others are.", run.id)


def _views(backend: Backend, kind: str, flag: str) -> Iterator[View]:
    before: str | None = None
    while True:
        views = backend.views.page(kind, {flag: True}, PAGE, before)
        yield from views
        if len(views) < PAGE:
            return
        before = views[-1].sort


def _compare(backend: Backend, target: str, views: list[View], cause: Cause) -> None:
    tasks = {id: seen for job in compute_targets.jobs(target) for id, seen in backend.compute.tasks(job)}
    pool = backend.compute.pool(pool_id(target))
    if pool is None:
        compute_targets.restore(backend, target)
    has_problems = pool is None or bool(pool.problems)
    for run in _read(backend, [view for view in views if has_problems or not _waits(view, tasks)]):
        assert run.definition
        if run.definition.is_local:  # A sweep's own run, which names the compute target of its trials.
            _settle_local(backend, run, cause)
            continue
        task = None
        if run.phase in ON_NODE:
            id = task_id(run.id, run.attempt)
            task = tasks.get(id) or backend.compute.task(run.definition.job, id)
        try:
            _go_on(backend, _settle(backend, run, task, pool, cause), cause)
        except TryLater:
            raise
        except Exception:
            log.exception("Run %s could not be compared with Batch; the others are.", run.id)


def _waits(view: View, tasks: Mapping[str, TaskObservation]) -> bool:
    """Whether a run waits for a node and Batch says the same. Of thousands that do, none has to be read."""
    task = tasks.get(task_id(view.id, cast("int", view.body["attempt"])))
    return view.body["status"] == Phase.QUEUED and task is not None and task.state == "active"


def _may_have_missed(run: Run, task: TaskObservation | None) -> bool:
    """Whether Batch is ahead of what the node's signals have told so far."""
    if task is None or task.state == "completed":
        return True
    return task.state == "running" and run.phase is not Phase.RUNNING


def _settle(
    backend: Backend, run: Run, task: TaskObservation | None, pool: PoolObservation | None, cause: Cause
) -> Run:
    if run.phase not in ON_NODE:
        return run
    if _may_have_missed(run, task):
        run = signals.sweep(backend, run, cause)
    if command := conclude(run, task, backend.clock(), backend.report_patience):
        return transact(backend, RUN, run_stream(run.id), command, cause)[0]
    if run.phase is Phase.QUEUED and pool and pool.problems:
        return transact(backend, RUN, run_stream(run.id), RecordDelay(pool.problems[0]), cause)[0]
    return run
