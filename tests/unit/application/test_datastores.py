"""Registering datastores: what is tried, what is kept where, and what is said of the rest."""

from dataclasses import replace

import pytest

from shared.application import datastore_files, datastore_registry, datastores
from shared.application.ports import Commit
from shared.application.project import project, rebuild
from shared.contract.datastores import DatastoreModel, FileUploadsRequest
from shared.domain.errors import Invalid, NotFound, Rejected
from tests.unit.application.deployment import CAUSE, Deployment
from tests.unit.application.registering import KEY, OTHER_KEY, SAS, events, react, registered


@pytest.fixture
def world() -> Deployment:
    return Deployment()


def test_the_credential_is_kept_apart(world: Deployment) -> None:
    model, new = registered(world, account_key=KEY)
    assert (model.access, model.endpoint, new) == ("account_key", "https://photos.blob.core.windows.net", True)
    ((name, value),) = world.secrets.kept.items()
    assert name.startswith("datastore-pictures-")
    assert value == KEY
    assert KEY not in repr(world.commits)
    datastores.opened(world.backend, "PICTURES")
    assert world.datastores.opened[-1][1] == KEY


def test_the_same_again_is_the_same(world: Deployment) -> None:
    for credential in ({}, {"account_key": KEY}, {"sas": f"?{SAS}"}):
        registered(world, overwrite=True, **credential)
        count = len(events(world))
        assert registered(world, **credential)[1] is False
        assert len(events(world)) == count
    react(world)
    assert len(world.secrets.kept) == 1


@pytest.mark.parametrize("change", [
    {"account_key": OTHER_KEY}, {"sas": SAS}, {}, {"account_key": KEY, "container": "other"},
    {"account_key": KEY, "endpoint": "https://elsewhere.example"},
])
def test_another_one_needs_overwrite(world: Deployment, change: dict[str, object]) -> None:
    registered(world, account_key=KEY)
    before = dict(world.secrets.kept)
    with pytest.raises(Rejected, match="'overwrite'"):
        registered(world, **change)
    assert (world.secrets.kept, events(world)) == (before, ["DatastoreRegistered"])
    registered(world, overwrite=True, **change)
    assert events(world) == ["DatastoreRegistered", "DatastoreReplaced"]
    react(world)
    wanted = datastores.definition(world.backend, "pictures")
    assert list(world.secrets.kept) == [wanted.secret] * bool(wanted.secret)


def test_unregistering_forgets_the_credential_and_can_be_repeated(world: Deployment) -> None:
    registered(world, account_key=KEY)
    for _ in range(2):
        assert datastore_registry.unregister(world.backend, "pictures", CAUSE).name == "Pictures"
    react(world)
    assert (world.secrets.kept, events(world)) == ({}, ["DatastoreRegistered", "DatastoreUnregistered"])
    assert not datastores.known(world.backend, "pictures")
    with pytest.raises(NotFound, match=r"no datastore 'pictures'.*workspaceblobstore"):
        datastores.opened(world.backend, "pictures")
    assert registered(world, sas=SAS)[1] is True


def test_what_cannot_be_opened_is_not_registered(world: Deployment) -> None:
    world.datastores.missing.add("photos/pictures")
    with pytest.raises(Invalid, match=r"there is no container .* With 'skip_validation' it is registered"):
        registered(world, account_key=KEY)
    assert (world.secrets.kept, events(world)) == ({}, [])
    assert registered(world, skip_validation=True)[1] is True
    assert registered(world, create_if_not_exists=True)[1] is False
    assert world.datastores.missing == set()


