"""What a datastore's name means, and which of its secrets are of no use any more."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.datastore import (
    DATASTORE,
    RESERVED_FOR,
    Datastore,
    DatastoreCommand,
    DatastoreRegistered,
    DatastoreReplaced,
    DatastoreUnregistered,
    RecordForgotten,
    RegisterDatastore,
    ReserveSecret,
    SecretForgotten,
    SecretReserved,
    UnregisterDatastore,
)
from shared.domain.errors import Refusal, Rejected
from shared.domain.workspace import WORKSPACE, DefaultDatastoreSet, SetDefaultDatastore
from tests.contract.examples import AT
from tests.unit.domain.requests import BY_KEY, BY_SAS, DATASTORE_COMMANDS, PICTURES

LATER = AT + RESERVED_FOR


def after(*commands: DatastoreCommand) -> Datastore:
    datastore = DATASTORE.initial("pictures")
    for command in commands:
        for event in DATASTORE.decide(datastore, command):
            datastore = DATASTORE.evolve(datastore, event, AT)
    return datastore


KEPT = (ReserveSecret(str(BY_KEY.secret)), RegisterDatastore("Pictures", BY_KEY))


def test_its_life() -> None:
    store = after(*KEPT)
    assert (store.name, store.definition, store.created_at, store.useless(LATER)) == ("Pictures", BY_KEY, AT, [])
    assert DATASTORE.decide(store, RegisterDatastore("pictures", BY_KEY)) == []
    store = after(*KEPT, ReserveSecret(str(BY_SAS.secret)))
    assert DATASTORE.decide(store, RegisterDatastore("pictures", BY_SAS, overwrite=True)) == [
        DatastoreReplaced(name="pictures", definition=BY_SAS)]
    assert DATASTORE.decide(store, UnregisterDatastore()) == [DatastoreUnregistered()]
    gone = after(*KEPT, UnregisterDatastore())
    assert (gone.definition, gone.useless(AT)) == (None, [BY_KEY.secret])
    assert DATASTORE.decide(gone, UnregisterDatastore()) == []
    assert DATASTORE.decide(gone, RegisterDatastore("p", PICTURES)) == [DatastoreRegistered(name="p",
                                                                                            definition=PICTURES)]


def test_a_secret_is_reserved_named_and_forgotten() -> None:
    secret = str(BY_KEY.secret)
    assert DATASTORE.decide(after(), ReserveSecret(secret)) == [SecretReserved(secret=secret)]
    store = after(ReserveSecret(secret))
    assert (store.useless(LATER - timedelta(microseconds=1)), store.useless(LATER)) == ([], [secret])
    forgotten = after(ReserveSecret(secret), RecordForgotten(secret))
    assert forgotten.useless(LATER) == []
    for store in (after(), forgotten, after(*KEPT, UnregisterDatastore())):
        with pytest.raises(Rejected, match="its credential has been forgotten: register it again"):
            DATASTORE.decide(store, RegisterDatastore("pictures", BY_KEY))
    assert DATASTORE.decide(after(*KEPT, UnregisterDatastore()), RecordForgotten(secret)) == [
        SecretForgotten(secret=secret)]
    assert DATASTORE.decide(after(*KEPT), RecordForgotten(secret)) == []


def test_another_place_or_credential_needs_overwrite() -> None:
    for other in (PICTURES, BY_SAS):
        with pytest.raises(Rejected, match="register with 'overwrite', or under another name"):
            after(*KEPT, RegisterDatastore("pictures", other))


@given(st.lists(DATASTORE_COMMANDS, max_size=12))
def test_every_secret_is_in_use_or_known_until_it_is_forgotten(commands: list[DatastoreCommand]) -> None:
    store, kept = Datastore("pictures"), set[str]()
    for command in commands:
        try:
            happened = DATASTORE.decide(store, command)
            store = after_one(store, command)
        except Refusal:
            continue
        kept |= {event.secret for event in happened if isinstance(event, SecretReserved)}
        kept -= {event.secret for event in happened if isinstance(event, SecretForgotten)}
        useless = set(store.useless(LATER))
        assert useless | ({store.secret} - {None}) == kept
        assert store.secret not in useless


def after_one(store: Datastore, command: DatastoreCommand) -> Datastore:
    for event in DATASTORE.decide(store, command):
        store = DATASTORE.evolve(store, event, AT)
    return store


def test_the_default_is_the_built_in_one_until_somebody_says_otherwise() -> None:
    workspace = WORKSPACE.initial("default")
    assert WORKSPACE.decide(workspace, SetDefaultDatastore("workspaceblobstore")) == []
    (event,) = WORKSPACE.decide(workspace, SetDefaultDatastore("pictures"))
    assert event == DefaultDatastoreSet(name="pictures")
    workspace = WORKSPACE.evolve(workspace, event, AT)
    assert workspace.default_datastore == "pictures"
    assert WORKSPACE.decide(workspace, SetDefaultDatastore("pictures")) == []
