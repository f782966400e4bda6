"""What callers do with compute targets, and what the system does for them: make, scale, delete."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from shared.application import lists
from shared.application.backend import Backend, Cause, load, transact
from shared.application.ports import ComputeRejected, PoolObservation
from shared.contract.compute_targets import ComputeTargetModel, ComputeTargetStatus, NodeModel, PoolModel, QueueModel
from shared.contract.requests import ComputeTargetRequest, ComputeTargetUpdate
from shared.contract.responses import Page, ReasonModel, ViewPage
from shared.domain.batch_states import TaskObservation
from shared.domain.compute import (
    COMPUTE,
    ComputeCommand,
    ComputePhase,
    ComputeSpec,
    ComputeTarget,
    CreateCompute,
    RecordDeleted,
    RecordMended,
    RecordProvisioned,
    RecordRefused,
    RecordScaled,
    RequestDeletion,
    UpdateCompute,
    to_mend,
    unknown,
    wanted_nodes,
)
from shared.domain.definition import LOCAL, PRIORITIES, Priority
from shared.domain.errors import Invalid
from shared.domain.ids import checked, compute_stream, job_id, pool_id, split_task_id
from shared.domain.vm_sizes import VM_SIZES, vm_size

RETRY = timedelta(seconds=5)


def create(backend: Backend, request: ComputeTargetRequest, cause: Cause) -> tuple[ComputeTargetModel, bool]:
    """Create a compute target; the same request again is the same target."""
    name = checked("compute target name", request.name)
    if pool_id(name) == LOCAL:
        raise Invalid(f"{name!r} means the caller's own machine, which needs no compute target: use another name.")
    spec = ComputeSpec.model_validate(request.model_dump(exclude={"name"}))
    if load(backend, COMPUTE, compute_stream(name)).phase in (ComputePhase.ABSENT, ComputePhase.FAILED):
        vm_size(spec.vm_size)
    target, new = transact(backend, COMPUTE, compute_stream(name), CreateCompute(spec), cause)
    return model(target), new


def update(backend: Backend, name: str, request: ComputeTargetUpdate, cause: Cause) -> ComputeTargetModel:
    """Change the size limits."""
    return _ask(backend, name, UpdateCompute(**request.model_dump()), cause)


def delete(backend: Backend, name: str, cause: Cause) -> ComputeTargetModel:
    """Ask for its deletion. Runs that wait for it or run on it fail: ``ComputeTargetGone``."""
    return _ask(backend, name, RequestDeletion(cause.actor), cause)


def _ask(backend: Backend, name: str, command: ComputeCommand, cause: Cause) -> ComputeTargetModel:
    return model(transact(backend, COMPUTE, compute_stream(name), command, cause)[0])


def status(backend: Backend, name: str) -> ComputeTargetStatus:
    """A compute target and what Batch says of its pool."""
    target = _there(backend, name)
    pool, queue = backend.compute.pool(pool_id(name)), backend.compute.queue(jobs(name))
    size = VM_SIZES.get(target.spec.vm_size.lower()) if target.spec else None
    return ComputeTargetStatus(
        **model(target).model_dump(), pool=pool_model(pool), queue=QueueModel(**vars(queue)),
        cores=size.cores if size else None, gpus=size.gpus if size else None,
    )


def _there(backend: Backend, name: str) -> ComputeTarget:
    target = load(backend, COMPUTE, compute_stream(name))
    if target.phase is ComputePhase.ABSENT:
        raise unknown(name)
    return target


def nodes(backend: Backend, name: str) -> Page[NodeModel]:
    """Its nodes as Batch has them, and the run on each: all on one page."""
    _there(backend, name)
    pool = backend.compute.pool(pool_id(name))
    members = pool.members if pool else {}
    running = [(job, task, seen) for job in jobs(name) for task, seen in backend.compute.tasks(job)
               if seen.state == "running"]
    busy = {node: split_task_id(task) for job, task, seen in running for node in _nodes_of(backend, job, task, seen)}
    value = [NodeModel(node_id=node, state=state, run_id=run_id, attempt=attempt)
             for node, state in sorted(members.items()) for run_id, attempt in (busy.get(node, (None, None)),)]
    return Page(value=value)


def _nodes_of(backend: Backend, job: str, task: str, seen: TaskObservation) -> list[str]:
    """Batch says of a task the first of its nodes only."""
    further = backend.compute.further_nodes(job, task) if seen.nodes > 1 else []
    return [seen.node, *further] if seen.node else further


def page(backend: Backend, limit: int, before: str | None) -> ViewPage[ComputeTargetModel]:
    """A page of compute targets, newest first."""
    return lists.page(backend, "compute", ComputeTargetModel, {"present": True}, limit, before)


def model(target: ComputeTarget) -> ComputeTargetModel:
    """A compute target as callers see it."""
    assert target.spec
    return ComputeTargetModel(
        name=target.name, **target.spec.model_dump(), provisioning_state=target.phase.value,
        since=target.since, nodes=target.nodes, created_at=target.created_at,
        reason=target.reason and ReasonModel(**target.reason.model_dump()),
    )


def pool_model(pool: PoolObservation | None) -> PoolModel | None:
    """What Batch says of a pool, as callers see it."""
    if pool is None:
        return None
    problems = [ReasonModel(**problem.model_dump()) for problem in pool.problems]
    return PoolModel(allocation=pool.allocation, target=pool.target, current=pool.current, nodes=dict(pool.nodes),
                     problems=problems, since=pool.since)


def react(backend: Backend, name: str, cause: Cause) -> None:
    """Do what the compute target needs next; raises ``TryLater`` when Azure is not ready for it."""
    target = load(backend, COMPUTE, compute_stream(name))
    if reaction := REACTIONS.get(target.phase):
        reaction(backend, target, cause)


def _provision(backend: Backend, target: ComputeTarget, cause: Cause) -> None:
    assert target.spec
    command: ComputeCommand = RecordProvisioned()
    try:
        make(backend, target)
    except ComputeRejected as refusal:
        command = RecordRefused(refusal.reason)
    made, _ = transact(backend, COMPUTE, compute_stream(target.name), command, cause)
    if made.phase is ComputePhase.SUCCEEDED:
        _rescale(backend, made, cause)  # Tasks may have been submitted while it was being made.


def make(backend: Backend, target: ComputeTarget, priority: Priority = "normal") -> None:
    """Pool and job, unless they exist. A pool that somebody deleted comes back as large as it was.

    An account may have few active jobs: those of other priorities are made when the first run asks for one.
    """
    assert target.spec
    backend.compute.ensure_pool(pool_id(target.name), target.spec, target.nodes, backend.clock())
    backend.compute.ensure_job(job_id(target.name, priority), pool_id(target.name), priority)


def jobs(name: str) -> list[str]:
    """The jobs of its pool, one per priority; not all of them exist."""
    return [job_id(name, priority) for priority in PRIORITIES]


def restore(backend: Backend, name: str) -> None:
    """Make the pool of a target again whose pool is gone although nobody asked us to delete it."""
    target = load(backend, COMPUTE, compute_stream(name))
    if target.phase is ComputePhase.SUCCEEDED:
        make(backend, target)


def _rescale(backend: Backend, target: ComputeTarget, cause: Cause) -> None:
    """Grow at once when tasks wait; shrink when no task has ended for the idle time.

    A pool that has to wait is looked at again: a run that ends leaves a message for then, and the reconciler looks.
    """
    assert target.spec
    now, idle = backend.clock(), timedelta(seconds=target.spec.idle_seconds_before_scaledown)
    wanted = wanted_nodes(target.spec, backend.compute.demand(jobs(target.name), target.spec.max_nodes))
    may_wait = wanted < target.nodes <= target.spec.max_nodes and idle
    if may_wait and backend.compute.ended_since(jobs(target.name), now - idle):
        wanted = target.nodes
    if wanted == target.nodes and not target.mending:
        return
    backend.compute.scale(pool_id(target.name), target.spec, wanted, now)
    transact(backend, COMPUTE, compute_stream(target.name), RecordScaled(wanted), cause)


def mend(backend: Backend, name: str, cause: Cause) -> None:
    """Give back nodes that can run nothing; the reaction to that asks for others. Interrupted, it is done again."""
    target = load(backend, COMPUTE, compute_stream(name))
    if target.phase is not ComputePhase.SUCCEEDED or target.mending or not target.nodes:
        return
    pool = backend.compute.pool(pool_id(name))
    if pool is None or pool.allocation != "steady":
        return
    members = {node: (state, pool.members_since[node]) for node, state in pool.members.items()
               if node in pool.members_since}
    broken = to_mend(target, members, backend.clock())
    if broken:
        backend.compute.remove(pool_id(name), broken)
    if broken or not pool.scales:
        transact(backend, COMPUTE, compute_stream(name), RecordMended(tuple(broken)), cause)


def _deprovision(backend: Backend, target: ComputeTarget, cause: Cause) -> None:
    if backend.compute.delete(pool_id(target.name), jobs(target.name)):
        transact(backend, COMPUTE, compute_stream(target.name), RecordDeleted(), cause)
    else:
        backend.reactions.send(compute_stream(target.name), RETRY)


REACTIONS: Mapping[ComputePhase, Callable[[Backend, ComputeTarget, Cause], None]] = {
    ComputePhase.CREATING: _provision,
    ComputePhase.SUCCEEDED: _rescale,
    ComputePhase.DELETING: _deprovision,
}
