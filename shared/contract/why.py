"""What callers get who ask why a run is where it is."""

from datetime import datetime

from pydantic import BaseModel

from shared.contract.compute_targets import PoolModel
from shared.contract.responses import ReasonModel


class TaskModel(BaseModel):
    """What Batch says of the task."""

    state: str | None
    node: str | None
    exit_code: int | None
    failure: ReasonModel | None


class Why(BaseModel):
    """Where a run is and why: since when, what it waits for, what Batch said, what happens next."""

    run_id: str
    status: str
    since: datetime | None
    seconds: float
    waiting_for: str
    summary: str
    next: str
    task: TaskModel | None = None
    pool: PoolModel | None = None
    lost_attempts: dict[int, ReasonModel] = {}
