"""The change feed in latest-version mode, in the forms the SDK can ask for it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.cosmos import ContainerProxy
from azure.cosmos.exceptions import CosmosHttpResponseError

# The partition key range is the form that readers of single ranges use; the SDK prefers feed ranges in new code.
pytestmark = pytest.mark.filterwarnings("ignore:'(partition_key_range_id|is_start_from_beginning)' is deprecated")


class Reader:
    """Reads on from where it was; ``ids`` of what is new."""

    def __init__(self, container: ContainerProxy, **form: Any) -> None:
        self._container = container
        self._form = form
        self._continuation: str | None = None

    def ids(self, size: int = 100) -> list[str]:
        form = dict(self._form)
        if self._continuation is not None:
            form.pop("start_time", None)
            form["continuation"] = self._continuation
        found = [item["id"] for item in self._container.query_items_change_feed(max_item_count=size, **form)]
        self._continuation = self._container.client_connection.last_response_headers["etag"]
        return found


@pytest.fixture
def filled(container: ContainerProxy) -> ContainerProxy:
    for n in range(5):
        container.create_item({"id": f"i{n}", "pk": "ab"[n % 2]})
    return container


FORMS: list[dict[str, Any]] = [
    {"start_time": "Beginning"}, {"partition_key_range_id": "0", "is_start_from_beginning": True}]


@pytest.mark.parametrize("form", FORMS, ids=["feed range", "partition key range"])
def test_the_feed_is_incremental(filled: ContainerProxy, form: dict[str, Any]) -> None:
    reader = Reader(filled, **form)
    assert reader.ids(2) == ["i0", "i1", "i2", "i3", "i4"]
    assert reader.ids() == []
    filled.create_item({"id": "i5", "pk": "b"})
    filled.upsert_item({"id": "i1", "pk": "b", "n": 1})
    filled.upsert_item({"id": "i1", "pk": "b", "n": 2})
    assert reader.ids() == ["i5", "i1"]
    filled.create_item({"id": "i6", "pk": "a"})
    filled.delete_item("i6", "a")
    assert reader.ids() == []
    assert Reader(filled, **form).ids() == ["i0", "i2", "i3", "i4", "i5", "i1"]


def test_a_partition_key_filters_the_feed(filled: ContainerProxy) -> None:
    reader = Reader(filled, start_time="Beginning", partition_key="b")
    assert reader.ids(1) == ["i1", "i3"]
    filled.create_item({"id": "i5", "pk": "b"})
    filled.create_item({"id": "i6", "pk": "a"})
    assert reader.ids() == ["i5"]


@pytest.mark.parametrize("form", [{"start_time": "Now"}, {"partition_key_range_id": "0"}])
def test_from_now_shows_what_comes_after(filled: ContainerProxy, form: dict[str, Any]) -> None:
    reader = Reader(filled, **form)
    assert reader.ids() == []
    filled.create_item({"id": "i5", "pk": "b"})
    assert reader.ids() == ["i5"]


def test_from_a_time(filled: ContainerProxy) -> None:
    now = datetime.now(UTC)
    assert len(Reader(filled, start_time=now - timedelta(minutes=1)).ids()) == 5
    assert Reader(filled, start_time=now + timedelta(minutes=1)).ids() == []


def test_each_item_carries_its_rising_number(filled: ContainerProxy) -> None:
    numbers = [item["_lsn"] for item in filled.query_items_change_feed(start_time="Beginning")]
    assert numbers == sorted(set(numbers))


def test_all_versions_mode_is_refused(filled: ContainerProxy) -> None:
    with pytest.raises(CosmosHttpResponseError) as refused:
        list(filled.query_items_change_feed(mode="AllVersionsAndDeletes"))
    assert refused.value.status_code == 400
