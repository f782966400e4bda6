"""What a datastore's name means, and which of its secrets are of no use any more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.datastore import (
    DATASTORE,
    Datastore,
    DatastoreCommand,
    DatastoreRegistered,
    DatastoreReplaced,
    DatastoreUnregistered,
    RegisterDatastore,
    UnregisterDatastore,
)
from shared.domain.errors import Refusal, Rejected
from shared.domain.workspace import WORKSPACE, DefaultDatastoreSet, SetDefaultDatastore
from tests.contract.examples import AT
from tests.unit.domain.requests import BY_KEY, BY_SAS, DATASTORE_COMMANDS, PICTURES


def after(*commands: DatastoreCommand) -> Datastore:
    datastore = DATASTORE.initial("pictures")
    for command in commands:
        for event in DATASTORE.decide(datastore, command):
            datastore = DATASTORE.evolve(datastore, event, AT)
    return datastore


def test_its_life() -> None:
    store = after(RegisterDatastore("Pictures", BY_KEY))
    assert (store.name, store.definition, store.created_at, store.former) == ("Pictures", BY_KEY, AT, None)
    assert DATASTORE.decide(store, RegisterDatastore("pictures", BY_KEY)) == []
    assert DATASTORE.decide(store, RegisterDatastore("pictures", BY_SAS, overwrite=True)) == [
        DatastoreReplaced(name="pictures", definition=BY_SAS)]
    assert DATASTORE.decide(store, UnregisterDatastore()) == [DatastoreUnregistered()]
    gone = after(RegisterDatastore("Pictures", BY_KEY), UnregisterDatastore())
    assert (gone.definition, gone.former) == (None, BY_KEY.secret)
    assert DATASTORE.decide(gone, UnregisterDatastore()) == []
    assert DATASTORE.decide(gone, RegisterDatastore("p", PICTURES)) == [DatastoreRegistered(name="p",
                                                                                            definition=PICTURES)]


def test_another_place_or_credential_needs_overwrite() -> None:
    for other in (PICTURES, BY_SAS):
        with pytest.raises(Rejected, match="register with 'overwrite', or under another name"):
            after(RegisterDatastore("pictures", BY_KEY), RegisterDatastore("pictures", other))


@given(st.lists(DATASTORE_COMMANDS, max_size=12))
def test_a_secret_that_went_out_of_use_is_known_until_the_next_one_did(commands: list[DatastoreCommand]) -> None:
    store, former = Datastore("pictures"), None
    for command in commands:
        before = store.definition and store.definition.secret
        try:
            store = after_one(store, command)
        except Refusal:
            continue
        now = store.definition and store.definition.secret
        former = before if before and before != now else former
        assert store.former == former


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
