"""The memory adapter keeps the contract of ``Reactions``."""

from datetime import timedelta

from shared.adapters.memory_services import MemoryReactions
from tests.contract.reactions import ReactionsContract


class TestMemoryReactions(ReactionsContract):
    def make(self) -> MemoryReactions:
        self.queue = MemoryReactions()
        return self.queue

    def due(self) -> list[str]:
        return [stream for stream, delay in self.queue.sent if delay == timedelta()]
