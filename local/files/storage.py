"""What is kept: an SQLite index of shares and entries, and one file of content per file."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.files.names import folded
from local.sqlite import opened, transaction

SCHEMA = """
CREATE TABLE IF NOT EXISTS shares (
    number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, changed INTEGER NOT NULL,
    quota INTEGER NOT NULL, metadata TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS entries (
    number INTEGER PRIMARY KEY AUTOINCREMENT, share INTEGER NOT NULL, parent INTEGER NOT NULL, name TEXT NOT NULL,
    folded TEXT NOT NULL, size INTEGER, created INTEGER NOT NULL, changed INTEGER NOT NULL,
    properties TEXT NOT NULL, metadata TEXT NOT NULL,
    UNIQUE (parent, folded));
CREATE INDEX IF NOT EXISTS entries_share ON entries (share);
"""
COLUMNS = "number, share, parent, name, size, created, changed, properties, metadata"
TICKS_AT_EPOCH = 621_355_968_000_000_000
"""1970 in the service's clock, which counts 100 ns since the year 1 and makes ETags of it."""
LAST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True)
class Share:
    """``changed``: in ticks; different for each change of anything. ``quota``: GiB, not enforced."""

    number: int
    name: str
    changed: int
    quota: int
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class Entry:
    """A file, or without ``size`` a directory. The root of a share has minus the share's number."""

    number: int
    share: int
    parent: int
    name: str
    size: int | None
    created: int
    changed: int
    properties: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_directory(self) -> bool:
        return self.size is None


class Storage:
    """The open state directory; a second process on it is refused."""

    def __init__(self, directory: Path) -> None:
        self._content = directory / "content"
        self._content.mkdir(parents=True, exist_ok=True)
        self._connection = opened(directory / "files.sqlite", SCHEMA)
        self._last = 0
        self._drop_orphans()

    def close(self) -> None:
        self._connection.close()

    def shares(self, prefix: str, after: str, limit: int) -> list[Share]:
        """By name, from behind ``after``."""
        rows = self._connection.execute("SELECT * FROM shares WHERE name > ? AND name >= ? AND name < ? ORDER BY name "
                                        "LIMIT ?", (after, prefix, prefix + LAST_CHARACTER, limit))
        return [_share(row) for row in rows]

    def share(self, name: str) -> Share | None:
        row = self._connection.execute("SELECT * FROM shares WHERE name = ?", (name,)).fetchone()
        return _share(row) if row else None

    def create_share(self, name: str, quota: int, metadata: Mapping[str, str]) -> None:
        self._connection.execute("INSERT INTO shares (name, changed, quota, metadata) VALUES (?, ?, ?, ?)",
                                 (name, self._tick(), quota, json.dumps(dict(metadata))))

    def change_share(self, share: Share, quota: int, metadata: Mapping[str, str]) -> None:
        self._connection.execute("UPDATE shares SET changed = ?, quota = ?, metadata = ? WHERE number = ?",
                                 (self._tick(), quota, json.dumps(dict(metadata)), share.number))

    def delete_share(self, share: Share) -> None:
        """The share and all in it."""
        rows = self._connection.execute("SELECT number FROM entries WHERE share = ? AND size IS NOT NULL",
                                        (share.number,)).fetchall()
        with transaction(self._connection):
            self._connection.execute("DELETE FROM entries WHERE share = ?", (share.number,))
            self._connection.execute("DELETE FROM shares WHERE number = ?", (share.number,))
        for (number,) in rows:
            self.content(number).unlink(missing_ok=True)

    def find(self, share: Share, names: tuple[str, ...]) -> Entry | None:
        """What is at the end of the path of ``names``."""
        found: Entry | None = Entry(-share.number, share.number, 0, "", None, share.changed, share.changed)
        for name in names:
            found = self._child(found, name) if found and found.is_directory else None
        return found

    def children(self, parent: Entry, prefix: str, after: str, limit: int) -> list[Entry]:
        """By folded name, from behind ``after``, which is one."""
        low, high = folded(prefix), folded(prefix) + LAST_CHARACTER
        rows = self._connection.execute(
            f"SELECT {COLUMNS} FROM entries WHERE parent = ? AND folded > ? AND folded >= ? AND folded < ? "
            "ORDER BY folded LIMIT ?", (parent.number, after, low, high, limit))
        return [_entry(row) for row in rows]

    def create(self, parent: Entry, name: str, size: int | None, properties: Mapping[str, str],
               metadata: Mapping[str, str]) -> Entry:
        """A new entry, empty or all zeros, instead of the one that was there."""
        former, now = self._child(parent, name), self._tick()
        with transaction(self._connection):
            if former:
                self._connection.execute("DELETE FROM entries WHERE number = ?", (former.number,))
            row = (parent.share, parent.number, name, folded(name), size, now, now, json.dumps(dict(properties)),
                   json.dumps(dict(metadata)))
            made = self._connection.execute(
                "INSERT INTO entries (share, parent, name, folded, size, created, changed, properties, metadata)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row).lastrowid
            if size:
                self._resize(made or 0, size)
        if former:
            self.content(former.number).unlink(missing_ok=True)
        return self._again(made or 0)

    def change(self, entry: Entry, size: int | None, properties: Mapping[str, str],
               metadata: Mapping[str, str]) -> Entry:
        """Another size, properties and metadata."""
        self._connection.execute(
            "UPDATE entries SET changed = ?, size = ?, properties = ?, metadata = ? WHERE number = ?",
            (self._tick(), size, json.dumps(dict(properties)), json.dumps(dict(metadata)), entry.number))
        if size is not None and size != entry.size:
            self._resize(entry.number, size)
        return self._again(entry.number)

    def write(self, entry: Entry, offset: int, data: bytes) -> Entry:
        """Other bytes from ``offset`` on. The index goes first: content never changes under an ETag."""
        changed = self.change(entry, entry.size, entry.properties, entry.metadata)
        with self.content(entry.number).open("r+b") as content:
            content.seek(offset)
            content.write(data)
        return changed

    def delete(self, entry: Entry) -> None:
        self._connection.execute("DELETE FROM entries WHERE number = ?", (entry.number,))
        self.content(entry.number).unlink(missing_ok=True)

    def content(self, number: int) -> Path:
        """Where the bytes of a file are, once it had any."""
        return self._content / str(number)

    def _child(self, parent: Entry, name: str) -> Entry | None:
        row = self._connection.execute(f"SELECT {COLUMNS} FROM entries WHERE parent = ? AND folded = ?",
                                       (parent.number, folded(name))).fetchone()
        return _entry(row) if row else None

    def _again(self, number: int) -> Entry:
        row = self._connection.execute(f"SELECT {COLUMNS} FROM entries WHERE number = ?", (number,)).fetchone()
        return _entry(row)

    def _resize(self, number: int, size: int) -> None:
        with self.content(number).open("ab") as content:
            content.truncate(size)

    def _tick(self) -> int:
        self._last = max(self._last + 1, TICKS_AT_EPOCH + time.time_ns() // 100)
        return self._last

    def _drop_orphans(self) -> None:
        """Content that a process left behind when it was killed between content and index."""
        known = {str(number) for (number,) in self._connection.execute("SELECT number FROM entries")}
        for path in self._content.iterdir():
            if path.name not in known:
                path.unlink()


def _share(row: tuple[int, str, int, int, str]) -> Share:
    return Share(*row[:4], metadata=json.loads(row[4]))


def _entry(row: tuple[int, int, int, str, int | None, int, int, str, str]) -> Entry:
    return Entry(*row[:7], properties=json.loads(row[7]), metadata=json.loads(row[8]))
