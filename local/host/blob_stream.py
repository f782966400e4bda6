"""What a blob function reads from."""

from azure.functions.blob import InputStream
from azure.storage.blob import BlobClient, BlobProperties, StorageStreamDownloader


class BlobStream(InputStream):
    """The ``func.InputStream`` of a blob, downloaded while it is read: the blob as it is now."""

    def __init__(self, client: BlobClient, blob: BlobProperties) -> None:
        super().__init__(data=b"", name=f"{client.container_name}/{blob.name}", uri=client.url, length=blob.size,
                         blob_properties={"ContentLength": blob.size, "ETag": blob.etag},
                         metadata=dict(blob.metadata or {}))
        self._client = client
        self._download: StorageStreamDownloader[bytes] | None = None

    def read(self, size: int | None = -1) -> bytes:
        """At most ``size`` bytes, or all that are left."""
        if self._download is None:
            self._download = self._client.download_blob()
        return self._download.read(-1 if size is None else size)

    read1 = read
