"""Receipts: which version of which blob a function has handled. They live in storage, so they outlive the host.

``azure-webjobs-hosts/blobreceipts/<host>/<function>/<etag>/<container>/<blob>``, as the Azure host names them.
"""

import hashlib
import threading

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobServiceClient

CONTAINER = "azure-webjobs-hosts"
_LONGEST_NAME = 1024  # of a blob: https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers


class Receipts:
    """The receipts of one host, all in memory too, so that asking costs nothing."""

    def __init__(self, service: BlobServiceClient, host: str) -> None:
        self._container = service.get_container_client(CONTAINER)
        self._prefix = f"blobreceipts/{host}/"
        self._names: set[str] = set()
        self._loaded = False
        self._loading = threading.Lock()

    def load(self) -> None:
        """Read what has been written before; once."""
        with self._loading:
            if self._loaded:
                return
            try:
                self._names |= set(self._container.list_blob_names(name_starts_with=self._prefix))
            except ResourceNotFoundError:
                self._container.create_container()
            self._loaded = True

    def has(self, function: str, etag: str, container: str, blob: str) -> bool:
        """Whether the function has handled this version of the blob."""
        return self._name(function, etag, container, blob) in self._names

    def write(self, function: str, etag: str, container: str, blob: str) -> None:
        """Note durably that the function has handled this version of the blob."""
        name = self._name(function, etag, container, blob)
        self._container.upload_blob(name, b"", overwrite=True)
        self._names.add(name)

    def _name(self, function: str, etag: str, container: str, blob: str) -> str:
        start = f"{self._prefix}{function}/{etag}/{container}/"
        fits = len(start) + len(blob) <= _LONGEST_NAME
        return start + (blob if fits else hashlib.sha256(blob.encode()).hexdigest())
