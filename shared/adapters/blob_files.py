"""The files of a blob container, or of a Data Lake file system through its account's blob endpoint."""

from collections.abc import Mapping
from datetime import datetime

from azure.core.credentials import TokenCredential
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobProperties, BlobSasPermissions, BlobServiceClient, LinearRetry

from shared.adapters.blob_list import FOLDER, BlobList
from shared.adapters.blob_signer import BlobSigner
from shared.adapters.storage_credential import sdk_credential
from shared.adapters.storage_trouble import CONNECTION_SECONDS, READ_SECONDS, translated
from shared.application.data_ports import StoredFile
from shared.domain.datastore import DatastoreDefinition
from shared.domain.errors import Invalid

READ = BlobSasPermissions(read=True)
WRITE = BlobSasPermissions(read=True, add=True, create=True, write=True)
WRITE_AND_DELETE = BlobSasPermissions(read=True, add=True, create=True, write=True, delete=True)
BAD_MARKER = 400
RETRY = LinearRetry(backoff=1, retry_total=2, random_jitter_range=1)


class BlobFiles:
    """``DatastoreFiles`` of a container. ``credential``: its account's key or SAS, as ``access`` says, or an identity.

    A SAS cannot be narrowed: URLs carry it as it is. Else each is for one blob and one right.
    """

    def __init__(self, definition: DatastoreDefinition, credential: str | TokenCredential) -> None:
        self._definition = definition
        self._sas = credential if definition.access == "sas" and isinstance(credential, str) else None
        self._service = BlobServiceClient(
            definition.endpoint, credential=sdk_credential(definition, credential),
            connection_timeout=CONNECTION_SECONDS, read_timeout=READ_SECONDS, retry_policy=RETRY)
        self._container = self._service.get_container_client(definition.container)
        self._signer = BlobSigner(self._service, definition.account)
        place = f"{definition.endpoint}/{definition.container}"
        self._list = BlobList(place, self._service.api_version, self._listing)

    def _listing(self) -> str:
        return self._sas if self._sas is not None else self._signer.listing(self._definition.container)

    def ensure(self) -> None:
        with translated(self._definition):
            try:
                self._container.create_container()
            except ResourceExistsError:
                return

    def check(self) -> None:
        """A list needs less than the container's properties do: a SAS opens it too."""
        self.list("", limit=1)

    def look(self, path: str) -> StoredFile | None:
        with translated(self._definition):
            try:
                properties = self._container.get_blob_client(path).get_blob_properties()
            except ResourceNotFoundError as error:
                if getattr(error, "error_code", None) == "ContainerNotFound":
                    raise
                return None
        return None if _is_folder(properties) else _file(properties)

    def _page(self, prefix: str, cursor: str | None, limit: int) -> tuple[list[StoredFile], str | None]:
        with translated(self._definition):
            try:
                return self._list.page(prefix, cursor, limit)
            except HttpResponseError as error:
                if error.status_code == BAD_MARKER and cursor is not None:
                    raise Invalid("The cursor is not the 'next' of a page of this list: begin without one.") from None
                raise

    def list(self, prefix: str, cursor: str | None = None, limit: int = 5000) -> tuple[list[StoredFile], str | None]:
        """Pages that have folders only are passed over: no file means that there is none."""
        while True:
            files, cursor = self._page(prefix, cursor, limit)
            if files or cursor is None:
                return files, cursor

    def read_url(self, path: str, until: datetime) -> str:
        return self._url(path, READ, until)

    def write_url(self, path: str, until: datetime, *, deletes: bool = False) -> str:
        return self._url(path, WRITE_AND_DELETE if deletes else WRITE, until)

    def _url(self, path: str, permission: BlobSasPermissions, until: datetime) -> str:
        if self._sas is not None:
            return f"{self._container.get_blob_client(path).url}?{self._sas}"
        with translated(self._definition):
            return self._signer.url(self._definition.container, path, permission, until)


def _is_folder(properties: BlobProperties) -> bool:
    """A Data Lake's own mark, and the blob that some tools write in its place."""
    metadata: Mapping[str, str] = properties.metadata or {}
    return metadata.get(FOLDER, "").lower() == "true" or str(properties.name).endswith("/")


def _file(properties: BlobProperties) -> StoredFile:
    return StoredFile(path=properties.name, size=properties.size, etag=str(properties.etag),
                      modified=properties.last_modified)
