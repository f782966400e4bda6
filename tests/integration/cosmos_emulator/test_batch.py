"""The transactional batch: all or nothing."""

from typing import Any

import pytest
from azure.cosmos import ContainerProxy
from azure.cosmos.exceptions import CosmosBatchOperationError, CosmosHttpResponseError, CosmosResourceNotFoundError


def test_every_operation_in_one_batch(container: ContainerProxy) -> None:
    etag = container.create_item({"id": "1", "pk": "a", "n": 1})["_etag"]
    container.create_item({"id": "2", "pk": "a"})
    results = container.execute_item_batch([
        ("create", ({"id": "3", "pk": "a"},)),
        ("replace", ("1", {"id": "1", "pk": "a", "n": 2}), {"if_match_etag": etag}),
        ("upsert", ({"id": "4", "pk": "a"},)), ("upsert", ({"id": "4", "pk": "a", "n": 1},)),
        ("patch", ("1", [{"op": "incr", "path": "/n", "value": 1}]), {"filter_predicate": "FROM c WHERE c.n = 2"}),
        ("read", ("1",)), ("delete", ("2",))], "a")
    assert [result["statusCode"] for result in results] == [201, 200, 201, 200, 200, 200, 204]
    assert results[5]["resourceBody"]["n"] == 3
    assert results[5]["eTag"] == results[5]["resourceBody"]["_etag"]
    assert sorted(item["id"] for item in container.read_all_items()) == ["1", "3", "4"]


@pytest.mark.parametrize(("failing", "status"), [
    (("create", ({"id": "1", "pk": "a"},)), 409),
    (("replace", ("none", {"id": "none", "pk": "a"})), 404),
    (("replace", ("1", {"id": "1", "pk": "a"}), {"if_match_etag": '"stale"'}), 412),
    (("delete", ("1",), {"if_match_etag": '"stale"'}), 412),
    (("create", ({"id": "9", "pk": "b"},)), 400),
    (("create", ({"pk": "a"},)), 400),
])
def test_one_failure_undoes_everything(container: ContainerProxy, failing: Any, status: int) -> None:
    container.create_item({"id": "1", "pk": "a", "n": 1})
    before = list(container.read_all_items())
    with pytest.raises(CosmosBatchOperationError) as failed:
        container.execute_item_batch([
            ("create", ({"id": "2", "pk": "a"},)), ("patch", ("1", [{"op": "incr", "path": "/n", "value": 1}])),
            failing, ("create", ({"id": "3", "pk": "a"},))], "a")
    assert (failed.value.error_index, failed.value.status_code) == (2, status)
    assert [result["statusCode"] for result in failed.value.operation_responses] == [424, 424, status, 424]
    assert list(container.read_all_items()) == before
    assert [item["id"] for item in container.query_items_change_feed(start_time="Beginning")] == ["1"]


def test_limits(container: ContainerProxy) -> None:
    with pytest.raises(CosmosHttpResponseError) as many:
        container.execute_item_batch([("create", ({"id": str(n), "pk": "a"},)) for n in range(101)], "a")
    assert many.value.status_code == 400
    text = "x" * 800_000
    with pytest.raises(CosmosHttpResponseError) as large:
        container.execute_item_batch([("create", ({"id": str(n), "pk": "a", "x": text},)) for n in range(3)], "a")
    assert large.value.status_code == 413
    with pytest.raises(CosmosResourceNotFoundError):
        container.read_item("0", "a")
