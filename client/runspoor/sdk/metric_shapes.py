"""What ``get_metrics`` gives for what was logged. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Union, cast

from runspoor.shapes import Row, Scalar

Value = Union[Scalar, list[Scalar], Mapping[str, Union[Scalar, list[Scalar]]]]
ARTIFACT = "aml://artifactId/ExperimentRun/dcid."


def shape(kind: str, values: Sequence[Scalar | Row], run_id: str) -> Value:
    """A single value is itself, more are a list; rows are columns of such; files are v1's addresses of them.

    ``kind``: "scalar", "row" or "image". Columns that a row lacks are None there. None for a lone None.
    """
    if kind == "row":
        return _columns(cast("Sequence[Row]", values))
    if kind == "image":
        return _single([address(run_id, str(value["path"])) for value in cast("Sequence[Row]", values)])
    return _single(cast("Sequence[Scalar]", values))


def address(run_id: str, path: str) -> str:
    """How v1 names a file of a run that was logged as a metric."""
    return f"{ARTIFACT}{run_id}/{path}"


def shown(metrics: Mapping[str, Value]) -> dict[str, Value]:
    """The metrics as v1 returns them: a name under which only a None was logged is left out."""
    return {name: value for name, value in metrics.items() if value is not None}


def _columns(rows: Sequence[Row]) -> dict[str, Scalar | list[Scalar]]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: _single([row.get(name) for row in rows]) for name in names}


def _single(values: Sequence[Scalar]) -> Scalar | list[Scalar]:
    return values[0] if len(values) == 1 else list(values)
