"""The memory adapter keeps the contract of ``EventStore``."""

import json
from collections.abc import Mapping

from shared.adapters.memory import MemoryEvents
from shared.application.ports import EventStore
from tests.contract.event_store import EventStoreContract


class TestMemoryEvents(EventStoreContract):
    def make(self) -> MemoryEvents:
        return MemoryEvents()

    def reopen(self, store: EventStore) -> EventStore:
        return store

    def plant(self, store: EventStore, document: Mapping[str, object]) -> None:
        assert isinstance(store, MemoryEvents)
        store._commits.append((str(document["stream"]), json.dumps(document)))
