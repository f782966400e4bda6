"""A datastore: a blob container, file share or Data Lake file system that holds people's data.

Its definition names the account and never holds a credential: ``secret`` is the name under which the backend keeps it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, assert_never

from shared.domain.decider import Decider
from shared.domain.errors import NotFound, Rejected
from shared.domain.value import Value

DatastoreKind = Literal["blob", "share", "gen2"]
Access = Literal["identity", "account_key", "sas"]
DEFAULT_DATASTORE = "workspaceblobstore"
"""The datastore that is there from the beginning: container ``data`` of the backend's own storage account."""


class DatastoreDefinition(Value):
    """Where the data is: ``container`` (blob container, share or file system) of the service at ``endpoint``.

    ``endpoint``: URL of the account's blob service, of its file service for a share, without a slash at the end.
    ``secret``: the name of the account key or SAS among the backend's secrets; none for access by identity.
    """

    kind: DatastoreKind
    account: str
    container: str
    endpoint: str
    access: Access = "identity"
    secret: str | None = None


class DatastoreRegistered(Value):
    """There is a datastore now; ``name`` is spelled as its caller spelled it."""

    name: str
    definition: DatastoreDefinition


class DatastoreReplaced(Value):
    """The name means another place, or the same one by another credential, from now on."""

    name: str
    definition: DatastoreDefinition


class DatastoreUnregistered(Value):
    """The name means nothing any more; the data stays where it is."""


DatastoreEvent = DatastoreRegistered | DatastoreReplaced | DatastoreUnregistered


@dataclass(frozen=True)
class RegisterDatastore:
    """``overwrite``: whether the name may mean another place already."""

    name: str
    definition: DatastoreDefinition
    overwrite: bool = False


@dataclass(frozen=True)
class UnregisterDatastore:
    pass


DatastoreCommand = RegisterDatastore | UnregisterDatastore


@dataclass(frozen=True)
class Datastore:
    """A name, compared without case. ``latest`` is what it means while it is ``present``, and what it meant after that.

    ``former``: the secret that was the last to become useless.
    """

    name: str
    version: int = 0
    latest: DatastoreDefinition | None = None
    present: bool = False
    created_at: datetime | None = None
    former: str | None = None

    @property
    def definition(self) -> DatastoreDefinition | None:
        """What it means; none when it means nothing (any more)."""
        return self.latest if self.present else None


def decide(datastore: Datastore, command: DatastoreCommand) -> list[DatastoreEvent]:
    """The events ``command`` makes; ``[]`` when it is already so."""
    match command:
        case RegisterDatastore():
            return _register(datastore, command)
        case UnregisterDatastore():
            return [DatastoreUnregistered()] if datastore.definition else []
        case _:
            assert_never(command)


def _register(datastore: Datastore, command: RegisterDatastore) -> list[DatastoreEvent]:
    if datastore.definition is None:
        return [DatastoreRegistered(name=command.name, definition=command.definition)]
    if datastore.definition == command.definition:
        return []
    if not command.overwrite:
        raise Rejected(f"There is a datastore {datastore.name!r} already, with another place or credential: register "
                       "with 'overwrite', or under another name.")
    return [DatastoreReplaced(name=command.name, definition=command.definition)]


def evolve(datastore: Datastore, event: DatastoreEvent, at: datetime) -> Datastore:
    """Apply one event."""
    datastore = replace(datastore, version=datastore.version + 1)
    match event:
        case DatastoreRegistered():
            return replace(_means(datastore, event.definition), name=event.name, created_at=at)
        case DatastoreReplaced():
            return replace(_means(datastore, event.definition), name=event.name)
        case DatastoreUnregistered():
            return _means(datastore, None)
        case _:
            assert_never(event)


def _means(datastore: Datastore, definition: DatastoreDefinition | None) -> Datastore:
    before, now = (each and each.secret for each in (datastore.definition, definition))
    former = before if before and before != now else datastore.former
    return replace(datastore, latest=definition or datastore.latest, present=definition is not None, former=former)


DATASTORE = Decider(Datastore, decide, evolve)


def unknown(name: str, there: str) -> NotFound:
    """The refusal of a request about a name that means no datastore; ``there``: names that do."""
    return NotFound(f"There is no datastore {name[:80]!r}: register one under this name, or use one of those there "
                    f"are: {there}.")
