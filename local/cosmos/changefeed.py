"""The change feed in latest-version mode: documents in order of their last write.

A position is an lsn written as an etag (``"12"``): everything up to it was delivered. A document that is written
again moves to the tail; a deleted one vanishes. The container is one physical partition, range 0, from EPK "" to "FF".
"""

import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from local.cosmos.containers import Container
from local.cosmos.errors import bad_request
from local.cosmos.query.pages import MAX_PAGE_BYTES
from local.cosmos.query.statements import Scope
from local.cosmos.storage import Storage

NOW = "*"


@dataclass(frozen=True)
class Changes:
    """Documents as JSON texts (none: 304) and the position after them."""

    documents: list[str]
    position: str


def read_changes(storage: Storage, container: Container, scope: Scope, after: str | None, since: str | None,
                 count: int) -> Changes:
    """Up to ``count`` documents written after a position (None: the beginning, ``*``: now) or since an HTTP date."""
    if after == NOW:
        return Changes([], f'"{container.last_lsn(storage)}"')
    start = _lsn(after)
    where = ["lsn > ?", "expires > ?"]
    values: list[object] = [start, time.time()]
    if since is not None:
        where.append("ts >= ?")
        values.append(_seconds(since))
    if scope.key is not None:
        where.append("pk = ?")
        values.append(scope.key)
    if scope.epk_range is not None:
        where.append("epk >= ? AND epk < ?")
        values += scope.epk_range
    rows = storage.execute(f"SELECT lsn, body FROM {container.table} WHERE {' AND '.join(where)} ORDER BY lsn LIMIT ?",
                           *values, count)
    documents: list[str] = []
    total = 0
    for lsn, body in rows:
        if documents and total + len(body) > MAX_PAGE_BYTES:
            break
        documents.append(f'{body[:-1]},"_lsn":{lsn}}}')
        total += len(body)
        start = lsn
    # A drained feed moves on past what was filtered out or deleted, so that it need not be read again.
    return Changes(documents, f'"{start if documents else max(start, container.last_lsn(storage))}"')


def _lsn(position: str | None) -> int:
    if position is None:
        return 0
    try:
        return int(position.strip('"'))
    except ValueError as error:
        raise bad_request(f"The change feed continuation {position} is malformed.") from error


def _seconds(date: str) -> int:
    try:
        return int(parsedate_to_datetime(date).timestamp())
    except ValueError as error:
        raise bad_request(f"If-Modified-Since is not an HTTP date: {date!r}.") from error
