"""Datastores in Azure Storage: which adapter opens which kind, with which credential."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from azure.core.credentials import TokenCredential
from azure.storage.blob import BlobServiceClient

from shared.adapters.blob_files import BlobFiles
from shared.adapters.share_files import ShareFiles
from shared.application.data_ports import DatastoreFiles
from shared.domain.datastore import DatastoreDefinition, DatastoreKind

Open = Callable[[DatastoreDefinition, "str | TokenCredential"], DatastoreFiles]
OPEN: Mapping[DatastoreKind, Open] = {"blob": BlobFiles, "gen2": BlobFiles, "share": ShareFiles}
SERVICE: Mapping[DatastoreKind, str] = {"blob": "blob", "gen2": "blob", "share": "file"}
"""Under which name the service of a kind is in the addresses of accounts."""
SUFFIX = "core.windows.net"
KEPT_OPEN = 128
"""So many datastores keep their connections."""
CONTAINER = "data"


@dataclass(frozen=True)
class OwnAccount:
    """The backend's own storage account: its endpoints without a slash at the end; with ``key`` it needs no identity.
    """

    name: str
    endpoints: Mapping[str, str]
    key: str | None = field(default=None, repr=False)


def own_account(service: BlobServiceClient, connection: str) -> OwnAccount:
    """The account of ``service``, which was made of ``connection``: a connection string, or the blob endpoint."""
    blob = str(service.primary_endpoint).rstrip("/")
    said = dict(part.split("=", 1) for part in connection.split(";") if "=" in part)
    file = said.get("FileEndpoint", blob.replace(".blob.", ".file.", 1)).rstrip("/")
    key = getattr(service.credential, "account_key", None)
    return OwnAccount(str(service.account_name), {"blob": blob, "file": file}, key)


class StorageDatastores:
    """The ``Datastores`` port. ``identity`` makes the backend's own credential, when one is needed."""

    def __init__(self, own: OwnAccount, identity: Callable[[], TokenCredential]) -> None:
        self._own = own
        self._identity = lru_cache(1)(identity)
        self._opened = lru_cache(KEPT_OPEN)(self._open)

    @property
    def built_in(self) -> DatastoreDefinition:
        return DatastoreDefinition(kind="blob", account=self._own.name, container=CONTAINER,
                                   endpoint=self._own.endpoints["blob"])

    def endpoint(self, kind: DatastoreKind, account: str) -> str:
        service = SERVICE[kind]
        return self._own.endpoints[service] if account == self._own.name else f"https://{account}.{service}.{SUFFIX}"

    def open(self, definition: DatastoreDefinition, credential: str | None) -> DatastoreFiles:
        return self._opened(definition, credential)

    def _open(self, definition: DatastoreDefinition, credential: str | None) -> DatastoreFiles:
        mine = self._own.key if definition.endpoint in self._own.endpoints.values() else None
        return OPEN[definition.kind](definition, credential or mine or self._identity())
