"""Runs a compiled query page by page.

A continuation token holds the sort key of the last row of the page (keyset), so a page costs the same however deep
it is, and documents inserted meanwhile neither repeat nor hide others. DISTINCT and GROUP BY continue at an offset.
"""

import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from local.cosmos.errors import bad_request
from local.cosmos.query.compiler import Plan
from local.cosmos.query.statements import Scope, Statement
from local.cosmos.storage import Storage

MAX_PAGE_BYTES = 4 * 1024 * 1024
MAX_TOKEN_BYTES = 16 * 1024


@dataclass(frozen=True)
class Page:
    """Results as JSON texts, and the token of the next page or None after the last."""

    results: list[str]
    continuation: str | None


@dataclass(frozen=True)
class Continuation:
    """Where a page ended: after the sort key of its last row, or at an offset; ``left`` of the limit."""

    fingerprint: int
    left: int | None
    offset: int = 0
    after: list[object] | None = None

    def encode(self) -> str:
        text = json.dumps([self.fingerprint, self.left, self.offset, self.after], separators=(",", ":"))
        if len(text) > MAX_TOKEN_BYTES:
            raise bad_request("The results cannot be paged in this order: a sorted value is too long for a token.")
        return urlsafe_b64encode(text.encode()).decode()

    @staticmethod
    def decode(token: str, fingerprint: int, width: int) -> "Continuation":
        """Read a token of this very query; 400 for any other."""
        try:
            mark, left, offset, after = json.loads(urlsafe_b64decode(token.encode()))
        except (ValueError, TypeError) as error:
            raise bad_request("The continuation token is malformed.") from error
        if not isinstance(offset, int) or not isinstance(left, int | None) or not isinstance(after, list | None):
            raise bad_request("The continuation token is malformed.")
        found = Continuation(mark, left, offset, after)
        if found.fingerprint != fingerprint or (found.after is not None and len(found.after) != width):
            raise bad_request("The continuation token belongs to another query.")
        return found


def fingerprint(query: str, scope: Scope) -> int:
    return zlib.crc32(f"{query}\0{scope}".encode())


def run(storage: Storage, table: str, plan: Plan, scope: Scope, query: str, token: str | None, page_size: int) -> Page:
    """One page of at most ``page_size`` results and 4 MB."""
    mark = fingerprint(query, scope)
    start = Continuation(mark, plan.limit, plan.offset)
    if token is not None:
        start = Continuation.decode(token, mark, len(plan.sorts))
    size = page_size if start.left is None else min(page_size, start.left)
    results: list[str] = []
    total, read, last = 0, 0, None
    for row in _rows(storage, Statement(table, plan, scope), start, size + 1):
        result = plan.selection.result(row)
        if read == size or (results and total + len(result or "") > MAX_PAGE_BYTES):
            more = start.left is None or start.left > read
            return Page(results, _next(start, read, last, plan).encode() if more else None)
        read, last = read + 1, row
        if result is not None:
            results.append(result)
            total += len(result)
    return Page(results, None)


def _rows(storage: Storage, statement: Statement, start: Continuation, count: int) -> Iterator[tuple[Any, ...]]:
    """Up to ``count`` rows from where the last page ended: the columns, then the sort key."""
    for text, values in statement.texts(start.after):
        limit = f" LIMIT :v{len(values) + 1} OFFSET :v{len(values) + 2}"
        for row in storage.execute_numbered(text + limit, [*values, count, start.offset]):
            yield row
            count -= 1
        if count <= 0:
            return


def _next(start: Continuation, read: int, last: tuple[Any, ...] | None, plan: Plan) -> Continuation:
    left = None if start.left is None else start.left - read
    if plan.keyset and last is not None:
        return Continuation(start.fingerprint, left, after=list(last[len(plan.selection.columns):]))
    return Continuation(start.fingerprint, left, offset=start.offset + read)
