"""The memory adapter keeps the contract of ``ViewStore``."""

from shared.adapters.memory import MemoryViews
from tests.contract.view_store import ViewStoreContract


class TestMemoryViews(ViewStoreContract):
    def make(self) -> MemoryViews:
        return MemoryViews()
