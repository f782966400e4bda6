"""Datastores by their names: what they are, which there are, and their files."""

from shared.application import lists
from shared.application.backend import Backend, Cause, load, transact
from shared.application.data_ports import DatastoreFiles
from shared.contract.datastores import DatastoreModel
from shared.contract.responses import ViewPage
from shared.domain.datastore import DATASTORE, DEFAULT_DATASTORE, Datastore, DatastoreDefinition, unknown
from shared.domain.errors import NotFound
from shared.domain.ids import DATASTORE as NAME
from shared.domain.ids import WORKSPACE_STREAM, datastore_stream
from shared.domain.workspace import WORKSPACE, SetDefaultDatastore

NAMED = 20
"""So many names of others a refusal has at most."""
PRESENT = {"present": True}


def opened(backend: Backend, name: str) -> DatastoreFiles:
    """The files of a datastore; ``NotFound`` says which there are."""
    return resolved(backend, name)[1]


def resolved(backend: Backend, name: str) -> tuple[DatastoreDefinition, DatastoreFiles]:
    """What a name means, and the files there, of one moment; ``NotFound`` says which names there are."""
    wanted = definition(backend, name)
    credential = wanted.secret and backend.secrets.get(wanted.secret)
    if wanted.secret and credential is None:
        wanted, credential = _replaced(backend, name)
    return wanted, backend.datastores.open(wanted, credential)


def _replaced(backend: Backend, name: str) -> tuple[DatastoreDefinition, str | None]:
    """What the name means after its credential went: that of the one it was replaced by in this moment."""
    wanted = definition(backend, name)
    credential = wanted.secret and backend.secrets.get(wanted.secret)
    if wanted.secret and credential is None:
        raise NotFound(f"The credential of datastore {name!r} is gone: register it again, with 'overwrite'.")
    return wanted, credential


def definition(backend: Backend, name: str) -> DatastoreDefinition:
    """What a name means; ``NotFound`` says which there are."""
    found = _find(backend, name)
    if found is None:
        raise _unknown(backend, name)
    return found


def known(backend: Backend, name: str) -> bool:
    """Whether there is a datastore of this name."""
    return _find(backend, name) is not None


def default(backend: Backend) -> str:
    """The name of the datastore that is meant when none is named."""
    return load(backend, WORKSPACE, WORKSPACE_STREAM).default_datastore


def set_default(backend: Backend, name: str, cause: Cause) -> DatastoreModel:
    """Mean this one when none is named; ``NotFound`` when there is none."""
    meant = find(backend, name)
    transact(backend, WORKSPACE, WORKSPACE_STREAM, SetDefaultDatastore(meant.name), cause)
    return find(backend, meant.name)


def find(backend: Backend, name: str) -> DatastoreModel:
    """A datastore as callers see it; ``NotFound`` says which there are."""
    if is_built_in(name):
        return _built_in(backend, default(backend))
    datastore = state(backend, name) if NAME.fullmatch(name) else Datastore(name)
    if datastore.definition is None:
        raise _unknown(backend, name)
    return model(datastore, default(backend))


def page(backend: Backend, limit: int, before: str | None) -> ViewPage[DatastoreModel]:
    """A page of datastores, newest first, and behind them the built-in one."""
    usual, place = default(backend), lists.sort_key(None, DEFAULT_DATASTORE)
    registered = lists.page(backend, "datastore", DatastoreModel, PRESENT, limit, before)
    value = [each.model_copy(update={"is_default": _same(each.name, usual)}) for each in registered.value]
    more = before is None or place < before
    if more and len(value) < limit:
        return registered.model_copy(update={"value": [*value, _built_in(backend, usual)], "next": None})
    return registered.model_copy(update={"value": value})


def is_built_in(name: str) -> bool:
    """Whether this is the datastore that nobody registers."""
    return _same(name, DEFAULT_DATASTORE)


def _same(name: str, other: str) -> bool:
    return name.lower() == other.lower()


def state(backend: Backend, name: str) -> Datastore:
    """What happened to a name."""
    return load(backend, DATASTORE, datastore_stream(name))


def _find(backend: Backend, name: str) -> DatastoreDefinition | None:
    if is_built_in(name):
        return backend.datastores.built_in
    return state(backend, name).definition if NAME.fullmatch(name) else None


def _unknown(backend: Backend, name: str) -> NotFound:
    names = [str(view.body["name"]) for view in backend.views.page("datastore", PRESENT, NAMED, None)]
    return unknown(name, ", ".join([*(each for each in names if not _same(each, name)), DEFAULT_DATASTORE]))


def _built_in(backend: Backend, usual: str) -> DatastoreModel:
    return DatastoreModel.model_validate({
        **backend.datastores.built_in.model_dump(exclude={"secret"}),
        "name": DEFAULT_DATASTORE,
        "is_default": is_built_in(usual),
    })


def model(datastore: Datastore, usual: str | None = None) -> DatastoreModel:
    """A datastore as callers see it, or as it was until it was unregistered; ``usual`` is the default one."""
    assert datastore.latest
    return DatastoreModel.model_validate({
        **datastore.latest.model_dump(exclude={"secret"}),
        "name": datastore.name,
        "created_at": datastore.created_at,
        "is_default": usual is not None and _same(datastore.name, usual),
    })
