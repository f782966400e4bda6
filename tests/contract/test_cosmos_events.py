"""The Cosmos adapter keeps the contract of ``EventStore``."""

from collections.abc import Mapping

import pytest
from azure.cosmos import DatabaseProxy

from shared.adapters.cosmos_events import CosmosEvents
from shared.adapters.cosmos_schema import EVENTS
from shared.application.ports import EventStore
from tests.contract.event_store import EventStoreContract


class TestCosmosEvents(EventStoreContract):
    @pytest.fixture(autouse=True)
    def _use(self, database: DatabaseProxy) -> None:
        self.container = database.get_container_client(EVENTS.name)

    def make(self) -> CosmosEvents:
        return CosmosEvents(self.container)

    def reopen(self, store: EventStore) -> CosmosEvents:
        return self.make()

    def plant(self, store: EventStore, document: Mapping[str, object]) -> None:
        self.container.create_item(dict(document))
