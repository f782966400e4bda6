"""Every operation on Cosmos says what it cost, and lists cost what they show, not what there is."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from azure.cosmos import DatabaseProxy

from shared.adapters.cosmos_events import CosmosEvents
from shared.adapters.cosmos_metrics import CosmosMetrics
from shared.adapters.cosmos_schema import EVENTS, METRICS, VIEWS
from shared.adapters.cosmos_views import CosmosViews
from shared.adapters.request_charge import RequestCharges
from shared.application.ports import VersionConflict, View
from tests.contract.examples import commit
from tests.contract.metric_store import document


class Stores:
    def __init__(self, database: DatabaseProxy) -> None:
        self.charges = RequestCharges()
        self.events = CosmosEvents(database.get_container_client(EVENTS.name), self.charges)
        self.views = CosmosViews(database.get_container_client(VIEWS.name), self.charges)
        self.metrics = CosmosMetrics(database.get_container_client(METRICS.name), self.charges)

    def conflict(self) -> None:
        self.events.append(commit("run-c", 0))
        with pytest.raises(VersionConflict):
            self.events.append(commit("run-c", 0))

    def refused_view(self) -> None:
        self.views.put(VIEW)
        with pytest.raises(VersionConflict):
            self.views.put(VIEW)

    def refused_replacement(self) -> None:
        with pytest.raises(VersionConflict):
            self.views.put(replace(VIEW, etag='"x"'))

    def clear(self) -> None:
        self.views.put(VIEW)
        self.views.clear("run")


VIEW = View("run", "a", "1", {})
OPERATIONS: dict[str, tuple[str, int, Callable[[Stores], object]]] = {
    "append": ("append", 1, lambda stores: stores.events.append(commit("run-a", 0))),
    "append of a taken version": ("append", 2, Stores.conflict),
    "read": ("read", 1, lambda stores: stores.events.read("run-a")),
    "feed": ("feed", 1, lambda stores: stores.events.feed(None)),
    "get a view": ("view_get", 1, lambda stores: stores.views.get("run", "none")),
    "put a view": ("view_put", 1, lambda stores: stores.views.put(VIEW)),
    "put a view that exists": ("view_put", 2, Stores.refused_view),
    "replace a view that does not exist": ("view_put", 1, Stores.refused_replacement),
    "page": ("view_page", 1, lambda stores: stores.views.page("run", {}, 20, None)),
    "clear": ("view_clear", 2, Stores.clear),
    "add a metric": ("metric_add", 1, lambda stores: stores.metrics.add(document("x"))),
    "add a metric twice": ("metric_add", 2, lambda stores: [stores.metrics.add(document("x")) for _ in range(2)]),
    "put a metric": ("metric_put", 1, lambda stores: stores.metrics.put(document("x"))),
    "get a metric": ("metric_get", 1, lambda stores: stores.metrics.get("a", "x")),
    "headers": ("metric_headers", 1, lambda stores: stores.metrics.headers("a", "chunk")),
    "count": ("metric_count", 1, lambda stores: stores.metrics.count("a", "chunk")),
}


@pytest.mark.parametrize(("operation", "answers", "use"), OPERATIONS.values(), ids=OPERATIONS)
def test_every_answer_is_charged(
    database: DatabaseProxy, operation: str, answers: int, use: Callable[[Stores], object]
) -> None:
    stores = Stores(database)
    use(stores)
    charge = stores.charges.snapshot()[operation]
    assert charge.count == answers
    assert charge.total >= charge.last > 0


def test_a_page_costs_what_it_shows(database: DatabaseProxy) -> None:
    stores = Stores(database)

    def price() -> float:
        assert len(stores.views.page("run", {"experiment": "digits"}, 20, "r9999")) == 20
        return stores.charges.snapshot()["view_page"].last

    for number in range(100):
        stores.views.put(View("run", f"{number}", f"r{number:04d}", {"experiment": "digits"}))
    few = price()
    for number in range(100, 400):
        stores.views.put(View("run", f"{number}", f"r{number:04d}", {"experiment": "digits"}))
    many = price()
    assert many == pytest.approx(few, rel=0.05)
    assert stores.charges.snapshot()["view_page"].count == 2, "one answer for each page"
