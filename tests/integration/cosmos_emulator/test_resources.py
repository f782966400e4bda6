"""The account, databases and containers through the SDK."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from azure.cosmos import CosmosClient, DatabaseProxy, PartitionKey
from azure.cosmos.exceptions import CosmosHttpResponseError, CosmosResourceExistsError, CosmosResourceNotFoundError

from tests.integration.cosmos_emulator.running import Emulator, Send


def test_databases_are_created_once_listed_and_deleted(client: CosmosClient) -> None:
    name = f"döt {uuid4().hex}"
    client.create_database(name)
    with pytest.raises(CosmosResourceExistsError):
        client.create_database(name)
    assert client.create_database_if_not_exists(name).read()["id"] == name
    assert name in [database["id"] for database in client.list_databases()]
    client.get_database_client(name).create_container("c", PartitionKey("/pk"))
    client.delete_database(name)
    with pytest.raises(CosmosResourceNotFoundError):
        client.get_database_client(name).read()


def test_containers_keep_their_settings(database: DatabaseProxy) -> None:
    name = uuid4().hex
    policy = {"includedPaths": [{"path": "/version/?"}], "excludedPaths": [{"path": "/*"}]}
    for create in (database.create_container, database.create_container_if_not_exists):
        container = create(name, PartitionKey("/a/b"), indexing_policy=policy, default_ttl=60)
    with pytest.raises(CosmosResourceExistsError):
        database.create_container(name, PartitionKey("/a/b"))
    settings = container.read()
    assert (settings["partitionKey"]["paths"], settings["defaultTtl"]) == (["/a/b"], 60)
    assert settings["indexingPolicy"] == policy
    replaced = database.replace_container(name, PartitionKey("/a/b"), default_ttl=120, indexing_policy=policy)
    assert replaced.read()["defaultTtl"] == 120
    assert name in [container["id"] for container in database.list_containers()]
    database.delete_container(name)
    with pytest.raises(CosmosResourceNotFoundError):
        container.read()


@pytest.mark.parametrize("change", [
    {"partition_key": PartitionKey("pk")}, {"default_ttl": 0}, {"indexing_policy": {"includedPaths": 7}},
    {"unique_key_policy": {"uniqueKeys": [{"paths": ["/x"]}]}}])
def test_settings_that_make_no_sense_are_refused(database: DatabaseProxy, change: dict[str, Any]) -> None:
    arguments: dict[str, Any] = {"partition_key": PartitionKey("/pk"), **change}
    with pytest.raises(CosmosHttpResponseError) as refused:
        database.create_container(uuid4().hex, **arguments)
    assert refused.value.status_code == 400


def test_a_container_created_again_is_empty_and_known_to_be_another(database: DatabaseProxy) -> None:
    name = uuid4().hex
    container = database.create_container(name, PartitionKey("/pk"))
    container.create_item({"id": "1", "pk": "a"})
    database.delete_container(name)
    database.create_container(name, PartitionKey("/pk"))
    assert container.create_item({"id": "2", "pk": "a"})["id"] == "2"
    assert [item["id"] for item in container.read_all_items()] == ["2"]


def test_the_wrong_key_is_refused_in_the_shape_of_cosmos(emulator: Emulator) -> None:
    with pytest.raises(CosmosHttpResponseError) as refused:
        CosmosClient(emulator.url, "d3Jvbmc=")
    assert refused.value.status_code == 401
    body = httpx.get(emulator.url).json()
    assert body["code"] == "Unauthorized"
    assert "wrong key" in body["message"]


def test_the_account_lives_where_the_caller_found_it(send: Send) -> None:
    account = send("GET", "", headers={"host": "proxy.example:1234"}).json()
    assert account["writableLocations"][0]["databaseAccountEndpoint"] == "http://proxy.example:1234/"


@pytest.mark.parametrize(("method", "path", "content", "status"), [
    ("GET", "dbs/tests/colls/c/sprocs", None, 400),
    ("PUT", "dbs", "{}", 405),
    ("POST", "dbs", "[1]", 400),
    ("POST", "dbs", "{", 400),
    ("POST", "dbs", '{"id": "a/b"}', 400),
    ("POST", "dbs", '{"id": "\\ud800"}', 400),
    ("POST", "dbs", "\xff" * 3_000_000, 413),
    ("GET", "dbs/none", None, 404),
    ("GET", "dbs/none/colls/c/docs/x", None, 404),
])
def test_malformed_requests_have_cosmos_errors(send: Send, method: str, path: str,
                                               content: str | None, status: int) -> None:
    answer = send(method, path, content=content)
    assert (answer.status_code, set(answer.json())) == (status, {"code", "message"})
