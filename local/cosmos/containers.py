"""Databases and containers: what is registered, and how a container's settings bear on its documents."""

import struct
import time
from base64 import b64encode
from dataclasses import dataclass

from local.cosmos.errors import OWNER_NOT_FOUND, CosmosError, bad_request
from local.cosmos.indexing import IndexingPolicy
from local.cosmos.jsontext import Json, JsonObject, dump, parse_object
from local.cosmos.partition import PartitionKeyDefinition
from local.cosmos.storage import NEVER, Storage

SETTINGS = ("partitionKey", "defaultTtl", "indexingPolicy", "uniqueKeyPolicy", "conflictResolutionPolicy",
            "analyticalStorageTtl", "computedProperties", "vectorEmbeddingPolicy", "fullTextPolicy")


@dataclass(frozen=True)
class Database:
    number: int
    id: str
    ts: int

    @property
    def rid(self) -> str:
        return b64encode(struct.pack(">I", self.number), b"+-").decode()

    @property
    def body(self) -> JsonObject:
        return {"id": self.id, "_rid": self.rid, "_self": f"dbs/{self.rid}/", "_etag": f'"{self.number:08x}"',
                "_colls": "colls/", "_users": "users/", "_ts": self.ts}


@dataclass(frozen=True)
class Container:
    """One container as its settings stand; replaced as a whole when they change."""

    number: int
    database: Database
    id: str
    ts: int
    revision: int
    settings: JsonObject
    partition_key: PartitionKeyDefinition
    indexing: IndexingPolicy

    @property
    def table(self) -> str:
        return f"documents_{self.number}"

    @property
    def rid_bytes(self) -> bytes:
        return struct.pack(">II", self.database.number, 0x80000000 | self.number)

    @property
    def rid(self) -> str:
        return b64encode(self.rid_bytes, b"+-").decode()

    @property
    def self_link(self) -> str:
        return f"dbs/{self.database.rid}/colls/{self.rid}/"

    @property
    def body(self) -> JsonObject:
        return {"id": self.id, **self.settings, "_rid": self.rid, "_self": self.self_link, "_ts": self.ts,
                "_etag": f'"{self.number:08x}-{self.revision:04x}"', "_docs": "docs/", "_sprocs": "sprocs/",
                "_triggers": "triggers/", "_udfs": "udfs/", "_conflicts": "conflicts/"}

    @property
    def default_ttl(self) -> int | None:
        value = self.settings.get("defaultTtl")
        return value if isinstance(value, int) else None

    def time_to_live(self, document: JsonObject) -> int | None:
        """Seconds a document lives after its last write, or None. Without defaultTtl nothing expires, as in Cosmos."""
        own = document.get("ttl")
        if own is not None and not _is_ttl(own):
            raise bad_request("The ttl of a document must be -1 or a positive number of seconds.")
        if self.default_ttl is None:
            return None
        ttl = own if isinstance(own, int) else self.default_ttl
        return None if ttl == -1 else ttl

    def next_lsn(self, storage: Storage) -> int:
        """The number of the next write; it never goes back, also when documents are deleted."""
        row = storage.one("UPDATE containers SET lsn = lsn + 1 WHERE number = ? RETURNING lsn", self.number)
        assert row is not None
        return int(row[0])

    def last_lsn(self, storage: Storage) -> int:
        row = storage.one("SELECT lsn FROM containers WHERE number = ?", self.number)
        assert row is not None
        return int(row[0])


