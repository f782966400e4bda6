"""What callers do with models: register files of a run or uploaded ones, read, label, delete, list."""

import uuid

from shared.application import content, lists
from shared.application.backend import Backend, Cause, load, transact
from shared.application.files import LINK_LIFETIME
from shared.application.model_files import Listing, listed, of_run, stored, uploaded
from shared.application.paths import source_blob
from shared.application.ports import Container, Where
from shared.application.stock import OwnStock
from shared.contract.models import MissingFiles, ModelFile, ModelRequest, ModelUpdate, ModelVersionModel
from shared.contract.responses import Page, ViewPage
from shared.domain.ids import checked, model_stream
from shared.domain.model import (
    MODEL,
    ChangeModel,
    DeleteModel,
    Description,
    Model,
    ModelCommand,
    ModelDataset,
    ModelVersion,
    RegisterModel,
    Resources,
)

NEWEST, EVERY = "model", "model-version"
"""Kinds of views: one for the newest version of each model, and one for every version."""


def register(
    backend: Backend, request: ModelRequest, cause: Cause, key: str | None
) -> ModelVersionModel | MissingFiles:
    """Make the next version; the same key makes one. While files are missing nothing is made."""
    name = checked("model name", request.name)
    listing = of_run(backend, request.run_id, request.path) if request.run_id and request.path else uploaded(request)
    if listing.run is None:
        sizes = {file.sha256: file.size for file in listing.files if file.sha256}
        if absent := content.missing(backend, OwnStock(backend.blobs, "models"), sizes):
            return MissingFiles(missing=absent)
    command = RegisterModel(key or uuid.uuid4().hex, stored(backend, listing), _said(request))
    model, _ = transact(backend, MODEL, model_stream(name), command, cause)
    made = model.made_by(command.registration)
    assert made
    return response(model, made)


def _said(request: ModelRequest) -> Description:
    return Description.model_validate(request.model_dump(include=set(Description.model_fields)))


def find(backend: Backend, name: str, number: int | None) -> ModelVersionModel:
    """A version (none: the newest); ``NotFound`` when there is none."""
    model = _load(backend, name)
    return response(model, model.find(number))


def change(backend: Backend, name: str, number: int, update: ModelUpdate, cause: Cause) -> ModelVersionModel:
    """Change what is said of a version."""
    resources = Resources.model_validate(update.resources.model_dump()) if update.resources else None
    return _ask(backend, name, ChangeModel(
        number, update.description, update.tags, tuple(update.remove_tags), update.properties, resources,
        tuple(ModelDataset.model_validate(each.model_dump()) for each in update.datasets)), cause)


def delete(backend: Backend, name: str, number: int, cause: Cause) -> ModelVersionModel:
    """Delete a version: its number is never given again. The files stay, others may be made of them."""
    return _ask(backend, name, DeleteModel(number), cause)


def _ask(backend: Backend, name: str, command: ChangeModel | DeleteModel, cause: Cause) -> ModelVersionModel:
    wanted: ModelCommand = command
    model, _ = transact(backend, MODEL, model_stream(name), wanted, cause)
    return response(model, model.versions.get(command.number) or model.find(command.number))


def _load(backend: Backend, name: str) -> Model:
    return load(backend, MODEL, model_stream(name))


def files(backend: Backend, name: str, number: int | None, limit: int, after: int) -> Page[ModelFile]:
    """A page of the files of a version, behind number ``after``, each with a URL to read it."""
    version = _load(backend, name).find(number)
    listing = listed(backend, version.registered.files)
    until = backend.clock() + LINK_LIFETIME
    page = listing.files[after:after + limit]
    value = [ModelFile(path=file.path, size=file.size, sha256=file.sha256, expires_at=until,
                       url=backend.blobs.grant(*_where(listing, file.path, file.sha256), "read", until))
             for file in page]
    return Page(value=value, next=str(after + limit) if after + limit < len(listing.files) else None)


def _where(listing: Listing, path: str, sha256: str | None) -> tuple[Container, str]:
    return ("runs", listing.prefix + path) if listing.run else ("models", source_blob(sha256 or ""))


def page(backend: Backend, where: Where, newest: bool, limit: int, before: str | None) -> ViewPage[ModelVersionModel]:
    """A page of versions, newest first; with ``newest`` only the newest of each model."""
    kind = NEWEST if newest else EVERY
    return lists.page(backend, kind, ModelVersionModel, {"present": True, **where}, limit, before)


def labels(version: ModelVersion) -> list[str]:
    """What lists find a version by: ``tag:stage`` and ``tag:stage=prod``, ``property:commit``, ..."""
    pairs = (("tag", version.said.tags), ("property", version.said.properties))
    return [text for kind, labels in pairs for name, value in labels.items()
            for text in (f"{kind}:{name}", f"{kind}:{name}={value}")]


def response(model: Model, version: ModelVersion) -> ModelVersionModel:
    """A version as callers see it."""
    registered, kept = version.registered, version.registered.files
    return ModelVersionModel.model_validate({
        **version.said.model_dump(),
        "id": f"{model.name}:{registered.number}",
        "name": model.name,
        "version": registered.number,
        "created_at": version.created_at,
        "run_id": kept.run and kept.run.run_id,
        "experiment": kept.run and kept.run.experiment,
        "path": kept.path,
        "files": kept.count,
        "bytes": kept.bytes,
    })
