"""What callers get of metrics."""

from pydantic import BaseModel

from shared.contract.requests import MetricKind, Row, Scalar


class MetricSummary(BaseModel):
    """A metric: how many points it has, and the last one."""

    name: str
    kind: MetricKind
    count: int
    last: Scalar | Row
    last_step: int | None = None


class MetricPoints(BaseModel):
    """Points of one metric from number ``first``, in order; ``next`` is the number to go on from, or none."""

    name: str
    kind: MetricKind
    count: int
    first: int
    values: list[Scalar | Row]
    steps: list[int | None] | None = None
    at: list[float] | None = None
    next: int | None = None
