"""Datastores by their names: what they are, and their files."""

from shared.application.backend import Backend, load
from shared.application.data_ports import DatastoreFiles
from shared.domain.datastore import DATASTORE, DEFAULT_DATASTORE, Datastore, DatastoreDefinition, unknown
from shared.domain.errors import NotFound
from shared.domain.ids import DATASTORE as NAME
from shared.domain.ids import WORKSPACE_STREAM, datastore_stream
from shared.domain.workspace import WORKSPACE

NAMED = 20
"""So many names of others a refusal has at most."""


def opened(backend: Backend, name: str) -> DatastoreFiles:
    """The files of a datastore; ``NotFound`` says which there are."""
    wanted = definition(backend, name)
    return backend.datastores.open(wanted, _credential(backend, wanted))


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


def _is_built_in(name: str) -> bool:
    return name.lower() == DEFAULT_DATASTORE


def _find(backend: Backend, name: str) -> DatastoreDefinition | None:
    if _is_built_in(name):
        return backend.datastores.built_in
    return _state(backend, name).definition if NAME.fullmatch(name) else None


def _state(backend: Backend, name: str) -> Datastore:
    return load(backend, DATASTORE, datastore_stream(name))


def _credential(backend: Backend, wanted: DatastoreDefinition) -> str | None:
    """``NotFound`` when the secret is gone: somebody has just replaced or unregistered it."""
    if wanted.secret is None:
        return None
    credential = backend.secrets.get(wanted.secret)
    if credential is None:
        raise NotFound("The credential of this datastore is gone: register it again, with 'overwrite'.")
    return credential


def _unknown(backend: Backend, name: str) -> NotFound:
    views = backend.views.page("datastore", {"present": True}, NAMED, None)
    return unknown(name, ", ".join([DEFAULT_DATASTORE, *(str(view.body["name"]) for view in views)]))