@pytest.mark.parametrize(("change", "said"), [
    ({"endpoint": "https://elsewhere.example"}, "own identity goes to https://photos.blob.core.windows.net only"),
    ({"account": "memory", "container": "signals"}, "'signals' of the backend's own account is no place for data"),
    ({"account": "memory", "container": "azure-webjobs-secrets", "account_key": KEY}, "is no place for data"),
    ({"account": "memory", "container": "$logs", "kind": "gen2"}, "is no place for data"),
    ({"account_key": "not base64!"}, "'account_key' is none"),
    ({"sas": "sv=2026-10-06&ss=b&srt=sco&sp=rl&sig=c2VjcmV0"}, "for something else than a container"),
])
def test_places_and_credentials_that_are_refused(world: Deployment, change: dict[str, object], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        registered(world, **change)
    assert (world.secrets.kept, events(world), world.datastores.opened) == ({}, [], [])


@pytest.mark.parametrize("place", [
    {"account": "memory", "container": "data"}, {"account": "memory", "container": "signals", "kind": "share"},
    {"account": "photos", "container": "signals"},
])
def test_places_that_only_look_like_the_backends_own(world: Deployment, place: dict[str, object]) -> None:
    assert registered(world, **place)[1] is True


@pytest.mark.parametrize("name", ["workspaceblobstore", "WorkspaceBlobStore"])
def test_the_built_in_one_stays_as_it_is(world: Deployment, name: str) -> None:
    with pytest.raises(Rejected, match="cannot be another one"):
        registered(world, name=name, overwrite=True)
    with pytest.raises(Rejected, match="cannot be unregistered"):
        datastore_registry.unregister(world.backend, name, CAUSE)
    assert datastores.find(world.backend, name).is_default


def test_the_default(world: Deployment) -> None:
    with pytest.raises(NotFound):
        datastores.set_default(world.backend, "pictures", CAUSE)
    registered(world)
    for _ in range(2):
        assert datastores.set_default(world.backend, "PICTURES", CAUSE).is_default
    assert datastores.default(world.backend) == "Pictures"
    assert events(world) == ["DatastoreRegistered", "DefaultDatastoreSet"]
    with pytest.raises(Rejected, match="make another one the default first"):
        datastore_registry.unregister(world.backend, "pictures", CAUSE)
    datastores.set_default(world.backend, "workspaceblobstore", CAUSE)
    datastore_registry.unregister(world.backend, "pictures", CAUSE)


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_lists_are_the_registered_ones_and_the_built_in_one(world: Deployment, limit: int) -> None:
    for name in ("a", "b", "gone"):
        registered(world, name=name)
    datastore_registry.unregister(world.backend, "gone", CAUSE)
    datastores.set_default(world.backend, "a", CAUSE)
    project(world.backend, world.commits)
    found: list[DatastoreModel] = []
    cursor: str | None = None
    while not found or cursor:
        page = datastores.page(world.backend, limit, cursor)
        assert len(page.value) <= limit
        found, cursor = [*found, *page.value], page.next
    assert sorted((each.name, each.is_default) for each in found) == [
        ("a", True), ("b", False), ("workspaceblobstore", False)]
    assert found[-1].name == "workspaceblobstore"


def test_the_list_can_be_made_again_from_the_events(world: Deployment) -> None:
    for name in ("a", "b", "gone"):
        registered(world, name=name, account_key=KEY)
    datastore_registry.unregister(world.backend, "gone", CAUSE)
    registered(world, name="A", overwrite=True)
    project(world.backend, world.commits)
    before = [replace(view, etag=None) for view in world.views.page("datastore", {}, 9, None)]
    rebuild(world.backend)
    assert [replace(view, etag=None) for view in world.views.page("datastore", {}, 9, None)] == before
    assert [(view.body["name"], view.body["present"]) for view in before] == [("gone", False), ("b", True), ("A", True)]
    assert not any("secret" in view.body for view in before)


def test_files_and_uploads(world: Deployment) -> None:
    for name in ("a/1.csv", "a/2.csv", "b.csv"):
        world.blobs.put("data", name, b"12")
    page = datastore_files.page(world.backend, "workspaceblobstore", "a/", 1, None)
    rest = datastore_files.page(world.backend, "workspaceblobstore", "a/", 9, page.next)
    assert [(file.path, file.size) for file in (*page.value, *rest.value)] == [("a/1.csv", 2), ("a/2.csv", 2)]
    assert rest.next is None
    assert "memory://data/a/1.csv?read" in page.value[0].url
    urls = datastore_files.uploads(world.backend, "workspaceblobstore", FileUploadsRequest(paths=["x/y", "z"])).urls
    assert {path: url.partition("&")[0] for path, url in urls.items()} == {
        "x/y": "memory://data/x/y?write", "z": "memory://data/z?write"}


def test_the_way_to_write_and_the_urls_are_of_one_moment(world: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read once: a datastore that is replaced in between cannot make a share's URLs those of a blob."""
    registered(world)
    read, seen = world.events.read, list[str]()

    def counted(stream: str) -> list[Commit]:
        seen.append(stream)
        return read(stream)

    monkeypatch.setattr(world.events, "read", counted)
    assert datastore_files.uploads(world.backend, "pictures", FileUploadsRequest(paths=["x"])).kind == "blob"
    assert seen == ["datastore-pictures"]


@pytest.mark.parametrize("paths", [["../a"], ["a", "a"], ["a", "a/b"], ["/a"], ["a\\b"], ["a\0"]])
def test_paths_that_cannot_be_written(world: Deployment, paths: list[str]) -> None:
    with pytest.raises(Invalid):
        datastore_files.uploads(world.backend, "workspaceblobstore", FileUploadsRequest(paths=paths))


@pytest.mark.parametrize(("prefix", "cursor"), [("\0", None), ("x" * 901, None), ("", "\0"), ("", "x" * 3000)])
def test_pages_that_cannot_be(world: Deployment, prefix: str, cursor: str | None) -> None:
    with pytest.raises(Invalid):
        datastore_files.page(world.backend, "workspaceblobstore", prefix, 10, cursor)
