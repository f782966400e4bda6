"""The Cosmos adapter keeps the contract of ``MetricStore``."""

import pytest
from azure.cosmos import DatabaseProxy

from shared.adapters.cosmos_metrics import CosmosMetrics
from shared.adapters.cosmos_schema import METRICS
from tests.contract.metric_store import MetricStoreContract


class TestCosmosMetrics(MetricStoreContract):
    @pytest.fixture(autouse=True)
    def _use(self, database: DatabaseProxy) -> None:
        self.container = database.get_container_client(METRICS.name)

    def make(self) -> CosmosMetrics:
        return CosmosMetrics(self.container)
