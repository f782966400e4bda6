"""Registered datasets are the files they were made of, and say when one of them is another now."""

from dataclasses import replace
from typing import cast

import pytest
from pydantic import SecretStr

from shared.application import datasets, datastore_registry, pinning
from shared.application.data_ports import StorageTrouble
from shared.application.ports import Container
from shared.contract.datastores import DatastoreRequest
from shared.domain.errors import Invalid, NotFound, Rejected
from tests.unit.application.deployment import CAUSE, Deployment
from tests.unit.application.pinned import STORE, digits, files, gone, made, paths, put, stored, wanted

Json = dict[str, object]


@pytest.fixture
def world() -> Deployment:
    return digits()


def test_a_registered_dataset_is_the_files_of_then(world: Deployment) -> None:
    dataset = made(world, "digits")
    put(world, "digits/later.csv")
    gone(world, "digits/d.txt")
    (page,) = files(world, dataset).values()
    assert [(file.path, file.size) for file in page.value] == [("a.csv", 12), ("b/c.csv", 14), ("d.txt", 12)]
    assert all(file.etag and file.url.startswith("memory://data/digits/") for file in page.value)
    assert (page.files, page.bytes, page.is_file) == (3, 38, False)
    assert dataset.pin
    assert (dataset.pin.files, dataset.pin.bytes) == (3, 38)
    assert paths(world, dataset, 2) == ["a.csv", "b/c.csv", "d.txt"]


def test_unchanged_content_is_the_same_version(world: Deployment) -> None:
    first = made(world, "digits")
    put(world, "digits/a.csv")
    assert made(world, "digits") == first
    put(world, "digits/a.csv", "other")
    with pytest.raises(Rejected, match="create_new_version"):
        made(world, "digits")
    second = made(world, "digits", create_new_version=True)
    assert (second.version, second.id == first.id) == (2, False)
    assert [each.version for each in datasets.versions(world.backend, "digits", 10, None).value] == [2, 1]


def test_the_same_request_after_the_content_changed_is_what_it_was(world: Deployment) -> None:
    cause = replace(CAUSE, command_id="once")
    first = made(world, "digits", cause=cause)
    put(world, "digits/a.csv", "other")
    assert made(world, "digits", cause=cause) == first
    with pytest.raises(Rejected, match="Idempotency-Key"):
        made(world, "one.csv", cause=cause)


def test_without_name_and_steps_nothing_is_pinned(world: Deployment) -> None:
    dataset = made(world, "digits", name=None)
    put(world, "digits/later.csv")
    assert dataset.pin is None
    assert paths(world, dataset) == ["a.csv", "b/c.csv", "d.txt", "later.csv"]
    web = made(world, "https://a.example/x.csv", name="web")
    assert (web.pin, paths(world, web)) == (None, ["x.csv"])


def test_steps(world: Deployment) -> None:
    steps = [{"kind": "skip", "count": 1}, {"kind": "take", "count": 1}]
    some = made(world, "digits", name=None, steps=steps)
    put(world, "digits/a2.csv")
    assert paths(world, some) == ["b/c.csv"]
    split = [made(world, "digits", "https://a.example/x", name=None, steps=[
        {"kind": "sample", "share": 0.5, "seed": 1, "complement": complement}]) for complement in (False, True)]
    assert sorted(path for each in split for path in paths(world, each)) == [
        "https/a.example/x", *(f"{STORE}/digits/{name}" for name in ("a.csv", "a2.csv", "b/c.csv", "d.txt"))]
    nothing = made(world, "digits", steps=[{"kind": "skip", "count": 9}])
    assert (paths(world, nothing), nothing.pin and nothing.pin.files) == ([], 0)


@pytest.mark.parametrize(("sources", "is_file"), [
    (["one.csv"], True), (["one.c?v"], False), (["digits/b"], False), (["one.csv", "one.*"], False)])
def test_one_file_is_no_folder(world: Deployment, sources: list[str], is_file: bool) -> None:
    (page,) = files(world, made(world, *sources)).values()
    assert (page.is_file, len(page.value)) == (is_file, 1)


def test_sources_that_overlap_give_each_file_once(world: Deployment) -> None:
    dataset = made(world, "digits/a.csv", "digits", "digits/*.csv", "digits/b/c.csv", "digits/b")
    assert paths(world, dataset) == ["a.csv", "b/c.csv", "d.txt"]


@pytest.mark.parametrize(("more", "sources", "said"), [
    ({}, ["nothing"], "has nothing at 'nothing'"), ({}, ["digits/*.gz"], "no file that matches 'digits/\\*.gz'"),
    ({"name": None}, ["nothing"], "has nothing at"), ({"name": None}, ["*.gz"], "no file that matches"),
    ({"validate": False, "steps": [{"kind": "take", "count": 1}]}, ["nothing"], "has nothing at"),
    ({}, ["mark"], "There are no files"),
    ({}, ["digits/../one.csv"], "not a usable path"),
])
def test_what_leads_nowhere(world: Deployment, more: Json, sources: list[str], said: str) -> None:
    put(world, "mark/")
    with pytest.raises(Invalid, match=said):
        datasets.create(world.backend, wanted(stored(*sources), **more), CAUSE)
    assert not world.commits


