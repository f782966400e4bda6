"""Datastores and secrets in memory: for tests, and for trying a use case without a server."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from shared.adapters.memory_services import MemoryBlobs
from shared.application.data_ports import StorageTrouble, StoredFile
from shared.application.ports import Container
from shared.domain.datastore import DatastoreDefinition, DatastoreKind

ACCOUNT = "memory"


@dataclass
class MemoryFiles:
    """``DatastoreFiles`` that are blobs of ``container``. Its URLs lead nowhere."""

    blobs: MemoryBlobs
    container: Container
    missing: set[str] = field(default_factory=set)

    def ensure(self) -> None:
        self.missing.discard(self.container)

    def check(self) -> None:
        if self.container in self.missing:
            raise StorageTrouble(f"there is no container {self.container!r}")

    def look(self, path: str) -> StoredFile | None:
        return next((file for file in self.list(path, limit=1)[0] if file.path == path), None)

    def list(self, prefix: str, cursor: str | None = None, limit: int = 5000) -> tuple[list[StoredFile], str | None]:
        self.check()
        blobs, following = self.blobs.list(self.container, prefix, cursor, limit)
        return [StoredFile(blob.name, blob.size, self._etag(blob.name), blob.modified) for blob in blobs], following

    def _etag(self, path: str) -> str:
        return f'"{hashlib.sha256(self.blobs.read(self.container, path) or b"").hexdigest()[:16]}"'

    def read_url(self, path: str, until: datetime) -> str:
        return self.blobs.grant(self.container, path, "read", until)

    def write_url(self, path: str, until: datetime, *, deletes: bool = False) -> str:
        return self.blobs.grant(self.container, path, "write", until)


@dataclass
class MemoryDatastores:
    """The ``Datastores`` port over the containers of ``blobs``; those of other accounts have their name in front.

    ``missing``: containers nobody has made.
    """

    blobs: MemoryBlobs
    missing: set[str] = field(default_factory=set)
    opened: list[tuple[DatastoreDefinition, str | None]] = field(default_factory=list)

    @property
    def built_in(self) -> DatastoreDefinition:
        return DatastoreDefinition(kind="blob", account=ACCOUNT, container="data",
                                   endpoint=self.endpoint("blob", ACCOUNT))

    def endpoint(self, kind: DatastoreKind, account: str) -> str:
        return f"https://{account}.{'file' if kind == 'share' else 'blob'}.core.windows.net"

    def open(self, definition: DatastoreDefinition, credential: str | None) -> MemoryFiles:
        self.opened.append((definition, credential))
        own = definition.account == ACCOUNT
        name = definition.container if own else f"{definition.account}/{definition.container}"
        return MemoryFiles(self.blobs, cast("Container", name), self.missing)


@dataclass
class MemorySecrets:
    """The ``Secrets`` port."""

    kept: dict[str, str] = field(default_factory=dict, repr=False)

    def put(self, name: str, value: str) -> None:
        self.kept.setdefault(name, value)

    def get(self, name: str) -> str | None:
        return self.kept.get(name)

    def delete(self, name: str) -> None:
        self.kept.pop(name, None)
