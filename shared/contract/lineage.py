"""Lineage over the wire: a graph of data, runs and models."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from shared.domain.lineage import How, NodeKind


class LineageNode(BaseModel):
    """``id`` is the kind and the thing's own id: ``run:digits_5f2c``, ``dataset:<id>``, ``model:net:3``.

    ``name``: of a dataset the one it is registered under, with its newest ``version``; of a path ``datastore/path``; of
    a run its display name. ``status``: a run's own; a dataset is ``registered``, ``unregistered``, or ``unknown`` when
    nobody has saved one of this id; a version of a model is ``registered`` or ``deleted``; a path is ``unregistered``
    when its datastore is no more; none when the lists do not have it yet.
    """

    id: str
    kind: NodeKind
    name: str | None = None
    version: int | None = None
    status: str | None = None


class LineageEdge(BaseModel):
    """``to`` came of ``from``. ``name``: of the input or output, the model's path in the run, or the scenario.

    Not ``complete``: the run that wrote the data did not complete.
    """

    model_config = ConfigDict(populate_by_name=True)
    source: str = Field(alias="from")
    target: str = Field(alias="to")
    how: How
    name: str
    complete: bool = True


class Lineage(BaseModel):
    """What the first of ``nodes`` came of, what came of it, and every edge between any two of them.

    ``truncated``: there is more than a lineage shows. ``as_of``: the time of the newest commit in it.
    """

    nodes: list[LineageNode]
    edges: list[LineageEdge]
    truncated: bool
    as_of: datetime | None = None
