"""Runs that the caller itself logs and ends, from a notebook say."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING

from runspoor.sdk.exceptions import translated
from runspoor.sdk.label_filter import text
from runspoor.sdk.run import Run

if TYPE_CHECKING:
    from runspoor.sdk.experiment import Experiment


def begin(experiment: Experiment, name: str | None = None, run_id: str | None = None, outputs: str | None = None,
          snapshot_directory: str | None = None, display_name: str | None = None, parent: str | None = None,
          tags: Mapping[str, object] | None = None) -> Run:
    """A run that is Running at once. Its id is a GUID unless one is given; ``parent``: the id of another run."""
    known = {"run_id": run_id or str(uuid.uuid4()), "display_name": display_name or name, "parent": parent,
             "tags": {key: text(value) for key, value in (tags or {}).items()}}
    body = {"experiment": experiment.name, **{field: value for field, value in known.items() if value}}
    with translated():
        document = experiment.workspace.api.write("POST", "runs", body).json()
    run = Run(experiment, document["run_id"], outputs, _document=document)
    if snapshot_directory is not None:
        run.take_snapshot(snapshot_directory)
    return run
