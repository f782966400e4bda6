"""``Datastore``: where datastores are registered and found."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, Union, cast
from urllib.parse import quote

from runspoor.errors import NotFound
from runspoor.sdk.data_lake_datastore import AzureDataLakeGen2Datastore
from runspoor.sdk.exceptions import NotOffered, translated
from runspoor.sdk.storage_datastore import AzureBlobDatastore, AzureFileDatastore
from runspoor.sdk.surface import Surface

if TYPE_CHECKING:
    from runspoor.sdk.workspace import Workspace

Found = Union[AzureBlobDatastore, AzureFileDatastore, AzureDataLakeGen2Datastore]
T = TypeVar("T")
KINDS: Mapping[str, Any] = {
    "blob": AzureBlobDatastore, "share": AzureFileDatastore, "gen2": AzureDataLakeGen2Datastore}
"""DatastoreModel's ``kind`` -> class."""
SERVICES = {"blob": "blob", "share": "file", "gen2": "blob"}
"""The service by which a kind is reached: Data Lakes through that of blobs."""


class Place(NamedTuple):
    """What is registered, in v1's words: ``endpoint`` is a cloud's suffix, or the URL of the account's service."""

    name: str
    container: str
    account: str
    protocol: str | None
    endpoint: str | None

    def address(self, service: str) -> str | None:
        """The URL of the account's service, when the caller says it."""
        if not self.endpoint or "://" in self.endpoint:
            return self.endpoint or None
        return f"{self.protocol or 'https'}://{self.account}.{service}.{self.endpoint}"


class Datastore(Surface, v1="azureml.core.Datastore"):
    """``Datastore(workspace)`` is the default one, ``Datastore(workspace, name)`` the one of a name."""

    def __init__(self, workspace: Workspace, name: str | None = None) -> None:
        """Never called: what ``__new__`` makes is a datastore."""

    def __new__(cls, workspace: Workspace, name: str | None = None) -> Any:
        """The datastore, of the class of its kind."""
        return Datastore.get(workspace, name) if name else Datastore.get_default(workspace)

    @staticmethod
    @translated()
    def get(workspace: Workspace, datastore_name: str) -> Any:
        """The datastore of a name. UserErrorException, with the names there are, when there is none."""
        return _datastore(workspace, _document(workspace, datastore_name))

    @staticmethod
    @translated()
    def get_default(workspace: Workspace) -> Any:
        """The datastore that is meant when none is named."""
        return _datastore(workspace, workspace.api.get("default-datastore").json())

    @staticmethod
    def register_azure_blob_container(
            workspace: Workspace, datastore_name: str, container_name: str, account_name: str,
            sas_token: str | None = None, account_key: str | None = None, protocol: str | None = None,
            endpoint: str | None = None, overwrite: bool = False, create_if_not_exists: bool = False,
            skip_validation: bool = False, blob_cache_timeout: int | None = None,
            grant_workspace_access: bool = False, subscription_id: str | None = None,
            resource_group: str | None = None) -> AzureBlobDatastore:
        """Register a container. Without a key and a SAS (which counts before a key) the backend's identity opens it.

        UserErrorException when it cannot be opened (unless ``skip_validation``), or the name means another one
        (unless ``overwrite``).
        """
        place = Place(datastore_name, container_name, account_name, protocol, endpoint)
        return _register(workspace, AzureBlobDatastore, place, {
            **_credential(sas_token, account_key), "overwrite": overwrite,
            "create_if_not_exists": create_if_not_exists, "skip_validation": skip_validation})

    @staticmethod
    def register_azure_file_share(
            workspace: Workspace, datastore_name: str, file_share_name: str, account_name: str,
            sas_token: str | None = None, account_key: str | None = None, protocol: str | None = None,
            endpoint: str | None = None, overwrite: bool = False, create_if_not_exists: bool = False,
            skip_validation: bool = False) -> AzureFileDatastore:
        """Register a file share, as a container of blobs."""
        place = Place(datastore_name, file_share_name, account_name, protocol, endpoint)
        return _register(workspace, AzureFileDatastore, place, {
            **_credential(sas_token, account_key), "overwrite": overwrite,
            "create_if_not_exists": create_if_not_exists, "skip_validation": skip_validation})

    @staticmethod
    def register_azure_data_lake_gen2(
            workspace: Workspace, datastore_name: str, filesystem: str, account_name: str,
            tenant_id: str | None = None, client_id: str | None = None, client_secret: str | None = None,
            resource_url: str | None = None, authority_url: str | None = None, protocol: str | None = None,
            endpoint: str | None = None, overwrite: bool = False, subscription_id: str | None = None,
            resource_group: str | None = None, grant_workspace_access: bool = False) -> AzureDataLakeGen2Datastore:
        """Register a file system of a Data Lake; the backend's identity opens it. NotOffered for client secrets."""
        if client_secret or client_id:
            raise NotOffered("A service principal of a datastore (client_id, client_secret)", "leave them out and give "
                             "the backend's identity the role Storage Blob Data Contributor on the file system")
        place = Place(datastore_name, filesystem, account_name, protocol, endpoint)
        return _register(workspace, AzureDataLakeGen2Datastore, place, {"overwrite": overwrite})

    def set_as_default(self) -> None:
        """Make it the one that is meant when none is named."""

    def unregister(self) -> None:
        """Forget its name and its key; the data stays where it is."""


@translated()
def datastores(workspace: Workspace) -> dict[str, Found]:
    """All of them by name, in the order of their names."""
    listed = {each["name"]: each for each in workspace.api.pages("datastores")}
    # The list is some moments behind: what has been done through this object is asked for by its name.
    for name in workspace._own_datastores:
        listed.pop(name, None)
        with suppress(NotFound):
            listed[name] = _document(workspace, name)
    return {name: _datastore(workspace, listed[name]) for name in sorted(listed, key=str.lower)}


def _document(workspace: Workspace, name: str) -> Any:
    return workspace.api.get(f"datastores/{quote(name, safe='')}").json()


@translated()
def _register(workspace: Workspace, made: type[T], place: Place, more: Mapping[str, object]) -> T:
    kind = next(kind for kind, each in KINDS.items() if each is made)
    body = {"name": place.name, "kind": kind, "account": place.account, "container": place.container,
            "endpoint": place.address(SERVICES[kind]), **more}
    registered = workspace.api.write("POST", "datastores", body).json()
    workspace._own_datastores.add(registered["name"])
    return cast(T, _datastore(workspace, registered))


def _credential(sas_token: str | None, account_key: str | None) -> dict[str, str]:
    if sas_token:
        return {"sas": sas_token.lstrip("?")}
    return {"account_key": account_key} if account_key else {}


def _datastore(workspace: Workspace, model: Mapping[str, Any]) -> Any:
    protocol, _, host = str(model["endpoint"]).partition("://")
    made = KINDS[model["kind"]](workspace, model["name"], model["container"], model["account"], protocol=protocol,
                                endpoint=host.partition(f"{model['account']}.{SERVICES[model['kind']]}.")[2] or host)
    made._access = model["access"]
    return made
