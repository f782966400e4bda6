"""The SQLite file: databases, containers, and one table of documents per container.

The server is one process with one connection, used only from the event loop: calls are short, so running them in place
is faster than handing them to a thread, and writes are serialised for nothing.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from local.sqlite import opened, transaction

MINIMUM_SQLITE = (3, 38)  # the first with the JSON operator ->

PRAGMAS = "PRAGMA case_sensitive_like=ON; PRAGMA cache_size=-65536;"
SCHEMA = """
CREATE TABLE IF NOT EXISTS databases (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, ts INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS containers (
    number INTEGER PRIMARY KEY AUTOINCREMENT, database INTEGER NOT NULL, id TEXT NOT NULL,
    ts INTEGER NOT NULL, revision INTEGER NOT NULL DEFAULT 1, lsn INTEGER NOT NULL DEFAULT 0, body TEXT NOT NULL,
    UNIQUE (database, id));
"""

# seq: the container's lsn when the document was created; orders equal sort keys and makes the _rid.
# lsn: the container's lsn at the last write; orders the change feed. expires: unix time, NEVER without a TTL.
DOCUMENTS = """
CREATE TABLE {table} (
    seq INTEGER PRIMARY KEY, pk TEXT NOT NULL, id TEXT NOT NULL, epk TEXT NOT NULL, lsn INTEGER NOT NULL UNIQUE,
    ts INTEGER NOT NULL, expires REAL NOT NULL, body TEXT NOT NULL, UNIQUE (pk, id));
CREATE INDEX {table}_expires ON {table} (expires) WHERE expires < {never};
"""

NEVER = 1e18


class Storage:
    """The open file. ``execute`` runs one statement; ``transaction`` groups several, all or none."""

    def __init__(self, directory: Path) -> None:
        if sqlite3.sqlite_version_info < MINIMUM_SQLITE:
            raise SystemExit(f"The Cosmos emulator needs SQLite 3.38 or newer, not {sqlite3.sqlite_version}.")
        directory.mkdir(parents=True, exist_ok=True)
        self._connection = opened(directory / "cosmos.sqlite", PRAGMAS + SCHEMA)
        # SQLite's own lower and upper know ASCII only.
        self._connection.create_function("fold", 1, str.lower, deterministic=True)
        self._connection.create_function("capitals", 1, str.upper, deterministic=True)

    def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        return self._connection.execute(statement, values)

    def execute_numbered(self, statement: str, values: Sequence[object]) -> sqlite3.Cursor:
        """Run a statement whose placeholders are ``:v1``, ``:v2``, ...; it need not use every value."""
        return self._connection.execute(statement, {f"v{number}": value for number, value in enumerate(values, 1)})

    def one(self, statement: str, *values: object) -> Any | None:
        return self._connection.execute(statement, values).fetchone()

    def create_documents(self, table: str) -> None:
        for statement in DOCUMENTS.format(table=table, never=NEVER).split(";\n"):
            self._connection.execute(statement)

    def transaction(self) -> AbstractContextManager[None]:
        """Everything inside happens, or nothing. Transactions do not nest."""
        return transaction(self._connection)

    def close(self) -> None:
        self._connection.close()
