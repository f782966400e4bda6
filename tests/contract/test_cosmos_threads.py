"""One client of Cosmos serves many threads, and no thread sees the answers of another."""

import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from azure.cosmos import CosmosClient, DatabaseProxy

from shared.adapters.cosmos_schema import VIEWS
from shared.adapters.cosmos_views import CosmosViews
from shared.application.ports import View

THREADS = 8
SECONDS = 4


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def test_a_thread_keeps_the_headers_of_its_own_answer(cosmos: CosmosClient, database: DatabaseProxy) -> None:
    connection, views = cosmos.client_connection, CosmosViews(database.get_container_client(VIEWS.name))
    views.page("run", {}, 1, None)
    mine = connection.last_response_headers
    theirs: list[object] = []

    def another() -> None:
        views.page("run", {}, 1, None)
        theirs.append(connection.last_response_headers)

    thread = threading.Thread(target=another)
    thread.start()
    thread.join()
    assert "x-ms-request-charge" in mine
    assert connection.last_response_headers is mine
    assert theirs[0] is not mine


def test_threads_that_read_at_once(database: DatabaseProxy, hasty: None) -> None:
    views = CosmosViews(database.get_container_client(VIEWS.name))
    for number in range(20):
        views.put(View("run", str(number), str(number), {}))
    end = time.monotonic() + SECONDS

    def read(_: int) -> int:
        count = 0
        while time.monotonic() < end:
            assert len(views.page("run", {}, 20, None)) == 20
            count += 1
        return count

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(read, range(THREADS)))
