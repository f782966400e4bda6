"""What is chosen once for the whole backend: the datastore that is meant when none is named."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.datastore import DEFAULT_DATASTORE
from shared.domain.decider import Decider
from shared.domain.value import Value


class DefaultDatastoreSet(Value):
    """Who names no datastore means ``name`` from now on."""

    name: str


@dataclass(frozen=True)
class SetDefaultDatastore:
    name: str


@dataclass(frozen=True)
class Workspace:
    """The choices that are in force."""

    name: str
    version: int = 0
    default_datastore: str = DEFAULT_DATASTORE


def decide(workspace: Workspace, command: SetDefaultDatastore) -> list[DefaultDatastoreSet]:
    """Nothing when it is the default already."""
    if workspace.default_datastore == command.name:
        return []
    return [DefaultDatastoreSet(name=command.name)]


def evolve(workspace: Workspace, event: DefaultDatastoreSet, at: datetime) -> Workspace:
    """Apply one event."""
    return replace(workspace, version=workspace.version + 1, default_datastore=event.name)


WORKSPACE = Decider(Workspace, decide, evolve)
