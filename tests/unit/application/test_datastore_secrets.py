"""The credentials of datastores: none is kept for good that no datastore uses, whoever dies and whoever is faster."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from shared.application import datastore_registry, datastores
from shared.application import react as reactions
from shared.application.project import project
from shared.domain.datastore import RESERVED_FOR, SecretForgotten
from shared.domain.errors import NotFound
from tests.unit.application.deployment import CAUSE, Deployment
from tests.unit.application.registering import KEY, OTHER_KEY, Died, dies_at, events, react, registered


@pytest.fixture
def world() -> Deployment:
    return Deployment()


@pytest.mark.parametrize(("place", "after", "kept", "registered_is"), [
    ("put", False, 0, []), ("put", True, 1, []),
    ("append", False, 1, []), ("append", True, 1, ["DatastoreRegistered"]),
])
def test_a_process_that_dies_anywhere_leaves_no_secret_for_good(
    world: Deployment, monkeypatch: pytest.MonkeyPatch, place: str, after: bool, kept: int, registered_is: list[str]
) -> None:
    with monkeypatch.context() as patch:
        if place == "append":
            dies_at_the_second(patch, world, after=after)
        else:
            dies_at(patch, world.secrets, place, after=after)
        with pytest.raises(Died):
            registered(world, account_key=KEY)
    assert (len(world.secrets.kept), events(world)) == (kept, registered_is)
    react(world)
    assert len(world.secrets.kept) == kept, "it may be in the middle of it"
    react(world, RESERVED_FOR)
    assert len(world.secrets.kept) == len(registered_is)
    assert registered(world, account_key=KEY)[1] is not bool(registered_is)
    assert list(world.secrets.kept) == [datastores.definition(world.backend, "pictures").secret]


def dies_at_the_second(patch: pytest.MonkeyPatch, world: Deployment, *, after: bool) -> None:
    """The first event reserves the secret's name, the second one gives it to the datastore."""
    put = world.secrets.put

    def keep(name: str, value: str) -> None:
        put(name, value)
        dies_at(patch, world.events, "append", after=after)

    patch.setattr(world.secrets, "put", keep)


def test_registered_again_before_anything_was_swept(world: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        dies_at(patch, world.secrets, "put", after=True)
        with pytest.raises(Died):
            registered(world, account_key=KEY)
    assert registered(world, account_key=OTHER_KEY)[1] is True
    react(world, RESERVED_FOR)
    assert list(world.secrets.kept.values()) == [OTHER_KEY]
    datastores.opened(world.backend, "pictures")


def test_a_name_that_has_nothing_but_a_reserved_secret_is_none(
    world: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        dies_at(patch, world.secrets, "put")
        with pytest.raises(Died):
            registered(world, account_key=KEY)
    project(world.backend, world.commits)
    assert world.views.page("datastore", {}, 9, None) == []
    for use in (datastores.find, datastores.opened):
        with pytest.raises(NotFound):
            use(world.backend, "pictures")
    with pytest.raises(NotFound):
        datastore_registry.unregister(world.backend, "pictures", CAUSE)


def test_looking_again_is_asked_for_as_long_as_a_secret_waits(world: Deployment,
                                                              monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        dies_at(patch, world.secrets, "put")
        with pytest.raises(Died):
            registered(world, account_key=KEY)
    assert world.called() == ["datastore-pictures"]
    for later, again in ((timedelta(), [("datastore-pictures", RESERVED_FOR)]), (RESERVED_FOR, [])):
        world.now += later
        world.reactions.sent.clear()
        reactions.react(world.backend, "datastore-pictures", CAUSE)
        assert world.reactions.sent == again
    reactions.report_failure(world.backend, "datastore-pictures", CAUSE)
    assert world.reactions.sent == [("datastore-pictures", RESERVED_FOR)]


def replace_it(world: Deployment) -> None:
    registered(world, account_key=OTHER_KEY, overwrite=True)


def unregister_it(world: Deployment) -> None:
    datastore_registry.unregister(world.backend, "pictures", CAUSE)


@pytest.mark.parametrize("change", [replace_it, unregister_it])
@pytest.mark.parametrize("after", [False, True])
def test_a_secret_that_went_out_of_use_is_forgotten_whoever_dies(
    world: Deployment, monkeypatch: pytest.MonkeyPatch, change: Callable[[Deployment], None], after: bool
) -> None:
    registered(world, account_key=KEY)
    change(world)
    with monkeypatch.context() as patch:
        dies_at(patch, world.secrets, "delete", after=after)
        with pytest.raises(Died):
            react(world)
    for _ in range(2):
        react(world)
        assert KEY not in world.secrets.kept.values()
    happened = [event for commit in world.commits for event in commit.events]
    assert [type(event) for event in happened].count(SecretForgotten) == 1
    assert len(world.secrets.kept) == (change is replace_it)


def test_two_who_register_the_same_at_once_have_one(world: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    append = world.events.append
    with monkeypatch.context() as patch:
        def overtaken(commit: object) -> None:
            patch.undo()
            registered(world, account_key=KEY)
            append(commit)  # type: ignore[arg-type]  # it conflicts, whatever it is

        patch.setattr(world.events, "append", overtaken)
        assert registered(world, account_key=KEY)[1] is False
    react(world, RESERVED_FOR)
    assert (events(world), len(world.secrets.kept)) == (["DatastoreRegistered"], 1)


def test_a_credential_that_is_replaced_while_it_is_read(world: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    registered(world, account_key=KEY)
    get = world.secrets.get
    with monkeypatch.context() as patch:
        def overtaken(name: str) -> str | None:
            patch.undo()
            registered(world, account_key=OTHER_KEY, overwrite=True)
            react(world)
            return get(name)

        patch.setattr(world.secrets, "get", overtaken)
        datastores.opened(world.backend, "pictures")
    assert world.datastores.opened[-1][1] == OTHER_KEY
    world.secrets.kept.clear()
    with pytest.raises(NotFound, match="register it again, with 'overwrite'"):
        datastores.opened(world.backend, "pictures")
