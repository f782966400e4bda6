"""SQLite files of the emulators: each belongs to one process, which uses it from its event loop only.

WAL with synchronous=NORMAL loses nothing when the process is killed (only when the machine loses power).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STATEMENTS_KEPT = 512


def opened(path: Path, script: str) -> sqlite3.Connection:
    """The file, after ``script``. A second process on it is refused with SystemExit."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=1, check_same_thread=False,
                                 cached_statements=STATEMENTS_KEPT)
    try:
        connection.executescript(
            f"PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {script}")
    except sqlite3.OperationalError as error:
        raise SystemExit(f"Cannot open {path} ({error}): does another emulator run?") from error
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Everything inside happens, or nothing. Transactions do not nest."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