def _is_ttl(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and (value == -1 or value > 0)


class Catalog:
    """The registered databases and containers. Containers are cached: every request needs one."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._cache: dict[tuple[str, str], Container] = {}

    def databases(self) -> list[Database]:
        return [Database(*row) for row in self._storage.execute("SELECT number, id, ts FROM databases ORDER BY number")]

    def database(self, database_id: str, substatus: int = 0) -> Database:
        row = self._storage.one("SELECT number, id, ts FROM databases WHERE id = ?", database_id)
        if row is None:
            raise CosmosError(404, f"Database {database_id!r} does not exist.", substatus)
        return Database(*row)

    def create_database(self, body: JsonObject) -> Database:
        database_id = _resource_id(body)
        if self._storage.one("SELECT 1 FROM databases WHERE id = ?", database_id):
            raise CosmosError(409, f"Database {database_id!r} already exists.")
        self._storage.execute("INSERT INTO databases (id, ts) VALUES (?, ?)", database_id, int(time.time()))
        return self.database(database_id)

    def delete_database(self, database_id: str) -> None:
        database = self.database(database_id)
        with self._storage.transaction():
            for container in self.containers(database_id):
                self._drop(container)
            self._storage.execute("DELETE FROM databases WHERE number = ?", database.number)

    def containers(self, database_id: str) -> list[Container]:
        database = self.database(database_id, OWNER_NOT_FOUND)
        rows = self._storage.execute("SELECT id FROM containers WHERE database = ? ORDER BY number", database.number)
        return [self.container(database_id, row[0]) for row in rows.fetchall()]

    def container(self, database_id: str, container_id: str, substatus: int = 0) -> Container:
        name = (database_id, container_id)
        if name not in self._cache:
            self._cache[name] = self._load(database_id, container_id, substatus)
        return self._cache[name]

    def _load(self, database_id: str, container_id: str, substatus: int = 0) -> Container:
        database = self.database(database_id, OWNER_NOT_FOUND)
        row = self._storage.one("SELECT number, ts, revision, body FROM containers WHERE database = ? AND id = ?",
                                database.number, container_id)
        if row is None:
            raise CosmosError(404, f"Container {container_id!r} does not exist.", substatus)
        settings = parse_object(row[3])
        return Container(row[0], database, container_id, row[1], row[2], settings,
                         PartitionKeyDefinition.of(settings.get("partitionKey")),
                         IndexingPolicy.of(settings.get("indexingPolicy")))

    def create_container(self, database_id: str, body: JsonObject) -> Container:
        database = self.database(database_id, OWNER_NOT_FOUND)
        container_id, settings = _resource_id(body), _settings(body)
        with self._storage.transaction():
            if self._storage.one("SELECT 1 FROM containers WHERE database = ? AND id = ?", database.number,
                                 container_id):
                raise CosmosError(409, f"Container {container_id!r} already exists.")
            self._storage.execute("INSERT INTO containers (database, id, ts, body) VALUES (?, ?, ?, ?)",
                                  database.number, container_id, int(time.time()), dump(settings))
            container = self._load(database_id, container_id)
            self._storage.create_documents(container.table)
            container.indexing.create_indexes(self._storage, container.table)
        return container

    def replace_container(self, database_id: str, container_id: str, body: JsonObject) -> Container:
        """Change what may change: TTL and indexing; expiry times of what is stored follow the new TTL."""
        container = self.container(database_id, container_id)
        settings = _settings(body)
        if PartitionKeyDefinition.of(settings["partitionKey"]) != container.partition_key:
            raise bad_request("The partition key of a container cannot be changed.")
        with self._storage.transaction():
            self._storage.execute("UPDATE containers SET body = ?, revision = revision + 1 WHERE number = ?",
                                  dump(settings), container.number)
            replaced = self._load(database_id, container_id)
            replaced.indexing.create_indexes(self._storage, replaced.table)
            if replaced.default_ttl != container.default_ttl:
                self._recompute_expiry(replaced)
        self._cache[database_id, container_id] = replaced
        return replaced

    def _recompute_expiry(self, container: Container) -> None:
        ttl = "coalesce(json_extract(body, '$.ttl'), :v1)"
        self._storage.execute_numbered(
            f"UPDATE {container.table} SET expires = CASE WHEN :v1 IS NULL OR {ttl} = -1 THEN :v2 ELSE ts + {ttl} END",
            [container.default_ttl, NEVER])

    def delete_container(self, database_id: str, container_id: str) -> None:
        with self._storage.transaction():
            self._drop(self.container(database_id, container_id))

    def _drop(self, container: Container) -> None:
        self._storage.execute(f"DROP TABLE {container.table}")
        self._storage.execute("DELETE FROM containers WHERE number = ?", container.number)
        self._cache.pop((container.database.id, container.id), None)


def _resource_id(body: JsonObject) -> str:
    resource_id = body.get("id")
    if not isinstance(resource_id, str) or not resource_id or any(c in "/\\?#" for c in resource_id):
        raise bad_request("A database or container needs an id without the characters / \\ ? #.")
    return resource_id


def _settings(body: JsonObject) -> JsonObject:
    """The settings of a new container, checked, with Cosmos' defaults filled in; 400 when they make no sense."""
    settings = {name: body[name] for name in SETTINGS if body.get(name) is not None}
    PartitionKeyDefinition.of(settings.get("partitionKey"))
    if "defaultTtl" in settings and not _is_ttl(settings["defaultTtl"]):
        raise bad_request("The defaultTtl of a container must be -1 or a positive number of seconds.")
    if isinstance(unique := settings.get("uniqueKeyPolicy"), dict) and unique.get("uniqueKeys"):
        raise bad_request("This emulator does not support unique keys other than (partition key, id).")
    policy = IndexingPolicy.of(settings.get("indexingPolicy"))
    settings.setdefault("indexingPolicy", policy.body)
    return settings
