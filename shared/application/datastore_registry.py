"""Registering a datastore, and unregistering it.

The name of a secret is reserved by an event, then the credential is kept under it, then an event makes it the
datastore's. A secret that is of no use, because another took its place or a process died in between, is forgotten by
the reaction to the stream: what events name can always be found again.
"""

import re
import uuid
from dataclasses import replace
from typing import get_args

from shared.application import datastores
from shared.application.backend import Backend, Cause, Contention, transact
from shared.application.data_ports import DatastoreFiles, StorageSilent, StorageTrouble
from shared.application.ports import Container
from shared.contract.account_access import checked_endpoint, checked_key, checked_sas
from shared.contract.datastores import DatastoreModel, DatastoreRequest
from shared.domain.datastore import (
    DATASTORE,
    DEFAULT_DATASTORE,
    RESERVED_FOR,
    Access,
    Datastore,
    DatastoreCommand,
    DatastoreDefinition,
    RecordForgotten,
    RegisterDatastore,
    ReserveSecret,
    UnregisterDatastore,
    differs,
)
from shared.domain.errors import Invalid, Rejected
from shared.domain.ids import checked, datastore_stream

INTERNAL = re.compile("|".join(
    (*({*get_args(Container)} - {"data"}), r"\$.*", "azure-webjobs-.*", "app-package.*", "scm-releases")))
"""Blob containers of the own account that are the backend's, the Functions host's, or the service's."""
SECRET_NAME_CHARACTERS = 60
"""Of a datastore's name in that of its secret: a name of Key Vault has 127."""


def register(backend: Backend, request: DatastoreRequest, cause: Cause) -> tuple[DatastoreModel, bool]:
    """Register a datastore once its credential opens it. Returns it, and whether anything is new."""
    name = checked("datastore name", request.name)
    if datastores.is_built_in(name):
        raise Rejected(f"{DEFAULT_DATASTORE!r} comes with the backend and cannot be another one: choose another name.")
    access, credential = _credential(backend, request)
    wanted = _definition(backend, request, access)
    _try_out(backend, request, wanted, credential)
    command = RegisterDatastore(name, wanted, request.overwrite)
    try:
        datastore, new = _keep(backend, command, credential, cause)
    except Rejected:
        # Somebody else may have registered exactly this in the same moment.
        datastore, new = _keep(backend, command, credential, cause)
    return datastores.model(datastore, datastores.default(backend)), new


def unregister(backend: Backend, name: str, cause: Cause) -> DatastoreModel:
    """Forget a datastore and its credential; the data stays. Returns what it was."""
    if datastores.is_built_in(name):
        raise Rejected(f"{DEFAULT_DATASTORE!r} comes with the backend and cannot be unregistered.")
    datastore = datastores.state(backend, name)
    if datastore.latest is None:
        datastores.definition(backend, name)
    if datastore.definition and datastores.find(backend, name).is_default:
        raise Rejected(f"{datastore.name!r} is the default datastore: make another one the default first.")
    datastore, _ = transact(backend, DATASTORE, datastore_stream(name), UnregisterDatastore(), cause)
    return datastores.model(datastore)


def react(backend: Backend, name: str, cause: Cause) -> None:
    """Forget the secrets that are of no use; look again when one that is reserved may have become so."""
    for secret in datastores.state(backend, name).useless(backend.clock()):
        _forget(backend, name, secret, cause)
    if datastores.state(backend, name).reserved:
        backend.reactions.send(datastore_stream(name), RESERVED_FOR)


def _credential(backend: Backend, request: DatastoreRequest) -> tuple[Access, str | None]:
    if request.account_key is not None:
        return "account_key", checked_key(request.account_key.get_secret_value())
    if request.sas is not None:
        return "sas", checked_sas(request.sas.get_secret_value(), request.kind, backend.clock())
    return "identity", None


def _definition(backend: Backend, request: DatastoreRequest, access: Access) -> DatastoreDefinition:
    usual = backend.datastores.endpoint(request.kind, request.account)
    endpoint = checked_endpoint(request.endpoint, request.kind) if request.endpoint else usual
    if access == "identity" and endpoint != usual:
        raise Invalid(f"The backend's own identity goes to {usual} only, not to {endpoint}: leave out 'endpoint', or "
                      "give 'account_key' or 'sas'.")
    if endpoint == backend.datastores.built_in.endpoint and INTERNAL.fullmatch(request.container):
        raise Invalid(f"The container {request.container!r} of the backend's own account is no place for data: use "
                      f"another one, or the datastore {DEFAULT_DATASTORE!r}.")
    return DatastoreDefinition(kind=request.kind, account=request.account, container=request.container,
                               endpoint=endpoint, access=access)


def _try_out(
    backend: Backend, request: DatastoreRequest, wanted: DatastoreDefinition, credential: str | None
) -> None:
    try:
        files = backend.datastores.open(wanted, credential)
        if request.create_if_not_exists:
            _make(files)
        if not request.skip_validation:
            files.check()
    except StorageTrouble as trouble:
        raise Invalid(f"The datastore cannot be opened. {trouble} With 'skip_validation' it is registered "
                      "nevertheless.") from None


def _make(files: DatastoreFiles) -> None:
    """Make the place unless it opens: a credential may open what it could not make."""
    try:
        files.check()
    except StorageSilent:
        raise
    except StorageTrouble:
        files.ensure()


def _keep(
    backend: Backend, command: RegisterDatastore, credential: str | None, cause: Cause
) -> tuple[Datastore, bool]:
    """Keep the credential unless it is kept already, and name it."""
    before = datastores.state(backend, command.name)
    secret = _known(backend, before, credential)
    fresh = _fresh(command.name) if credential and not secret else None
    named = replace(command, definition=command.definition.model_copy(update={"secret": secret or fresh}))
    if not differs(before, named):
        return before, False
    if fresh and credential:
        _change(backend, command.name, ReserveSecret(fresh), cause)
        backend.secrets.put(fresh, credential)
    return _name(backend, named, fresh, cause)


def _name(backend: Backend, command: RegisterDatastore, fresh: str | None, cause: Cause) -> tuple[Datastore, bool]:
    """Make the secret the datastore's; one that does not become it is forgotten."""
    try:
        datastore, new = transact(backend, DATASTORE, datastore_stream(command.name), command, cause)
        if datastore.definition != command.definition:
            raise Rejected(f"The Idempotency-Key has been used for datastore {datastore.name!r} before, and it is "
                           "another one now: use a new key.")
    except (Rejected, Contention):
        if fresh:
            _forget(backend, command.name, fresh, cause)
        raise
    return datastore, new


def _known(backend: Backend, before: Datastore, credential: str | None) -> str | None:
    """The name of the secret that is this credential already."""
    secret = before.secret
    return secret if secret and credential and backend.secrets.get(secret) == credential else None


def _fresh(name: str) -> str:
    return f"datastore-{name.lower().replace('_', '-')[:SECRET_NAME_CHARACTERS]}-{uuid.uuid4().hex}"


def _forget(backend: Backend, name: str, secret: str, cause: Cause) -> None:
    backend.secrets.delete(secret)
    _change(backend, name, RecordForgotten(secret), cause)


def _change(backend: Backend, name: str, command: DatastoreCommand, cause: Cause) -> None:
    """Besides what was asked for: it has no part in the caller's Idempotency-Key."""
    transact(backend, DATASTORE, datastore_stream(name), command, replace(cause, command_id=None))
