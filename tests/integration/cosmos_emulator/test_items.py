"""Point operations: every status the SDK can see."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from azure.core import MatchConditions
from azure.cosmos import ContainerProxy, DatabaseProxy, PartitionKey
from azure.cosmos.exceptions import (
    CosmosAccessConditionFailedError,
    CosmosHttpResponseError,
    CosmosResourceExistsError,
    CosmosResourceNotFoundError,
)
from azure.cosmos.partition_key import NonePartitionKeyValue, NullPartitionKeyValue

from tests.integration.cosmos_emulator.running import Send

IF_SAME = MatchConditions.IfNotModified
STALE = '"00000000-0000-0000-0000-000000000000"'


def test_the_life_of_an_item(container: ContainerProxy) -> None:
    created = container.create_item({"id": "1", "pk": "a", "n": 1})
    assert created["_etag"].startswith('"')
    assert container.read_item("1", "a") == created
    with pytest.raises(CosmosResourceExistsError):
        container.create_item({"id": "1", "pk": "a"})
    replaced = container.replace_item("1", {"id": "1", "pk": "a", "n": 2})
    assert (replaced["n"], replaced["_rid"]) == (2, created["_rid"])
    assert replaced["_etag"] != created["_etag"]
    assert container.upsert_item({"id": "1", "pk": "a", "n": 3})["n"] == 3
    assert container.upsert_item({"id": "1", "pk": "b"})["pk"] == "b"
    container.delete_item("1", "a")
    with pytest.raises(CosmosResourceNotFoundError):
        container.read_item("1", "a")
    with pytest.raises(CosmosResourceNotFoundError):
        container.delete_item("1", "a")
    with pytest.raises(CosmosResourceNotFoundError):
        container.replace_item("1", {"id": "1", "pk": "a"})
    assert container.read_item("1", "b")["id"] == "1"


def test_etags_guard_writes(container: ContainerProxy) -> None:
    etag = container.create_item({"id": "1", "pk": "a", "n": 1})["_etag"]
    guarded: dict[str, Any] = {"etag": STALE, "match_condition": IF_SAME}
    body = {"id": "1", "pk": "a", "n": 2}
    operations = [{"op": "incr", "path": "/n", "value": 1}]
    for write in (lambda: container.replace_item("1", body, **guarded), lambda: container.upsert_item(body, **guarded),
                  lambda: container.delete_item("1", "a", **guarded),
                  lambda: container.patch_item("1", "a", operations, **guarded)):
        with pytest.raises(CosmosAccessConditionFailedError):
            write()
    assert container.read_item("1", "a")["n"] == 1
    container.replace_item("1", body, etag=etag, match_condition=IF_SAME)
    assert container.read_item("1", "a")["n"] == 2


def test_an_unchanged_read_is_not_modified(container: ContainerProxy) -> None:
    etag = container.create_item({"id": "1", "pk": "a"})["_etag"]
    if_changed = MatchConditions.IfModified
    assert container.read_item("1", "a", etag=STALE, match_condition=if_changed)["id"] == "1"
    assert container.read_item("1", "a", etag=etag, match_condition=if_changed) == {}  # what the SDK makes of a 304


def test_of_32_concurrent_creates_one_wins(container: ContainerProxy) -> None:
    def create(number: int) -> bool:
        try:
            container.create_item({"id": "00000001", "pk": "a", "by": number})
        except CosmosResourceExistsError:
            return False
        return True
    with ThreadPoolExecutor(16) as callers:
        outcomes = list(callers.map(create, range(32)))
    assert outcomes.count(True) == 1
    assert container.read_item("00000001", "a")["by"] == outcomes.index(True)


def nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("body", [
    {"pk": "a"}, {"id": "", "pk": "a"}, {"id": "x" * 1024, "pk": "a"}, {"id": "\ud800", "pk": "a"},
    {"id": "1", "pk": ["a"]}, {"id": "1", "pk": "a", "n": float("nan")}, {"id": "1", "pk": 10**400},
    {"id": "1", "pk": "a", "deep": nested(200)}, {"id": "1", "pk": "a", "ttl": 0}])
def test_bodies_that_cannot_be_stored(container: ContainerProxy, body: dict[str, Any]) -> None:
    with pytest.raises(CosmosHttpResponseError) as refused:
        container.create_item(body)
    assert refused.value.status_code == 400
    assert list(container.read_all_items()) == []


@pytest.mark.parametrize(("body", "key", "substatus"), [
    ('{"id": "1", "pk": "a"}', '["b"]', "1001"), ('{"id": "1"}', '["a"]', "1001"),
    ('{"id": "1", "pk": "a"}', '["a", "b"]', "1001"), ('{"id": "1", "pk": "a"}', None, None),
    ('{"id": 7, "pk": "a"}', '["a"]', None), ('{"id": "1", "pk": "a"', '["a"]', None)])
def test_the_body_must_have_an_id_and_the_partition_key_of_the_header(
        container: ContainerProxy, send: Send, body: str, key: str | None, substatus: str | None) -> None:
    headers = {} if key is None else {"x-ms-documentdb-partitionkey": key}
    answer = send("POST", f"{container.container_link}/docs", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequest")
    assert answer.headers.get("x-ms-substatus") == substatus


def test_two_megabytes(container: ContainerProxy) -> None:
    container.create_item({"id": "fits", "pk": "a", "text": "x" * 1_900_000})
    assert len(container.read_item("fits", "a")["text"]) == 1_900_000
    with pytest.raises(CosmosHttpResponseError) as refused:
        container.create_item({"id": "more", "pk": "a", "text": "x" * (2 * 1024 * 1024)})
    assert refused.value.status_code == 413


@pytest.mark.parametrize("item_id", [
    "with space", "ünï‑çødé 🚂", "a'b\"c", "per%20cent", "semi;colon=&+@:,$!*()", "日本語"])
def test_ids_and_keys_of_any_character(container: ContainerProxy, item_id: str) -> None:
    container.create_item({"id": item_id, "pk": item_id, item_id: item_id})
    assert container.read_item(item_id, item_id)[item_id] == item_id
    found = container.query_items("SELECT * FROM c WHERE c.id = @id", partition_key=item_id,
                                  parameters=[{"name": "@id", "value": item_id}])
    assert [item["id"] for item in found] == [item_id]
    container.delete_item(item_id, item_id)


def test_partition_keys_of_every_kind(database: DatabaseProxy) -> None:
    container = database.create_container_if_not_exists("kinds", PartitionKey("/a/b"))
    kinds: list[tuple[dict[str, Any], Any]] = [
        ({"a": {"b": "x"}}, "x"), ({"a": {"b": 1}}, 1), ({"a": {"b": 1.5}}, 1.5), ({"a": {"b": True}}, True),
        ({"a": {"b": None}}, NullPartitionKeyValue), ({}, NonePartitionKeyValue)]
    for number, (body, key) in enumerate(kinds):
        container.create_item({"id": "same", "number": number, **body})
        assert container.read_item("same", key)["number"] == number


def test_hierarchical_partition_keys(database: DatabaseProxy) -> None:
    container = database.create_container_if_not_exists("levels", PartitionKey(["/a", "/b"]))
    for a, b in (("x", "1"), ("x", "2"), ("y", "1")):
        container.create_item({"id": "same", "a": a, "b": b})
    assert container.read_item("same", ["x", "2"])["b"] == "2"
    assert len(list(container.query_items("SELECT * FROM c", partition_key=["x"]))) == 2


def test_patch(container: ContainerProxy) -> None:
    container.create_item({"id": "1", "pk": "a", "n": 1, "o": {"x": 1}, "l": [1]})
    patched = container.patch_item("1", "a", [
        {"op": "set", "path": "/o/y", "value": "é"}, {"op": "add", "path": "/l/-", "value": 2},
        {"op": "incr", "path": "/n", "value": 41}, {"op": "remove", "path": "/o/x"},
        {"op": "replace", "path": "/l/0", "value": 0}], filter_predicate="FROM c WHERE c.n = 1 AND IS_DEFINED(c.o.x)")
    assert (patched["n"], patched["o"], patched["l"]) == (42, {"y": "é"}, [0, 2])
    with pytest.raises(CosmosAccessConditionFailedError):
        container.patch_item("1", "a", [{"op": "incr", "path": "/n", "value": 1}],
                             filter_predicate="FROM c WHERE c.n = 1")
    with pytest.raises(CosmosHttpResponseError) as refused:
        container.patch_item("1", "a", [{"op": "set", "path": "/n", "value": 0}, {"op": "remove", "path": "/none"}])
    assert refused.value.status_code == 400
    with pytest.raises(CosmosHttpResponseError) as moved:
        container.patch_item("1", "a", [{"op": "set", "path": "/pk", "value": "b"}])
    assert moved.value.status_code == 400
    assert container.read_item("1", "a")["n"] == 42


def test_items_expire(database: DatabaseProxy) -> None:
    container = database.create_container_if_not_exists("expiring", PartitionKey("/pk"), default_ttl=-1)
    container.upsert_item({"id": "short", "pk": "a", "ttl": 1})
    container.upsert_item({"id": "long", "pk": "a"})
    deadline = time.monotonic() + 5
    while len(list(container.read_all_items())) == 2:
        assert time.monotonic() < deadline, "the item did not expire"
        time.sleep(0.05)
    with pytest.raises(CosmosResourceNotFoundError):
        container.read_item("short", "a")
    assert [item["id"] for item in container.query_items_change_feed(start_time="Beginning")] == ["long"]
    container.create_item({"id": "short", "pk": "a"})


def test_a_new_default_lifetime_holds_for_what_is_there(database: DatabaseProxy) -> None:
    container = database.create_container("renewed", PartitionKey("/pk"))
    container.create_item({"id": "old", "pk": "a"})
    container.create_item({"id": "kept", "pk": "a", "ttl": -1})
    created = time.monotonic()
    database.replace_container("renewed", PartitionKey("/pk"), default_ttl=1)
    while len(list(container.read_all_items())) == 2:
        assert time.monotonic() < created + 5, "the item did not expire"
        time.sleep(0.05)
    assert [item["id"] for item in container.read_all_items()] == ["kept"]


def test_answers_carry_charge_and_session(container: ContainerProxy) -> None:
    seen: dict[str, str] = {}
    container.create_item({"id": "1", "pk": "a"}, response_hook=lambda headers, _: seen.update(headers))
    assert float(seen["x-ms-request-charge"]) == 5
    assert seen["x-ms-session-token"] == "0:-1#1"
    assert seen["x-ms-activity-id"]
