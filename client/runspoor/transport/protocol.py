"""What a transport does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol, Union

from runspoor.transport.exchange import Answer, Body

__all__ = ["LARGEST_PAGE", "Json", "Query", "Transport"]

Json = object
Query = Mapping[str, Union[str, int, None]]
LARGEST_PAGE = 100


class Transport(Protocol):
    """Requests to the API below ``url``, and to the URLs it gives out, which are shown no credential.

    Safe to use from many threads and in forks. What cannot be reached or is busy is tried again, as ``retries`` says;
    whatever else goes wrong is one of ``runspoor.errors``.
    """

    @property
    def url(self) -> str:
        """The address of the API, without a slash at its end."""

    def get(self, path: str, query: Query | None = None) -> Answer:
        """Read from the API. Parts of ``path`` are quoted by the caller; values of ``query`` that are None left out."""

    def pages(self, path: str, query: Query | None = None, *, cursor: str = "cursor",
              start: str | None = None) -> Iterator[Any]:
        """The items of all pages, read as they are needed; ``cursor`` is the parameter that goes on, from ``start``."""

    def write(self, method: str, path: str, body: Json = None, key: str | None = None) -> Answer:
        """Write to the API. All tries carry the same Idempotency-Key, so that at most one of them takes effect."""

    def upload(self, url: str, data: Body) -> None:
        """Store a blob, all of it or nothing, at a URL that the API gave out. A path is read while it is sent."""

    def download(self, url: str) -> AbstractContextManager[Iterator[bytes]]:
        """The bytes behind a URL that the API gave out, in pieces. A broken connection is made again, and continued."""

    def close(self) -> None:
        """Let go of the connections."""
