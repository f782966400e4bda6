"""One HTTP request and its answer, whatever sends it."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Union

__all__ = ["CONNECT_SECONDS", "IDLE_SECONDS", "PIECE_BYTES", "READ_SECONDS", "Answer", "Body", "Broken", "Exchange",
           "Incoming", "Request", "broken"]

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
IDLE_SECONDS = 4.0
"""Servers close idle connections after 5 s (Node's default) or later: an older one would often fail the next try."""
PIECE_BYTES = 256 * 1024

Body = Union[bytes, Path]
"""A path is read while it is sent, anew in every try."""


@dataclass(frozen=True)
class Request:
    """``url`` is complete; names of ``headers`` are in lower case.

    ``read_seconds``: so long the server may be silent. None: ``READ_SECONDS``.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Body = b""
    read_seconds: float | None = None


@dataclass(frozen=True)
class Answer:
    """A whole answer. Names of ``headers`` are in lower case."""

    status: int
    reason: str
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        """The content as JSON; raises ValueError."""
        return json.loads(self.content)


@dataclass(frozen=True)
class Incoming:
    """An answer whose content still arrives. ``pieces`` raises ``Broken`` when it does not arrive whole."""

    status: int
    reason: str
    headers: Mapping[str, str]
    pieces: Iterator[bytes]

    def whole(self) -> Answer:
        return Answer(self.status, self.reason, self.headers, b"".join(self.pieces))


class Broken(Exception):
    """There was no whole answer. ``final``: another try would end the same way."""

    def __init__(self, message: str, *, final: bool = False) -> None:
        super().__init__(message)
        self.final = final


_WORDS: tuple[tuple[type[BaseException], str, bool], ...] = (
    (ssl.SSLCertVerificationError, "its certificate is not trusted", True),
    (socket.gaierror, "nobody knows a machine of that name", False),
    (ConnectionRefusedError, "it refuses connections", False),
    (ConnectionError, "the connection broke off", False),
    (socket.timeout, "it takes too long", False),
)


def broken(error: BaseException) -> Broken:
    """``Broken`` in the words for the most telling of an error and its causes."""
    chain = list(_causes(error))
    for kind, words, final in _WORDS:
        if any(isinstance(each, kind) for each in chain):
            return Broken(words, final=final)
    return Broken(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


class Exchange(Protocol):
    """Sends requests, each once; safe to use from many threads and in forks."""

    def open(self, request: Request) -> AbstractContextManager[Incoming]:
        """Send once. Raises ``Broken`` when there is no answer."""

    def close(self) -> None:
        """Let go of the connections. The exchange can be used again."""
