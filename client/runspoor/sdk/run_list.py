"""Runs as v1 lists them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from runspoor.sdk.exceptions import translated
from runspoor.sdk.experiment import Experiment
from runspoor.sdk.label_filter import Wanted, fits
from runspoor.sdk.run import Run
from runspoor.sdk.run_details import SCRIPT
from runspoor.sdk.run_record import Document, RunRecord
from runspoor.sdk.script_run import ScriptRun

if TYPE_CHECKING:
    from runspoor.sdk.workspace import Workspace

LOCAL = "local"


def of_document(workspace: Workspace, document: Document) -> Run:
    """The run of a document: a ScriptRun, or a Run when it is interactive."""
    if "definition" not in document and document["compute_target"] == LOCAL:
        document = RunRecord(workspace, document["run_id"]).now()  # A list does not say which of the two it is.
    launch = document.get("definition", {}).get("launch")
    interactive = launch is not None and not (launch.get("script") or launch.get("command"))
    experiment = Experiment(workspace, document["experiment"], _create_in_cloud=False)
    return (Run if interactive else ScriptRun)(experiment, document["run_id"], _document=document)


def runs(workspace: Workspace, where: Mapping[str, str | None], type: str | None, tags: Wanted,
         properties: Wanted) -> Iterator[Run]:
    """Runs, newest first. ``where``: what the backend filters by; the other conditions are checked here."""
    if type not in (None, SCRIPT):
        return
    with translated():
        for document in workspace.api.pages("runs", where):
            if not fits(document["tags"], tags):
                continue
            run = of_document(workspace, document)
            if properties is None or fits(run.get_properties(), properties):
                yield run
