"""Why a run is where it is: what it waits for and what happens next, in sentences. Pure: every case is tested."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.domain.batch_states import TaskObservation
from shared.domain.compute import MEND_PAUSE
from shared.domain.next_step import forced_at, left_behind
from shared.domain.run_state import ON_BATCH, Phase, Run
from shared.domain.value import Reason


@dataclass(frozen=True)
class PoolFacts:
    """What is known of the run's pool. ``nodes`` counts nodes by state; ``most`` is the target's largest size.

    ``linked``: its nodes may talk to each other, as runs on several need. ``cores``: of one node, if known.
    """

    allocation: str
    target: int
    current: int
    most: int
    nodes: Mapping[str, int] = field(default_factory=dict)
    problems: Sequence[Reason] = ()
    linked: bool = True
    cores: int | None = None


@dataclass(frozen=True)
class Explanation:
    """``waiting_for`` is a stable word for programs; ``summary`` and ``next`` are for people."""

    waiting_for: str
    summary: str
    next: str


RECONCILED = "Runspoor compares the run with Batch every minute."
STARTING_NODES = ("creating", "starting", "waitingforstarttask", "rebooting", "reimaging")
BROKEN_NODES = ("starttaskfailed", "unusable", "unknown", "offline")


def explain(
    run: Run, task: TaskObservation | None, pool: PoolFacts | None, now: datetime, patience: timedelta, *,
    batch_answers: bool = True,
) -> Explanation:
    """The explanation for ``run`` given what Batch says at ``now``, if it answers."""
    if run.cancel and run.phase in ON_BATCH:
        return _canceling(run)
    if run.phase in (Phase.QUEUED, Phase.STARTING, Phase.RUNNING) and task and task.state == "completed":
        ended = task.ended_at or now
        return Explanation("node report", f"The task ended with exit code {task.exit_code} on Batch; the node's report "
                           "has not arrived.", f"Without a report the run is ended at {_time(ended + patience)}.")
    if not batch_answers and run.phase in (Phase.PREPARING, Phase.QUEUED):
        return Explanation("batch", f"Azure Batch does not answer; the run was {run.phase.value} when it last did.",
                           RECONCILED)
    return EXPLANATIONS[run.phase](run, task, pool)


def _time(at: datetime) -> str:
    return at.strftime("%H:%M:%S UTC")


def _canceling(run: Run) -> Explanation:
    assert run.cancel
    assert run.definition
    why = f" ({run.cancel.reason})" if run.cancel.reason else ""
    summary = f"{run.cancel.by} asked for cancellation at {_time(run.cancel.at)}{why}."
    force_at, thing = forced_at(run), "the run" if run.definition.is_local else "its task"
    if force_at is None:
        return Explanation("cancellation", summary, "The node is told to stop now.")
    grace = run.definition.grace_seconds
    return Explanation("cancellation", f"{summary} The node has been told; the script has {grace} s to stop.",
                       f"Otherwise {thing} is ended at {_time(force_at)}.")


def _not_started(run: Run, task: TaskObservation | None, pool: PoolFacts | None) -> Explanation:
    if run.lost:
        last = max(run.lost)
        return Explanation("next attempt", run.lost[last].message, f"Attempt {run.attempt + 1} is opened in a moment.")
    return Explanation("backend", "The run is accepted and waits to be picked up.", f"Usually seconds. {RECONCILED}")


def _preparing(run: Run, task: TaskObservation | None, pool: PoolFacts | None) -> Explanation:
    if run.delay:
        return Explanation("backend", run.delay.message, RECONCILED)
    if pool is None:
        return Explanation("pool", "The pool of the compute target is being made.", "Then the task is queued on it.")
    return Explanation("task", f"The Batch task of attempt {run.attempt} is being made.", "Then it waits for a node.")


def _queued(run: Run, task: TaskObservation | None, pool: PoolFacts | None) -> Explanation:
    if pool is None:
        return Explanation("pool", "The run's pool is gone: somebody deleted it.", f"The attempt is lost. {RECONCILED}")
    if task is None:
        return Explanation("task", "The run's task is gone from Batch.", f"The attempt is lost. {RECONCILED}")
    if task.state in ("preparing", "running"):
        return Explanation("node", f"Node {task.node} has the task and fetches the runner.", "The node reports soon.")
    needed = run.definition.nodes if run.definition else 1
    return (_never(pool, needed) if needed > 1 else None) or _waiting_for_nodes(pool, needed)


def _never(pool: PoolFacts, needed: int) -> Explanation | None:
    """What Batch waits for without end and without a word: the target has changed since the run was submitted."""
    if needed > pool.most:
        return Explanation("max_nodes", f"The run needs {needed} nodes at once, and the compute target may have no "
                           f"more than {pool.most} any longer.", "Raise its max_nodes, or cancel the run.")
    if not pool.linked:
        return Explanation("pool", f"The run needs {needed} nodes that talk to each other, and those of this pool, "
                           "which is older, do not.", "Cancel the run, delete the compute target and create it again.")
    return None


def _waiting_for_nodes(pool: PoolFacts, needed: int) -> Explanation:
    free, starting, broken = (sum(pool.nodes.get(state, 0) for state in states)
                              for states in (("idle",), STARTING_NODES, BROKEN_NODES))
    busy = pool.nodes.get("running", 0)
    if broken and not free and not busy:
        names = ", ".join(f"{pool.nodes[s]} {s}" for s in BROKEN_NODES if pool.nodes.get(s))
        said = f" Batch says {pool.problems[0].code}: {pool.problems[0].message}" if pool.problems else ""
        return Explanation("working node", f"The pool's nodes cannot run tasks: {names}.{said}",
                           "Such nodes are billed and never recover: Runspoor gives them back and asks for others, "
                           f"every {MEND_PAUSE.seconds // 60} minutes at most. If those fail as well, mend the cause.")
    if pool.problems and pool.current < pool.target:
        first = pool.problems[0]
        return Explanation("allocation", f"Batch cannot allocate nodes: {first.code}: {first.message}",
                           _advice(first.code, pool))
    if starting or pool.allocation == "resizing" or pool.current < pool.target:
        return Explanation("node", f"The pool is allocating nodes: {pool.current} of {pool.target} are there, "
                           f"{starting} starting.", f"The run starts when {_so_many(needed)} ready, usually in "
                           "minutes.")
    if free >= needed:
        return Explanation("scheduling", f"Nodes that are idle: {free}.", "Batch gives the task its nodes in seconds.")
    if free:
        return Explanation("free node", f"The run needs {needed} nodes at once; {free} of {pool.current} "
                           f"{'is' if free == 1 else 'are'} free.", "It starts when as many are: when runs before it "
                           "end, or when more nodes have come.")
    if busy >= pool.most:
        return Explanation("free node", f"All {busy} nodes are busy and the compute target may have no more than "
                           f"{pool.most}.", "The run starts when a run before it ends; raise max_nodes for more.")
    return Explanation("node", f"No node is free ({busy} busy, {pool.target} asked for).",
                       f"More nodes are asked for, up to {pool.most}. {RECONCILED}")


def _so_many(needed: int) -> str:
    return "the first one is" if needed == 1 else f"{needed} of them are"


def _advice(code: str, pool: PoolFacts) -> str:
    asked = f" ({pool.target} nodes of {pool.cores} cores are asked for, {pool.current} are there)"
    return ADVICE.get(code, NO_ROOM).format(cores=asked if pool.cores else "")


NO_ROOM = "Batch tries again when the pool is next resized; other vm sizes or regions may have room."
QUOTA = "Ask Azure for more core quota of this VM family{cores}, or use a smaller vm_size or fewer nodes."
ADVICE: Mapping[str, str] = {
    "CommunicationEnabledPoolReachedMaxVMCount": "Nodes that talk to each other stand in one place, which is full: use "
                                                 "fewer nodes, or another vm_size.",
    "AccountCoreQuotaReached": QUOTA,
    "AccountSpotCoreQuotaReached": QUOTA,
    "AccountLowPriorityCoreQuotaReached": QUOTA,
    "AccountVMSeriesCoreQuotaReached": QUOTA,
}


def _starting(run: Run, task: TaskObservation | None, pool: PoolFacts | None) -> Explanation:
    wanted = run.definition.environment if run.definition else None
    if wanted and (wanted.packages or wanted.image):
        return Explanation("environment", f"Node {run.node} makes the environment ready: it takes it from its cache or "
                           "from storage, or makes it when it is the first of its kind.",
                           "Then the script starts; system_logs/environment.txt shows how far it is.")
    return Explanation("node", f"Node {run.node} prepares the source files and the environment.",
                       "Then the script starts; system_logs/runner.log shows how far it is.")


def _running(run: Run, task: TaskObservation | None, pool: PoolFacts | None) -> Explanation:
    limit = run.definition.max_run_duration_seconds if run.definition else None
    if limit is None or run.started_at is None:
        return Explanation("script", f"The script runs on node {run.node}.", "It has no time limit.")
    end = run.started_at + timedelta(seconds=limit)
    return Explanation("script", f"The script runs on node {run.node}.", f"It is stopped at {_time(end)} latest.")


def _finalizing(run: Run, task: TaskObservation | None, pool: PoolFacts | None) -> Explanation:
    named = sorted(run.definition.outputs if run.definition else ())
    waiting = ", ".join(repr(name) for name in named if name not in run.stored)
    summary = "The script has ended; its outputs and metrics are being checked and merged."
    if waiting:
        summary += f" What it wrote to {waiting} is being made a dataset."
    return Explanation("outputs", summary, f"Then the run ends. {RECONCILED}")


def _well(run: Run) -> str:
    if run.definition and run.definition.sweep:
        return "The sweep ended well; its children are its trials."
    return f"The script ended well; {run.outputs.files} output files are kept."


def _ended(run: Run, task: TaskObservation | None, pool: PoolFacts | None) -> Explanation:
    summary = run.reason.message if run.reason else _well(run)
    if left := left_behind(run):
        named = ", ".join(map(repr, left))
        return Explanation("outputs", summary, f"What is known of what it wrote to {named} is made a dataset.")
    return Explanation("nothing", summary, "Nothing: the run has ended.")


EXPLANATIONS: Mapping[Phase, Callable[[Run, TaskObservation | None, PoolFacts | None], Explanation]] = {
    Phase.NOT_STARTED: _not_started,
    Phase.PREPARING: _preparing,
    Phase.QUEUED: _queued,
    Phase.STARTING: _starting,
    Phase.RUNNING: _running,
    Phase.FINALIZING: _finalizing,
    Phase.COMPLETED: _ended,
    Phase.FAILED: _ended,
    Phase.CANCELED: _ended,
}
