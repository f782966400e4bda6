"""The memory adapter keeps the contract of ``MetricStore``."""

from shared.adapters.memory import MemoryMetrics
from tests.contract.metric_store import MetricStoreContract


class TestMemoryMetrics(MetricStoreContract):
    def make(self) -> MemoryMetrics:
        return MemoryMetrics()
