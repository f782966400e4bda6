"""What callers get of compute targets."""

from datetime import datetime

from pydantic import BaseModel

from shared.contract.responses import ReasonModel


class ComputeTargetModel(BaseModel):
    """A compute target, in its ``provisioning_state`` ``since`` then. ``nodes`` is the number last asked of Batch."""

    name: str
    vm_size: str
    min_nodes: int
    max_nodes: int
    idle_seconds_before_scaledown: int
    vm_priority: str
    provisioning_state: str
    since: datetime | None = None
    nodes: int
    created_at: datetime | None = None
    reason: ReasonModel | None = None


class PoolModel(BaseModel):
    """What Batch says of the pool. ``since``: when its allocation came to be what it is."""

    allocation: str
    target: int
    current: int
    nodes: dict[str, int]
    problems: list[ReasonModel]
    since: datetime | None = None


class NodeModel(BaseModel):
    """A node of a compute target in Batch's words; ``run_id`` and ``attempt`` when one is on it."""

    node_id: str
    state: str
    run_id: str | None = None
    attempt: int | None = None


class QueueModel(BaseModel):
    """How many runs wait for nodes of a compute target, and how many have theirs."""

    waiting: int
    running: int


class ComputeTargetStatus(ComputeTargetModel):
    """A compute target; ``pool`` is none while Batch has none for it. ``cores`` and ``gpus``: of one node, if known.

    The runs in the queue and what each has cost: ``GET runs?compute_target=``.
    """

    pool: PoolModel | None = None
    queue: QueueModel = QueueModel(waiting=0, running=0)
    cores: int | None = None
    gpus: int | None = None
