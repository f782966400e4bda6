"""The documents of one container: create, read, replace, upsert, delete. Callers open the transaction."""

import struct
import time
from base64 import b64encode
from dataclasses import dataclass

from local.cosmos.containers import Container
from local.cosmos.errors import PARTITION_KEY_MISMATCH, CosmosError, bad_request, item_not_found, precondition_failed
from local.cosmos.jsontext import JsonObject, dump
from local.cosmos.storage import NEVER, Storage

MAX_DOCUMENT_BYTES = 2 * 1024 * 1024
MAX_ID_BYTES = 1023
FORBIDDEN_IN_ID = "/\\?#"


@dataclass(frozen=True)
class Document:
    """One stored document: ``body`` is its JSON text with the system properties."""

    seq: int
    etag: str
    body: str


@dataclass(frozen=True)
class Condition:
    """The If-Match and If-None-Match headers of a request (an etag, ``*`` or nothing)."""

    if_match: str | None = None
    if_none_match: str | None = None

    def check_write(self, current: Document) -> None:
        """412 unless the document that is there may be written."""
        if self.if_match not in (None, "*", current.etag) or self.if_none_match in ("*", current.etag):
            raise precondition_failed()


ALWAYS = Condition()


class Documents:
    """Point operations on one container. ``key`` is a canonical partition key throughout."""

    def __init__(self, storage: Storage, container: Container) -> None:
        self._storage = storage
        self._container = container
        self._table = container.table

    def find(self, key: str, item_id: str) -> Document | None:
        row = self._storage.one(
            f"SELECT seq, lsn, body FROM {self._table} WHERE pk = ? AND id = ? AND expires > ?",
            key, item_id, time.time())
        return None if row is None else Document(row[0], self._etag(row[1]), row[2])

    def read(self, key: str, item_id: str) -> Document:
        found = self.find(key, item_id)
        if found is None:
            raise item_not_found(item_id)
        return found

    def create(self, key: str, body: JsonObject) -> Document:
        item_id = self._check(key, body)
        if self.find(key, item_id) is not None:
            raise CosmosError(409, f"Entity with the specified id already exists in the system: item {item_id!r}.")
        return self._write(key, item_id, body, None)

    def upsert(self, key: str, body: JsonObject, condition: Condition = ALWAYS) -> tuple[Document, bool]:
        """Write whatever was there before; True when the document is new, which no If-Match hinders."""
        item_id = self._check(key, body)
        current = self.find(key, item_id)
        if current is not None:
            condition.check_write(current)
        return self._write(key, item_id, body, current), current is None

    def replace(self, key: str, item_id: str, body: JsonObject, condition: Condition = ALWAYS) -> Document:
        if self._check(key, body) != item_id:
            raise bad_request("The id of the body and the id of the request are different.")
        current = self.read(key, item_id)
        condition.check_write(current)
        return self._write(key, item_id, body, current)

    def delete(self, key: str, item_id: str, condition: Condition = ALWAYS) -> None:
        current = self.read(key, item_id)
        condition.check_write(current)
        self._container.next_lsn(self._storage)
        self._storage.execute(f"DELETE FROM {self._table} WHERE seq = ?", current.seq)

    def _check(self, key: str, body: JsonObject) -> str:
        """The id of a body that may be stored under the key; 400 otherwise."""
        item_id = body.get("id")
        if not isinstance(item_id, str) or not item_id:
            raise bad_request("The input content is invalid because the required property 'id' is missing.")
        if any(c in FORBIDDEN_IN_ID for c in item_id) or len(item_id.encode()) > MAX_ID_BYTES:
            raise bad_request(f"An id has at most {MAX_ID_BYTES} bytes and none of the characters / \\ ? #.")
        if self._container.partition_key.key_of(body) != key:
            raise bad_request("PartitionKey extracted from document doesn't match the one specified in the header.",
                              PARTITION_KEY_MISMATCH)
        return item_id

    def _write(self, key: str, item_id: str, body: JsonObject, current: Document | None) -> Document:
        now = time.time()
        ttl = self._container.time_to_live(body)
        if self._container.default_ttl is not None:
            self._storage.execute(f"DELETE FROM {self._table} WHERE expires <= ?", now)
        lsn = self._container.next_lsn(self._storage)
        seq = lsn if current is None else current.seq
        etag = self._etag(lsn)
        text = dump(body | self._system_properties(seq, etag, int(now)))
        if len(text.encode()) > MAX_DOCUMENT_BYTES:
            raise CosmosError(413, "Request size is too large: a document may have at most 2 MB.")
        expires = NEVER if ttl is None else now + ttl
        if current is None:
            self._storage.execute(
                f"INSERT INTO {self._table} (seq, pk, id, epk, lsn, ts, expires, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                seq, key, item_id, self._container.partition_key.effective(key), lsn, int(now), expires, text)
        else:
            self._storage.execute(f"UPDATE {self._table} SET lsn = ?, ts = ?, expires = ?, body = ? WHERE seq = ?",
                                  lsn, int(now), expires, text, seq)
        return Document(seq, etag, text)

    def _etag(self, lsn: int) -> str:
        return f'"{self._container.number:08x}-0000-0000-0000-{lsn:012x}"'

    def _system_properties(self, seq: int, etag: str, now: int) -> JsonObject:
        rid = b64encode(self._container.rid_bytes + struct.pack("<q", seq), b"+-").decode()
        return {"_rid": rid, "_self": f"{self._container.self_link}docs/{rid}/", "_etag": etag,
                "_attachments": "attachments/", "_ts": now}
