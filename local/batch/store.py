"""The emulator's memory: every resource as a JSON document, held in memory and written through to SQLite.

One row per document, one transaction per change. Write-ahead logging without a sync per commit survives ``kill -9`` of
the emulator (the operating system has the pages); only a power cut can lose the last moments.
"""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from local.batch.documents import Document, Key


class Table:
    """Documents of one kind by key, in order of creation; a key's parent is the key without its last id."""

    def __init__(self, kind: str, database: sqlite3.Connection) -> None:
        self._kind = kind
        self._database = database
        self._by_parent: dict[Key, dict[Key, Document]] = {}
        for key_text, text in database.execute(
            "SELECT key, document FROM resources WHERE kind = ? ORDER BY rowid", (kind,)
        ):
            key = tuple(key_text.split("/"))
            self._by_parent.setdefault(key[:-1], {})[key] = json.loads(text)

    def get(self, key: Key) -> Document | None:
        return self._by_parent.get(key[:-1], {}).get(key)

    def put(self, key: Key, document: Document) -> None:
        """Keep ``document`` under ``key``: it is durable when this returns."""
        self._by_parent.setdefault(key[:-1], {})[key] = document
        self._database.execute(
            "INSERT INTO resources VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET document = excluded.document",
            (self._kind, "/".join(key), json.dumps(document, separators=(",", ":"))),
        )

    def delete(self, key: Key) -> None:
        self._by_parent.get(key[:-1], {}).pop(key, None)
        self._database.execute("DELETE FROM resources WHERE kind = ? AND key = ?", (self._kind, "/".join(key)))

    def under(self, *parent: str) -> list[tuple[Key, Document]]:
        return list(self._by_parent.get(parent, {}).items())

    def __iter__(self) -> Iterator[tuple[Key, Document]]:
        return iter([item for children in self._by_parent.values() for item in children.items()])


class Store:
    """Tables of pools, nodes (by pool), jobs and tasks (by job), and of the processes that were started."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS resources (kind TEXT, key TEXT, document TEXT, PRIMARY KEY (kind, key))"
        )
        self.pools = Table("pool", self._database)
        self.nodes = Table("node", self._database)
        self.jobs = Table("job", self._database)
        self.tasks = Table("task", self._database)
        self.processes = Table("process", self._database)

    def close(self) -> None:
        self._database.close()
