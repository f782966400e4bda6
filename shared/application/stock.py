"""Where content-addressed files are: a container of the backend's own, or a folder of a datastore."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.application.data_ports import DatastoreFiles
from shared.application.ports import Blobs, Container


class Stock(Protocol):
    """Files by their names, such as ``files/<sha256>``."""

    def put(self, name: str, data: bytes) -> bool:
        """Write unless it is there; False when nothing can be written from here: then it is uploaded."""

    def size(self, name: str) -> int | None:
        """Bytes of a file; none when there is no such file."""

    def list(self, prefix: str, cursor: str | None) -> tuple[list[tuple[str, int]], str | None]:
        """A page of the names that begin so, in order, with sizes; and the cursor of the next page."""

    def read_url(self, name: str, until: datetime) -> str:
        """A URL by which it can be read."""

    def write_url(self, name: str, until: datetime) -> str:
        """A URL by which it can be written."""


@dataclass(frozen=True)
class OwnStock:
    """A container of the backend's own."""

    blobs: Blobs
    container: Container

    def put(self, name: str, data: bytes) -> bool:
        self.blobs.put(self.container, name, data)
        return True

    def size(self, name: str) -> int | None:
        return self.blobs.size(self.container, name)

    def list(self, prefix: str, cursor: str | None) -> tuple[list[tuple[str, int]], str | None]:
        blobs, following = self.blobs.list(self.container, prefix, cursor)
        return [(blob.name, blob.size) for blob in blobs], following

    def read_url(self, name: str, until: datetime) -> str:
        return self.blobs.grant(self.container, name, "read", until)

    def write_url(self, name: str, until: datetime) -> str:
        return self.blobs.grant(self.container, name, "write", until)


@dataclass(frozen=True)
class DatastoreStock:
    """A folder of a datastore, to which callers upload all there is."""

    files: DatastoreFiles
    folder: str

    def put(self, name: str, data: bytes) -> bool:
        return False

    def size(self, name: str) -> int | None:
        found = self.files.look(f"{self.folder}/{name}")
        return found.size if found else None

    def list(self, prefix: str, cursor: str | None) -> tuple[list[tuple[str, int]], str | None]:
        files, following = self.files.list(f"{self.folder}/{prefix}", cursor)
        return [(file.path.removeprefix(f"{self.folder}/"), file.size) for file in files], following

    def read_url(self, name: str, until: datetime) -> str:
        return self.files.read_url(f"{self.folder}/{name}", until)

    def write_url(self, name: str, until: datetime) -> str:
        return self.files.write_url(f"{self.folder}/{name}", until)
