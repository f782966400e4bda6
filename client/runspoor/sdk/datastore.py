"""Datastores: where a workspace keeps data. There is one, ``workspaceblobstore``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runspoor.sdk.data_reference import DataReference
from runspoor.sdk.exceptions import UserErrorException
from runspoor.sdk.surface import Surface

if TYPE_CHECKING:
    from runspoor.sdk.workspace import Workspace

DEFAULT = "workspaceblobstore"
CONTAINER = "data"


class AbstractDatastore(Surface, v1="azureml.data.abstract_datastore.AbstractDatastore"):
    """What all datastores have."""

    def __init__(self, workspace: Workspace, name: str, datastore_type: str) -> None:
        self.workspace, self.name, self.datastore_type = workspace, name, datastore_type

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r}, datastore_type={self.datastore_type!r})"

    def set_as_default(self) -> None:
        """Make it the one that is meant when none is named: it is, as there is one."""


class AbstractAzureStorageDatastore(
        AbstractDatastore, v1="azureml.data.azure_storage_datastore.AbstractAzureStorageDatastore"):
    """A datastore in Azure Storage."""

    def __init__(self, workspace: Workspace, name: str, datastore_type: str, container_name: str, account_name: str,
                 sas_token: str | None = None, account_key: str | None = None, protocol: str | None = None,
                 endpoint: str | None = None) -> None:
        super().__init__(workspace, name, datastore_type)
        self.container_name, self.account_name = container_name, account_name
        self.sas_token, self.account_key, self.protocol, self.endpoint = sas_token, account_key, protocol, endpoint

    @property
    def is_sas(self) -> bool:
        """Whether it is reached by a shared access signature."""
        return self.sas_token is not None

    def path(self, path: str | None = None, data_reference_name: str | None = None) -> DataReference:
        """A folder or file of it, as a run gets it."""
        return DataReference(self, data_reference_name, path)

    def as_mount(self) -> DataReference:
        """All of it, from which files are read when the script does."""
        return self.path().as_mount()

    def as_download(self, path_on_compute: str | None = None) -> DataReference:
        """All of it, copied to the node before the script starts."""
        return self.path().as_download(path_on_compute)

    def as_upload(self, path_on_compute: str | None = None) -> DataReference:
        """All of it, to which a file or folder of the node is copied after the script; no run can have it yet."""
        return self.path().as_upload(path_on_compute)


class AzureBlobDatastore(AbstractAzureStorageDatastore,
                         v1="azureml.data.azure_storage_datastore.AzureBlobDatastore"):
    """A container of blobs. The backend holds its keys; this object has none."""

    def __init__(self, workspace: Workspace, name: str, container_name: str, account_name: str,
                 sas_token: str | None = None, account_key: str | None = None, protocol: str | None = None,
                 endpoint: str | None = None, request_session: object = None, workspace_msi_has_access: bool = False,
                 subscription_id: str | None = None, resource_group: str | None = None,
                 service_data_access_auth_identity: object = None) -> None:
        super().__init__(workspace, name, "AzureBlob", container_name, account_name, sas_token, account_key, protocol,
                         endpoint)
        self.subscription_id, self.resource_group = subscription_id, resource_group


class Datastore(Surface, v1="azureml.core.Datastore"):
    """``Datastore(workspace)`` is the default one, ``Datastore(workspace, name)`` the one of a name."""

    def __init__(self, workspace: Workspace, name: str | None = None) -> None:
        """Never called: what ``__new__`` makes is a datastore."""

    def __new__(cls, workspace: Workspace, name: str | None = None) -> Any:
        """The datastore, an AzureBlobDatastore."""
        return Datastore.get(workspace, name or DEFAULT)

    @staticmethod
    def get(workspace: Workspace, datastore_name: str) -> AzureBlobDatastore:
        """The datastore of a name. UserErrorException when there is none."""
        known = datastores(workspace)
        if datastore_name not in known:
            raise UserErrorException(f"There is no datastore {datastore_name!r} in the workspace; there is: "
                                     f"{', '.join(known)}.")
        return known[datastore_name]

    @staticmethod
    def get_default(workspace: Workspace) -> AzureBlobDatastore:
        """The datastore that is meant when none is named."""
        return Datastore.get(workspace, DEFAULT)


def datastores(workspace: Workspace) -> dict[str, AzureBlobDatastore]:
    """All of them, by name."""
    return {DEFAULT: AzureBlobDatastore(workspace, DEFAULT, CONTAINER, workspace.name)}
