"""The Cosmos adapter keeps the contract of ``ViewStore``."""

import pytest
from azure.cosmos import DatabaseProxy

from shared.adapters.cosmos_schema import VIEWS
from shared.adapters.cosmos_views import CosmosViews
from tests.contract.view_store import ViewStoreContract


class TestCosmosViews(ViewStoreContract):
    @pytest.fixture(autouse=True)
    def _use(self, database: DatabaseProxy) -> None:
        self.container = database.get_container_client(VIEWS.name)

    def make(self) -> CosmosViews:
        return CosmosViews(self.container)
