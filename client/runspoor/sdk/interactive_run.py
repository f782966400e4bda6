"""Runs that the caller itself logs and ends, from a notebook say."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from runspoor.sdk.exceptions import translated
from runspoor.sdk.run import Run

if TYPE_CHECKING:
    from runspoor.sdk.experiment import Experiment


def begin(experiment: Experiment, name: str | None = None, run_id: str | None = None, outputs: str | None = None,
          snapshot_directory: str | None = None, display_name: str | None = None) -> Run:
    """A run that is Running at once. Its id is a GUID unless one is given."""
    known = {"run_id": run_id or str(uuid.uuid4()), "display_name": display_name or name}
    body = {"experiment": experiment.name, **{field: value for field, value in known.items() if value}}
    with translated():
        document = experiment.workspace.api.write("POST", "runs", body).json()
    run = Run(experiment, document["run_id"], outputs, _document=document)
    if snapshot_directory is not None:
        run.take_snapshot(snapshot_directory)
    return run
