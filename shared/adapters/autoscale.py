"""The autoscale formula of a pool: the number of nodes that is known to be right, and a way out of silence.

The demand is known exactly, so the formula names it: Batch evaluates it when it is set, in seconds, where a formula
over samples would take up to five minutes. A control plane that stops must not leave nodes billed for ever: behind a
deadline the number of pending tasks decides. Nodes are given back only when their task has ended (Batch's default
kills it).
"""

from datetime import datetime, timedelta

from shared.domain.compute import ComputeSpec

DEADLINE = timedelta(hours=2)
TARGET = {"dedicated": "$TargetDedicatedNodes", "low_priority": "$TargetLowPriorityNodes"}


def formula(spec: ComputeSpec, nodes: int, now: datetime) -> str:
    """The formula that asks for ``nodes`` until two hours from ``now``, then for as many as tasks are pending.

    ``GetSample`` fails when there are no samples, so it stands in a branch that is only taken when there are.
    """
    target = TARGET[spec.vm_priority]
    deadline = (now + DEADLINE).strftime("%a, %d %b %Y %H:%M:%S GMT")
    minutes = max(5, spec.idle_seconds_before_scaledown // 60)
    return "\n".join((
        f"span = TimeInterval_Minute * {minutes};",
        f"known = {nodes};",
        f'pending = $PendingTasks.GetSamplePercent(span) < 30 ? {target} : max($PendingTasks.GetSample(span));',
        f'want = time() < time("{deadline}") ? known : pending;',
        f"{target} = max({spec.min_nodes}, min({spec.max_nodes}, want));",
        "$NodeDeallocationOption = taskcompletion;",
    ))
