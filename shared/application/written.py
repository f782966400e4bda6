"""What an attempt wrote to its outputs becomes datasets: of exactly these files. May be repeated at any time.

The list ``written/<output>.jsonl`` of each node says which files. Each step is named by what it is about (the pin by
its content, the dataset by its definition, the version by run, attempt and output), so doing it again changes nothing.
"""

import logging
from collections.abc import Container, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice

from pydantic import BaseModel, Field, ValidationError

from shared.application import datasets, datastores, pins
from shared.application.backend import Backend, Cause, transact
from shared.application.data_ports import DatastoreFiles, StorageTrouble
from shared.application.outputs import inside
from shared.application.paths import attempt_prefix, written_list
from shared.application.pins import PinnedFile
from shared.application.places import all_below
from shared.application.stored import PARALLEL_LOOKS
from shared.contract.datasets import DatasetModel
from shared.domain.dataset import DatasetDefinition, Source
from shared.domain.definition import Output, Registration
from shared.domain.errors import Invalid, NotFound, Refusal
from shared.domain.ids import run_stream
from shared.domain.path_pattern import matches
from shared.domain.run import RUN
from shared.domain.run_commands import RecordStored
from shared.domain.run_events import OutputStored
from shared.domain.run_state import Run
from shared.domain.value import Reason

log = logging.getLogger(__name__)
OTHERS_COUNTED = 1_000
"""Files of others below a destination are counted up to so many."""

LARGEST_LIST = 128 * 1024 * 1024
"""A list that is larger, of half a million files or more, would take more memory than an instance has."""
LARGEST_FILE = 2**48
"""More than storage takes as one file, in bytes."""


class Line(BaseModel):
    """One file of the node's list; the ``path`` is below the output's folder.

    Whoever reads the file sends the ``etag`` as a header: nothing but one goes into a dataset.
    """

    path: str
    size: int = Field(ge=0, le=LARGEST_FILE)
    etag: str | None = Field(default=None, max_length=200, pattern=r'^"[!#-~]*"$')


def check(backend: Backend, run: Run) -> Reason | None:
    """Why the run cannot complete although its script did: something it says it wrote is not listed."""
    assert run.report
    assert run.definition
    for said in run.report.written:
        if said.name not in run.definition.outputs:
            continue
        size = _size(backend, run, said.name)
        if size > LARGEST_LIST:
            return Reason(code="OutputsNotUploaded", message=f"The list of what was written to output {said.name!r} "
                          f"has {size:,} bytes, and {LARGEST_LIST:,} can be read: write fewer and larger files.")
        listed = sum(1 for _ in _lines(backend, run, said.name))
        if listed < said.files:
            return Reason(code="OutputsNotUploaded", message=f"The list of what was written to output {said.name!r} "
                          f"has {listed} of {said.files} files: it did not arrive in storage.")
    return None


def store(backend: Backend, run: Run, cause: Cause, *, completes: bool) -> None:
    """Make datasets of what the run's last attempt wrote, register those that are to be when it ``completes``."""
    assert run.definition
    said = {each.name: each for each in run.report.written} if run.report else {}
    for name, output in run.definition.outputs.items():
        if name in run.stored or (output.mode == "upload" and name not in said):
            continue
        whole = completes and name in said and not said[name].failed
        stored = _stored(backend, run, name, output, cause, whole=whole)
        transact(backend, RUN, run_stream(run.id), RecordStored(stored), cause)


def _stored(backend: Backend, run: Run, name: str, output: Output, cause: Cause, *, whole: bool) -> OutputStored:
    files, others = _compared(backend, output, _listed(backend, run, name, output))
    stored = OutputStored(attempt=run.attempt, name=name, files=len(files), bytes=sum(file.size or 0 for file in files),
                          complete=whole, others=others)
    chosen = _of_dataset(output, files)
    if not chosen:
        return stored
    once = replace(cause, command_id=f"output:{run.id}:{run.attempt}:{name}")
    try:
        made = _dataset(backend, output, chosen, output.register_as if whole else None, once)
    except Refusal as refusal:
        # A run that can have no dataset of what it wrote must end all the same.
        log.warning("no dataset of output %r of run %s: %s", name, run.id, refusal)
        return stored
    return stored.model_copy(update={"dataset": made.id, "registered_as": made.name, "version": made.version})


