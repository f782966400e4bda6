"""Blobs in Azure Storage. URLs for others are signed with a user delegation key, or locally with the account's key."""

import threading
from datetime import UTC, datetime, timedelta
from typing import cast

from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.core.paging import PageIterator
from azure.storage.blob import (
    BlobProperties,
    BlobSasPermissions,
    BlobServiceClient,
    ContentSettings,
    UserDelegationKey,
    generate_blob_sas,
)

from shared.application.ports import Blob, Container, Right
from shared.domain.errors import Invalid

PERMISSIONS = {
    "read": BlobSasPermissions(read=True),
    "create": BlobSasPermissions(create=True),
    "write": BlobSasPermissions(read=True, add=True, create=True, write=True),
}
CLOCK_SKEW = timedelta(minutes=5)
KEY_LIFETIME = timedelta(hours=12)
RANGE_BEHIND_END = 416
BAD_MARKER = 400


class StorageBlobs:
    """The ``Blobs`` port over one storage account."""

    def __init__(self, service: BlobServiceClient) -> None:
        self._service = service
        self._key: UserDelegationKey | None = None
        self._key_expires = datetime.fromtimestamp(0, UTC)
        self._lock = threading.Lock()

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
        client = self._service.get_blob_client(container, name)
        account_key = getattr(self._service.credential, "account_key", None)
        signature = generate_blob_sas(
            account_name=str(self._service.account_name),
            container_name=container,
            blob_name=name,
            account_key=account_key,
            user_delegation_key=None if account_key else self._delegation_key(until),
            permission=PERMISSIONS[right],
            start=until - timedelta(days=1) if account_key else datetime.now(UTC) - CLOCK_SKEW,
            expiry=until,
        )
        return f"{client.url}?{signature}"

    def _delegation_key(self, until: datetime) -> UserDelegationKey:
        """Asked of the service twice a day, not once per URL."""
        with self._lock:
            if self._key is None or self._key_expires < until:
                now = datetime.now(UTC)
                self._key_expires = now + KEY_LIFETIME
                self._key = self._service.get_user_delegation_key(now - CLOCK_SKEW, self._key_expires)
            return self._key


def _blob(properties: BlobProperties) -> Blob:
    metadata = properties.metadata or {}
    return Blob(
        name=properties.name, size=properties.size, modified=properties.last_modified,
        content_type=properties.content_settings.content_type, sha256=metadata.get("sha256"),
    )
