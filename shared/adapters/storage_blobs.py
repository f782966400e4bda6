"""Blobs in Azure Storage. URLs for others are signed with a user delegation key, or locally with the account's key."""

from datetime import datetime
from typing import cast

from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.core.paging import PageIterator
from azure.storage.blob import (
    BlobProperties,
    BlobSasPermissions,
    BlobServiceClient,
    ContentSettings,
)

from shared.adapters.blob_signer import BlobSigner
from shared.application.ports import Blob, Container, Right
from shared.domain.errors import Invalid

PERMISSIONS = {
    "read": BlobSasPermissions(read=True),
    "create": BlobSasPermissions(create=True),
    "write": BlobSasPermissions(read=True, add=True, create=True, write=True),
}
RANGE_BEHIND_END = 416
BAD_MARKER = 400


class StorageBlobs:
    """The ``Blobs`` port over one storage account."""

    def __init__(self, service: BlobServiceClient) -> None:
        self._service = service
        self._signer = BlobSigner(service, str(service.account_name))

    def put(self, container: Container, name: str, data: bytes, *, overwrite: bool = False) -> bool:
        settings = ContentSettings(content_type="application/json") if name.endswith(".json") else None
        try:
            self._service.get_blob_client(container, name).upload_blob(
                data, overwrite=overwrite, content_settings=settings
            )
        except ResourceExistsError:
            return False
        return True

    def read(self, container: Container, name: str, offset: int = 0, length: int | None = None) -> bytes | None:
        client = self._service.get_blob_client(container, name)
        try:
            return bytes(client.download_blob(offset, length, max_concurrency=2).readall())
        except ResourceNotFoundError:
            return None
        except HttpResponseError as error:
            if error.status_code == RANGE_BEHIND_END:
                return b""
            raise

    def size(self, container: Container, name: str) -> int | None:
        try:
            return int(self._service.get_blob_client(container, name).get_blob_properties().size)
        except ResourceNotFoundError:
            return None

    def list(
        self, container: Container, prefix: str, cursor: str | None = None, limit: int = 5000
    ) -> tuple[list[Blob], str | None]:
        pages = cast("PageIterator[BlobProperties]", self._service.get_container_client(container).list_blobs(
            name_starts_with=prefix, include=["metadata"], results_per_page=limit
        ).by_page(cursor))
        try:
            blobs = [_blob(properties) for properties in next(pages, [])]
        except HttpResponseError as error:
            if error.status_code == BAD_MARKER:
                raise Invalid("The cursor is not the 'next' of a page of this list: begin without one.") from error
            raise
        return blobs, pages.continuation_token or None

    def url(self, container: Container, name: str) -> str:
        client = self._service.get_container_client(container)
        return str(client.get_blob_client(name).url if name else client.url)

    def grant(self, container: Container, name: str, right: Right, until: datetime) -> str:
        return self._signer.url(container, name, PERMISSIONS[right], until)


def _blob(properties: BlobProperties) -> Blob:
    metadata = properties.metadata or {}
    return Blob(
        name=properties.name, size=properties.size, modified=properties.last_modified,
        content_type=properties.content_settings.content_type, sha256=metadata.get("sha256"),
    )