def _dataset(
    backend: Backend, output: Output, files: Sequence[PinnedFile], registration: Registration | None, cause: Cause
) -> DatasetModel:
    source = Source(datastore=output.path.datastore, path=output.path.path)
    pin, table = pins.write(backend, files), output.table
    definition = DatasetDefinition(kind="file", sources=(source,), pin=pin) if table is None else DatasetDefinition(
        kind="tabular", sources=(source,), reading=table.reading, steps=table.steps, pin=pin)
    return datasets.keep(backend, definition, registration, cause)[0]


def _of_dataset(output: Output, files: Sequence[PinnedFile]) -> Sequence[PinnedFile]:
    """The files that are part of the dataset: all of them, but for those a table leaves out."""
    glob = output.table.glob if output.table else None
    if glob is None:
        return files
    pattern = glob.lstrip("/") if "/" in glob else f"**/{glob}"
    return [file for file in files if matches(pattern, file.path)]


def _lines(backend: Backend, run: Run, name: str) -> Iterator[Line]:
    """The files of the nodes' lists. A script can write them too: what is damaged is left out."""
    if _size(backend, run, name) > LARGEST_LIST:
        log.warning("the list of %r of run %s is too large", name, run.id)
        return
    lists = (backend.blobs.read("runs", blob) for blob in _lists(run, name))
    for text in (line for body in lists if body for line in body.splitlines()):
        try:
            yield Line.model_validate_json(text)
        except ValidationError:
            log.warning("a line of %r of run %s cannot be read", name, run.id)


def _size(backend: Backend, run: Run, name: str) -> int:
    """Bytes of all lists of an output."""
    return sum(backend.blobs.size("runs", blob) or 0 for blob in _lists(run, name))


def _lists(run: Run, name: str) -> list[str]:
    """The blobs in which the nodes list what they wrote."""
    assert run.definition
    prefix = attempt_prefix(run.id, run.attempt)
    return [prefix + written_list(name, node) for node in range(run.definition.nodes)]


def _listed(backend: Backend, run: Run, name: str, output: Output) -> dict[str, PinnedFile]:
    """Path in the datastore -> file, by path."""
    found: dict[str, PinnedFile] = {}
    for line in _lines(backend, run, name):
        try:
            at = inside(output.path, line.path)
        except Invalid:
            log.warning("output %r of run %s: %r is no path of it", name, run.id, line.path[:80])
            continue
        found[at] = PinnedFile(path=line.path, datastore=output.path.datastore, at=at, size=line.size, etag=line.etag)
    return dict(sorted(found.items(), key=lambda each: each[1].path))


def _compared(backend: Backend, output: Output, listed: dict[str, PinnedFile]) -> tuple[list[PinnedFile], int]:
    """The files with the etags that storage says where the node knew none, and the number of files of others.

    A datastore that does not answer, or that nobody knows any more, keeps no run from its end: then the node's word
    counts.
    """
    try:
        store = datastores.opened(backend, output.path.datastore)
        others = _others(store, output, listed)
        with ThreadPoolExecutor(PARALLEL_LOOKS) as pool:
            return list(pool.map(lambda file: _known(store, file), listed.values())), others
    except (NotFound, StorageTrouble) as error:
        log.warning("the files in %s could not be looked at: %s", output.path, error)
    return list(listed.values()), 0


def _known(store: DatastoreFiles, file: PinnedFile) -> PinnedFile:
    there = store.look(file.at or "") if file.etag is None else None
    return file.model_copy(update={"etag": there.etag}) if there and there.size == file.size else file


def _others(store: DatastoreFiles, output: Output, mine: Container[str]) -> int:
    """How many files lie there besides ``mine``."""
    there = (file.path for file in all_below(store, f"{output.path.path}/" if output.path.path else ""))
    return sum(1 for _ in islice((path for path in there if path not in mine), OTHERS_COUNTED))
