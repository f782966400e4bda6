"""What was answered survives kill -9."""

from pathlib import Path
from typing import Any

import pytest
from azure.cosmos import ContainerProxy, PartitionKey
from azure.cosmos.exceptions import CosmosResourceExistsError

from tests.integration.cosmos_emulator.running import Emulator


def _page(container: ContainerProxy, token: str | None) -> tuple[list[Any], str | None]:
    query = "SELECT VALUE c.n FROM c WHERE IS_DEFINED(c.n) ORDER BY c.n"
    pages: Any = container.query_items(query, partition_key="a", max_item_count=4).by_page(token)
    return list(next(pages)), pages.continuation_token


def test_items_tokens_and_the_feed_survive_kill_9(tmp_path: Path) -> None:
    emulator = Emulator(tmp_path)
    container = emulator.client().create_database("d").create_container("c", PartitionKey("/pk"))
    for n in range(6):
        container.create_item({"id": f"i{n}", "pk": "a", "n": n})
    first, token = _page(container, None)
    assert first == [0, 1, 2, 3]
    assert len(list(container.query_items_change_feed(start_time="Beginning"))) == 6
    position = container.client_connection.last_response_headers["etag"]
    container.create_item({"id": "last", "pk": "a"})
    container.delete_item("last", "a")

    with emulator.restart() as revived:
        assert revived.url == emulator.url
        container = revived.client().get_database_client("d").get_container_client("c")
        with pytest.raises(CosmosResourceExistsError):
            container.create_item({"id": "i0", "pk": "a"})
        assert _page(container, token) == ([4, 5], None)
        container.create_item({"id": "new", "pk": "a"})
        assert [item["id"] for item in container.query_items_change_feed(continuation=position)] == ["new"]


def test_a_second_emulator_on_the_same_state_is_refused(tmp_path: Path) -> None:
    with Emulator(tmp_path), pytest.raises(RuntimeError, match="did not start"):
        Emulator(tmp_path)


def test_it_stops_when_its_input_closes(tmp_path: Path) -> None:
    emulator = Emulator(tmp_path)
    assert emulator.process.stdin
    emulator.process.stdin.close()
    assert emulator.process.wait(10) == 0
    assert emulator.process.stdout
    emulator.process.stdout.close()
