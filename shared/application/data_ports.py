"""What the use cases need of people's own storage. The other ports are in ``ports``."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.domain.datastore import DatastoreDefinition, DatastoreKind


@dataclass(frozen=True)
class StoredFile:
    """A file of a datastore: its ``path`` from the datastore's root, and its ``size`` in bytes.

    The ``etag`` changes with the content; it is as HTTP has it, with its quotes.
    """

    path: str
    size: int
    etag: str
    modified: datetime


class StorageTrouble(Exception):
    """A datastore's storage refused or cannot be reached; the text says what it said, and never has a secret."""


class StorageSilent(StorageTrouble):
    """It does not answer, or is busy: the same request may succeed in a moment."""


class DatastoreFiles(Protocol):
    """The files of one datastore. All may raise ``StorageTrouble``."""

    def ensure(self) -> None:
        """Make the container, share or file system unless it exists."""

    def check(self) -> None:
        """Nothing when it exists and the credential opens it."""

    def look(self, path: str) -> StoredFile | None:
        """One file; none when there is no file of this path, which may be a folder."""

    def list(self, prefix: str, cursor: str | None = None, limit: int = 5000) -> tuple[list[StoredFile], str | None]:
        """A page of the files whose paths begin with ``prefix``, by path, and the cursor of the next page."""

    def read_url(self, path: str, until: datetime) -> str:
        """A URL by which this file alone can be read, until then."""

    def write_url(self, path: str, until: datetime, *, deletes: bool = False) -> str:
        """A URL by which this file alone can be written and read, until then; folders above it are there.

        ``deletes``: and by which it can be deleted.
        """


class Datastores(Protocol):
    """Storage outside Runspoor's own containers."""

    @property
    def built_in(self) -> DatastoreDefinition:
        """The datastore that nobody registers."""

    def endpoint(self, kind: DatastoreKind, account: str) -> str:
        """The address at which the service of an account is unless somebody says otherwise."""

    def open(self, definition: DatastoreDefinition, credential: str | None) -> DatastoreFiles:
        """The files of a datastore. ``credential``: its account key or SAS; none: by the backend's identity."""


class Secrets(Protocol):
    """Credentials that callers entrusted to the backend. A name is given once: its value never changes."""

    def put(self, name: str, value: str) -> None:
        """Keep ``value`` (again: nothing changes). Names: 1 to 127 letters, digits and '-'."""

    def get(self, name: str) -> str | None:
        """The value; none when there is none, or no more."""

    def delete(self, name: str) -> None:
        """Forget it; nothing when there is none."""
