"""What callers do with datasets: save, register, find, list; and what a run's inputs are made of."""

from shared.application import inputs, lists, pinning
from shared.application.backend import Backend, Cause, load, transact
from shared.application.places import laid_out
from shared.contract.datasets import DatasetModel, DatasetRequest, DatasetUpdate, InputFiles
from shared.contract.responses import Page, ViewPage
from shared.domain import limits
from shared.domain.dataset import (
    DATASET,
    SAVED_DATASET,
    Dataset,
    DatasetDefinition,
    DatasetRegistered,
    DatasetVersion,
    DescribeDataset,
    Reading,
    RegisterDataset,
    SaveDataset,
    SavedDataset,
    Source,
    Step,
    unknown_id,
)
from shared.domain.definition import Input, Registration
from shared.domain.errors import Invalid, NotFound, key_of_another
from shared.domain.ids import DATASET_ID, checked, dataset_id_for, dataset_stream, saved_dataset_stream


def create(backend: Backend, request: DatasetRequest, cause: Cause) -> tuple[DatasetModel, bool]:
    """Save a dataset, and register it if it has a name. Returns it, and whether anything is new.

    What has a name, or steps on files, is pinned to the files there are. A path that leads nowhere is ``Invalid``,
    unless the request says not to validate: then nothing is pinned.
    """
    name = request.name and checked("dataset name", request.name)
    definition = _definition(request)
    try:
        inputs.check_known(backend, definition.sources)
        definition = _settled(backend, request, definition)
    except NotFound as error:
        raise Invalid(str(error)) from error
    labels = Registration(name=name, description=request.description, tags=request.tags) if name else None
    return keep(backend, definition, labels, cause, create_new_version=request.create_new_version)


def _settled(backend: Backend, request: DatasetRequest, definition: DatasetDefinition) -> DatasetDefinition:
    steps = definition.kind == "file" and bool(definition.steps)
    stored = any(source.datastore for source in definition.sources)
    try:
        if steps or (request.name and stored):
            pinned = pinning.pinned(backend, definition)
            if request.validates and not steps and pinned.pin and not pinned.pin.files:
                raise NotFound("There are no files in what the dataset names: upload some first.")
            return pinned
        if request.validates:
            laid_out(backend, definition.sources, matching=True)
    except NotFound:
        if request.validates or steps:
            raise
    return definition


def keep(
    backend: Backend, definition: DatasetDefinition, registration: Registration | None, cause: Cause, *,
    create_new_version: bool = True,
) -> tuple[DatasetModel, bool]:
    """Save a definition whose pin, if any, is written, and register it. Returns it, and whether anything is new.

    Saved first: a process that dies in between leaves a saved dataset and no version, and doing it again mends that.
    """
    _check_size(definition)
    name = registration.name if registration else None
    id = _id(definition, name)
    saved, new = transact(backend, SAVED_DATASET, saved_dataset_stream(id), SaveDataset(definition, name), cause)
    if registration is None:
        return saved_model(saved), new
    stream = dataset_stream(registration.name)
    command = RegisterDataset(id, definition, registration.description, registration.tags, create_new_version)
    dataset, new = transact(backend, DATASET, stream, command, cause)
    version = dataset.saved_as(id) or _made_before(backend, dataset, stream, definition, cause)
    if version is None:
        raise key_of_another("dataset", registration.name)
    return model(dataset, version), new


def _made_before(
    backend: Backend, dataset: Dataset, stream: str, definition: DatasetDefinition, cause: Cause
) -> DatasetVersion | None:
    """The version the same request has made when other files were there."""
    commits = (commit for commit in backend.events.read(stream) if commit.command_id == cause.command_id)
    ids = {event.id for commit in commits for event in commit.events if isinstance(event, DatasetRegistered)}
    bare = {"pin": None}
    return next((each for each in dataset.versions if each.id in ids and
                 each.definition.model_copy(update=bare) == definition.model_copy(update=bare)), None)


def _definition(request: DatasetRequest) -> DatasetDefinition:
    sources = tuple(inputs.checked_source(Source.model_validate(each.model_dump())) for each in request.sources)
    inputs.check_names(sources)
    definition = DatasetDefinition(
        kind=request.kind,
        sources=sources,
        reading=request.reading and Reading.model_validate(request.reading.model_dump()),
        steps=tuple(Step.model_validate(each.model_dump()) for each in request.steps),
    )
    _check_size(definition)
    return definition


def _check_size(definition: DatasetDefinition) -> None:
    size = len(definition.model_dump_json())
    if size > limits.EVENT_BYTES:
        raise Invalid(f"The dataset's definition has {size:,} bytes and may have {limits.EVENT_BYTES:,}: put the files "
                      "into one folder of a datastore, and name the folder.")


