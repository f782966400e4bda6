"""Data Lake Storage Gen2: datasets of it, and outputs to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runspoor.sdk.abstract_datastore import AbstractDatastore

if TYPE_CHECKING:
    from runspoor.sdk.workspace import Workspace


class AzureDataLakeGen2Datastore(AbstractDatastore,
                                 v1="azureml.data.azure_data_lake_datastore.AzureDataLakeGen2Datastore"):
    """A file system of a Data Lake; ``container_name`` is its name. The backend's identity opens it."""

    def __init__(self, workspace: Workspace, name: str, container_name: str, account_name: str,
                 tenant_id: str | None = None, client_id: str | None = None, client_secret: str | None = None,
                 resource_url: str | None = None, authority_url: str | None = None, protocol: str | None = None,
                 endpoint: str | None = None, service_data_access_auth_identity: object = None) -> None:
        super().__init__(workspace, name, "AzureDataLakeGen2")
        self.container_name, self.account_name = container_name, account_name
        self.tenant_id, self.client_id, self.client_secret = tenant_id, client_id, client_secret
        self.resource_url, self.authority_url = resource_url, authority_url
        self.protocol, self.endpoint = protocol, endpoint
        self._access: str | None = None
