"""What the SDK's tasks, pools and nodes say, in the words of the ports."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from azure.batch import models as m

from shared.application.ports import PoolObservation
from shared.domain.batch_states import TaskObservation
from shared.domain.value import Reason

EVALUATION = timedelta(minutes=5)
"""How often Batch evaluates the formula of a pool: as often as it does it for anybody."""
EVALUATIONS_MISSED = 5

def nodes_of(task: m.BatchTask) -> int:
    """How many nodes it needs at once."""
    several = task.multi_instance_settings
    return several.number_of_instances or 1 if several else 1


def task_observation(task: m.BatchTask) -> TaskObservation:
    """What is used of a task."""
    info, node, failure = task.execution_info, task.node_info, None
    if info and info.failure_info:
        said = info.failure_info
        details = "".join(f" {pair.name}: {pair.value}." for pair in said.details or [])
        failure = Reason(code=said.code or "Unknown", message=(said.message or "") + details)
    return TaskObservation(
        state=str(getattr(task.state, "value", task.state)),
        node=node.node_id if node else None,
        exit_code=info.exit_code if info else None,
        failure=failure,
        started_at=info.start_time if info else None,
        ended_at=info.end_time if info else None,
        nodes=nodes_of(task),
    )


def _stuck(run: m.AutoScaleRun | None) -> bool:
    """Batch may stop evaluating a formula without a word; setting it anew makes it go on."""
    return run is not None and datetime.now(UTC) - run.timestamp > EVALUATIONS_MISSED * EVALUATION


def pool_observation(pool: m.BatchPool, nodes: list[m.BatchNode]) -> PoolObservation:
    """What is used of a pool and its nodes."""
    members: dict[str, str] = {}
    since: dict[str, datetime] = {}
    problems = [Reason(code=e.code or "Unknown", message=e.message or "") for e in pool.resize_errors or []]
    run = pool.auto_scale_run
    if run and run.error:
        problems.append(Reason(code=run.error.code or "AutoScaleFailed", message=run.error.message or ""))
    for node in nodes:
        members[str(node.id)] = str(getattr(node.state, "value", node.state))
        if node.state_transition_time:
            since[str(node.id)] = node.state_transition_time
        problems += [Reason(code=e.code or "NodeError", message=e.message or "") for e in node.errors or []]
        start = node.start_task_info
        if start and start.failure_info:
            problems.append(Reason(code="StartTaskFailed", message=start.failure_info.message or ""))
    return PoolObservation(
        allocation=str(getattr(pool.allocation_state, "value", pool.allocation_state)),
        target=(pool.target_dedicated_nodes or 0) + (pool.target_low_priority_nodes or 0),
        current=pool.current_dedicated_nodes + pool.current_low_priority_nodes,
        nodes=Counter(members.values()),
        problems=problems,
        members=members,
        members_since=since,
        scales=bool(pool.enable_auto_scale) and not _stuck(run),
        since=pool.allocation_state_transition_time,
        linked=bool(pool.enable_inter_node_communication),
    )