def test_without_validation_what_leads_nowhere_is_not_pinned(world: Deployment) -> None:
    dataset = made(world, "nothing", validate=False)
    assert dataset.pin is None
    with pytest.raises(NotFound, match="has nothing at"):
        files(world, dataset)
    put(world, "nothing/x")
    assert paths(world, dataset) == ["x"]


def test_a_file_and_a_folder_of_one_name(world: Deployment) -> None:
    for name in ("digits/b-1", "digits/b"):
        put(world, name)
    with pytest.raises(Invalid, match="'b' is a file and a folder at once"):
        made(world, "digits")
    with pytest.raises(Invalid, match="/x' is a file and a folder at once"):
        made(world, "https://a.example/x", "https://a.example/x/y", name=None)


def registered(world: Deployment, name: str, *paths: str) -> None:
    """A datastore of another account."""
    for path in paths:
        world.blobs.put(cast("Container", "other/things"), path, b"x")
    datastore_registry.register(world.backend, DatastoreRequest(
        name=name, kind="blob", account="other", container="things", account_key=SecretStr("a2V5")), CAUSE)


def test_files_of_two_sources_with_one_name(world: Deployment) -> None:
    """Below a datastore that is called as a scheme of the web is."""
    registered(world, "https", "a.example/x.csv")
    sources = [{"url": "https://a.example/x.csv"}, {"datastore": "https", "path": "a.example"}]
    with pytest.raises(Invalid, match=r"Two files would both be 'x\.csv'"):
        datasets.create(world.backend, wanted(sources), CAUSE)


def test_files_of_two_datastores(world: Deployment) -> None:
    registered(world, "Other", "digits/a.csv")
    sources = [{"datastore": STORE, "path": "digits/a.csv"}, {"datastore": "OTHER", "path": "digits"}]
    dataset, _ = datasets.create(world.backend, wanted(sources), CAUSE)
    (page,) = files(world, dataset, check=True).values()
    assert [(file.path, file.url.split("?")[0]) for file in page.value] == [
        ("other/digits/a.csv", "memory://other/things/digits/a.csv"),
        (f"{STORE}/digits/a.csv", "memory://data/digits/a.csv")]


def test_a_datastore_that_is_unknown_or_no_more(world: Deployment) -> None:
    for validate in (True, False):
        with pytest.raises(Invalid, match="no datastore 'other'"):
            datasets.create(world.backend, wanted([{"datastore": "other"}], validate=validate), CAUSE)
    registered(world, "other", "x")
    dataset, _ = datasets.create(world.backend, wanted([{"datastore": "other"}]), CAUSE)
    datastore_registry.unregister(world.backend, "other", CAUSE)
    for check in (False, True):
        with pytest.raises(NotFound, match="no datastore 'other'"):
            files(world, dataset, check=check)


def test_storage_that_refuses_is_no_fault_of_the_request(world: Deployment) -> None:
    registered(world, "other", "x")
    world.datastores.missing.add("other/things")
    with pytest.raises(StorageTrouble):
        datasets.create(world.backend, wanted([{"datastore": "other"}]), CAUSE)
    assert not [commit for commit in world.commits if "dataset" in commit.stream]


@pytest.mark.parametrize("looks", [0, 1000])
def test_what_has_changed_is_said(world: Deployment, monkeypatch: pytest.MonkeyPatch, looks: int) -> None:
    monkeypatch.setattr(pinning, "LOOKS", looks)
    dataset = made(world, "digits", "one.csv", "https://a.example/x.csv")
    put(world, "digits/a0.csv")
    files(world, dataset, 1, check=True)
    put(world, "one.csv", "other")
    with pytest.raises(Rejected, match=r"'one\.csv' of datastore 'workspaceblobstore' has changed"):
        files(world, dataset, check=True)
    gone(world, "digits/b/c.csv")
    with pytest.raises(Rejected, match=r"'digits/b/c\.csv' of datastore 'workspaceblobstore' has gone"):
        files(world, dataset, check=True)
    assert len(paths(world, dataset)) == 5
    assert datasets.files(world.backend, dataset.id, 1, "1", check=True).value


@pytest.mark.parametrize("cursor", ["x", "-1", "1|", "9" * 10, "¹", ""])
def test_only_its_own_cursors(world: Deployment, cursor: str) -> None:
    with pytest.raises(Invalid, match="'cursor'"):
        datasets.files(world.backend, made(world, "digits").id, 10, cursor, check=False)
