"""The backend of a command."""

from __future__ import annotations

from urllib.parse import quote

from runspoor.client import Client
from runspoor.errors import NotConfigured
from runspoor.sdk.exceptions import UserErrorException
from runspoor.transport import connect

__all__ = ["PATIENCE_SECONDS", "part", "session"]

PATIENCE_SECONDS = 20.0
"""Somebody sits there and waits."""


def session() -> Client:
    """A client of the backend that the environment or config.json names.

    Raises NotConfigured when none does, AuthenticationException when there is no key.
    """
    from runspoor.sdk.connection import connection

    try:
        found = connection()
    except UserErrorException as error:
        raise NotConfigured(error.message) from error
    return Client.over(connect(found.url, found.credential, patience=PATIENCE_SECONDS))


def part(name: str) -> str:
    """A name as a part of an address."""
    return quote(name, safe="")
