"""A datastore: a blob container, file share or Data Lake file system that holds people's data.

Its definition names the account and never holds a credential: ``secret`` is the name under which the backend keeps it.
A secret's name is reserved by an event before the secret is kept, and the name of one that is of no use stays known
until it is forgotten, so whatever dies in between leaves no secret that nobody knows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, assert_never

from shared.domain.decider import Decider
from shared.domain.errors import NotFound, Rejected
from shared.domain.value import Value

DatastoreKind = Literal["blob", "share", "gen2"]
Access = Literal["identity", "account_key", "sas"]
DEFAULT_DATASTORE = "workspaceblobstore"
"""The datastore that is there from the beginning: container ``data`` of the backend's own storage account."""


RESERVED_FOR = timedelta(hours=1)
"""A registration that has not named its secret by then has died: no call of a function takes so long."""


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


class SecretReserved(Value):
    """A secret of this name is about to be kept for the datastore."""

    secret: str


class SecretForgotten(Value):
    """The secret of this name is not kept any more."""

    secret: str


DatastoreEvent = DatastoreRegistered | DatastoreReplaced | DatastoreUnregistered | SecretReserved | SecretForgotten
CALLING = (DatastoreReplaced, DatastoreUnregistered, SecretReserved)
"""The events after which a secret may be of no use, now or later."""


@dataclass(frozen=True)
class RegisterDatastore:
    """``overwrite``: whether the name may mean another place already."""

    name: str
    definition: DatastoreDefinition
    overwrite: bool = False


@dataclass(frozen=True)
class UnregisterDatastore:
    pass


@dataclass(frozen=True)
class ReserveSecret:
    secret: str


@dataclass(frozen=True)
class RecordForgotten:
    secret: str


DatastoreCommand = RegisterDatastore | UnregisterDatastore | ReserveSecret | RecordForgotten


@dataclass(frozen=True)
class Datastore:
    """A name, compared without case. ``latest`` is what it means while it is ``present``, and what it meant after that.

    ``reserved``: secrets that may be kept and are not named yet, and since when; ``former``: those that were in use.
    """

    name: str
    version: int = 0
    latest: DatastoreDefinition | None = None
    present: bool = False
    created_at: datetime | None = None
    reserved: Mapping[str, datetime] = field(default_factory=dict)
    former: tuple[str, ...] = ()

    @property
    def definition(self) -> DatastoreDefinition | None:
        """What it means; none when it means nothing (any more)."""
        return self.latest if self.present else None

    @property
    def secret(self) -> str | None:
        """The name of the secret in use."""
        return self.definition.secret if self.definition else None

    def useless(self, now: datetime) -> list[str]:
        """The secrets to be forgotten."""
        return [*self.former, *(secret for secret, at in self.reserved.items() if now - at >= RESERVED_FOR)]


def decide(datastore: Datastore, command: DatastoreCommand) -> list[DatastoreEvent]:
    """The events ``command`` makes; ``[]`` when it is already so."""
    match command:
        case RegisterDatastore():
            return _register(datastore, command)
        case UnregisterDatastore():
            return [DatastoreUnregistered()] if datastore.definition else []
        case ReserveSecret():
            known = command.secret in datastore.reserved or command.secret == datastore.secret
            return [] if known else [SecretReserved(secret=command.secret)]
        case RecordForgotten():
            there = command.secret in (*datastore.former, *datastore.reserved)
            return [SecretForgotten(secret=command.secret)] if there else []
        case _:
            assert_never(command)


def _register(datastore: Datastore, command: RegisterDatastore) -> list[DatastoreEvent]:
    if not differs(datastore, command):
        return []
    secret = command.definition.secret
    if secret and secret not in (*datastore.reserved, datastore.secret):
        raise Rejected(f"Registering datastore {datastore.name!r} took so long that its credential has been forgotten: "
                       "register it again.")
    event = DatastoreReplaced if datastore.definition else DatastoreRegistered
    return [event(name=command.name, definition=command.definition)]


def differs(datastore: Datastore, command: RegisterDatastore) -> bool:
    """Whether the name is to mean something new; ``Rejected`` when it may not."""
    if datastore.definition == command.definition:
        return False
    if datastore.definition and not command.overwrite:
        raise Rejected(f"There is a datastore {datastore.name!r} already, with another place or credential: register "
                       "with 'overwrite', or under another name.")
    return True


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
        case SecretReserved():
            return replace(datastore, reserved={**datastore.reserved, event.secret: at})
        case SecretForgotten():
            return _without(datastore, event.secret)
        case _:
            assert_never(event)


def _means(datastore: Datastore, definition: DatastoreDefinition | None) -> Datastore:
    before, now = datastore.secret, definition.secret if definition else None
    named = _without(datastore, now)
    return replace(named, latest=definition or datastore.latest, present=definition is not None,
                   former=(*named.former, before) if before and before != now else named.former)


def _without(datastore: Datastore, secret: str | None) -> Datastore:
    """No longer among those that wait to be named or forgotten."""
    return replace(datastore, former=tuple(each for each in datastore.former if each != secret),
                   reserved={each: at for each, at in datastore.reserved.items() if each != secret})


DATASTORE = Decider(Datastore, decide, evolve)


def unknown(name: str, there: str) -> NotFound:
    """The refusal of a request about a name that means no datastore; ``there``: names that do."""
    return NotFound(f"There is no datastore {name[:80]!r}: register one under this name, or use one of those there "
                    f"are: {there}.")