def _id(definition: DatasetDefinition, name: str | None) -> str:
    """Fields at their default are left out, so that one added later changes no id."""
    return dataset_id_for(f"{name or ''}\0{definition.model_dump_json(exclude_defaults=True)}")


def find(backend: Backend, name: str, number: int | None) -> DatasetModel:
    """A version of a registered dataset, the newest without a number."""
    dataset = load(backend, DATASET, dataset_stream(name))
    return model(dataset, dataset.numbered(number))


def find_by_id(backend: Backend, id: str) -> DatasetModel:
    """A saved dataset; with name and version if it is registered."""
    saved = _saved(backend, id)
    if saved.name:
        dataset = load(backend, DATASET, dataset_stream(saved.name))
        if version := dataset.saved_as(id):
            return model(dataset, version)
    return saved_model(saved)


def update(backend: Backend, name: str, number: int | None, request: DatasetUpdate, cause: Cause) -> DatasetModel:
    """Change description and tags of a version."""
    stream = dataset_stream(name)
    known = load(backend, DATASET, stream).numbered(number)
    command = DescribeDataset(known.number, request.description, request.tags)
    dataset, _ = transact(backend, DATASET, stream, command, cause)
    return model(dataset, dataset.numbered(known.number))


def page(backend: Backend, limit: int, before: str | None) -> ViewPage[DatasetModel]:
    """A page of registered datasets, the newest version of each."""
    return lists.page(backend, "dataset", DatasetModel, {}, limit, before)


def versions(backend: Backend, name: str, limit: int, before: int | None) -> Page[DatasetModel]:
    """A page of the versions of a dataset, newest first, those below number ``before``."""
    dataset = load(backend, DATASET, dataset_stream(name))
    newest = dataset.numbered().number
    below = newest + 1 if before is None else min(before, newest + 1)
    some = [model(dataset, each) for each in reversed(dataset.versions[max(below - 1 - limit, 0):max(below - 1, 0)])]
    return Page(value=some, next=str(some[-1].version) if some and below - 1 > limit else None)


def files(backend: Backend, id: str, limit: int, cursor: str | None, check: bool) -> InputFiles:
    """A page of the files of a dataset. ``check``: the first one, only if all files are still as they were pinned.

    ``Rejected`` when they are not.
    """
    definition = _definition_of(backend, id)
    if definition.pin is None:
        return inputs.page(backend, definition.sources, limit, cursor)
    if check and cursor is None:
        pinning.check(backend, definition, definition.pin)
    return pinning.page(backend, definition, definition.pin, limit, cursor)


def files_of_input(backend: Backend, wanted: Input, limit: int, cursor: str | None, check: bool) -> InputFiles:
    """A page of the files of a run's input."""
    if wanted.dataset is not None:
        return files(backend, wanted.dataset, limit, cursor, check)
    return inputs.page(backend, [_source(wanted)], limit, cursor)


def check_input(backend: Backend, name: str, wanted: Input) -> None:
    """``Invalid`` when a run cannot have this input, with the reason."""
    try:
        if wanted.dataset is None:
            inputs.check_known(backend, [inputs.checked_source(_source(wanted))])
        elif _definition_of(backend, wanted.dataset).kind == "tabular" and wanted.mode != "direct":
            raise Invalid("a tabular dataset is no folder of files: hand over its id, in mode 'direct'.")
        inputs.checked_place(wanted.path_on_compute)
    except (Invalid, NotFound) as error:
        raise Invalid(f"Input {name!r} cannot be had: {error}") from error


def _source(wanted: Input) -> Source:
    assert wanted.path
    return Source(datastore=wanted.path.datastore, path=wanted.path.path)


def _definition_of(backend: Backend, id: str) -> DatasetDefinition:
    definition = _saved(backend, id).definition
    assert definition
    return definition


def _saved(backend: Backend, id: str) -> SavedDataset:
    saved = load(backend, SAVED_DATASET, saved_dataset_stream(id)) if DATASET_ID.fullmatch(id) else SavedDataset(id)
    if saved.definition is None:
        raise unknown_id(id)
    return saved


def saved_model(saved: SavedDataset) -> DatasetModel:
    """A saved dataset that is not registered, as callers see it."""
    assert saved.definition
    return DatasetModel.model_validate({"id": saved.id, "created_at": saved.saved_at, **saved.definition.model_dump()})


def model(dataset: Dataset, version: DatasetVersion) -> DatasetModel:
    """A registered version as callers see it."""
    return DatasetModel.model_validate({
        "id": version.id,
        "name": dataset.name,
        "version": version.number,
        "description": version.description,
        "tags": dict(version.tags),
        "created_at": version.created_at,
        **version.definition.model_dump(),
    })
