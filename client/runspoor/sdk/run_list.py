"""Runs as v1 lists them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from runspoor.sdk.exceptions import translated
from runspoor.sdk.experiment import Experiment
from runspoor.sdk.label_filter import Wanted, fits
from runspoor.sdk.run import Run
from runspoor.sdk.run_details import SCRIPT, SWEEP, kind_of
from runspoor.sdk.run_record import Document, RunRecord
from runspoor.sdk.script_run import ScriptRun

if TYPE_CHECKING:
    from runspoor.sdk.workspace import Workspace

LOCAL = "local"
PARALLEL = 8


def of_document(workspace: Workspace, document: Document) -> Run:
    """The run of a document: a HyperDriveRun, a ScriptRun, or a Run when it is interactive."""
    from runspoor.sdk.hyperdrive_run import HyperDriveRun

    experiment = Experiment(workspace, document["experiment"], _create_in_cloud=False)
    if document.get("sweep"):
        return HyperDriveRun(experiment, document["run_id"], _document=document)
    if "definition" not in document and document["compute_target"] == LOCAL:
        document = RunRecord(workspace, document["run_id"]).now()  # A list does not say which of the two it is.
    interactive = "definition" in document and kind_of(document) is None
    return (Run if interactive else ScriptRun)(experiment, document["run_id"], _document=document)


def runs(workspace: Workspace, where: Mapping[str, str | None], type: str | None, tags: Wanted,
         properties: Wanted) -> Iterator[Run]:
    """Runs, newest first. ``where``: what the backend filters by; the other conditions are checked here."""
    with translated():
        yield from chosen(workspace, workspace.api.pages("runs", where), type, tags, properties)


def chosen(workspace: Workspace, documents: Iterable[Document], type: str | None, tags: Wanted, properties: Wanted,
           status: str | None = None) -> Iterator[Run]:
    """The runs of documents that fulfil the conditions, in their order."""
    if type not in (None, SCRIPT, SWEEP):
        return
    for document in documents:
        if status not in (None, document["status"]) or not fits(document["tags"], tags):
            continue
        run = of_document(workspace, document)
        if type in (None, run.type) and (properties is None or fits(run.get_properties(), properties)):
            yield run


def descendants(record: RunRecord) -> list[Document]:
    """The children of a run, theirs and so on, newest first."""
    found: list[Document] = []
    parents = [record]
    with ThreadPoolExecutor(PARALLEL) as pool:
        while parents:
            born = [child for page in pool.map(lambda each: list(each.pages("/children")), parents) for child in page]
            found += born
            parents = [RunRecord(record.workspace, child["run_id"]) for child in born]
    return sorted(found, key=lambda child: (child["submitted_at"] or "", child["run_id"]), reverse=True)
