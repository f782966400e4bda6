"""The way to a backend."""

from __future__ import annotations

from runspoor.errors import NotConfigured
from runspoor.transport.api import ApiTransport
from runspoor.transport.credential import Credential
from runspoor.transport.exchange import Exchange
from runspoor.transport.protocol import Transport
from runspoor.transport.retries import PATIENCE_SECONDS

__all__ = ["connect"]


def connect(url: str, credential: Credential = None, *, patience: float = PATIENCE_SECONDS) -> Transport:
    """A transport to the backend at ``url``: over httpx where it is installed, else over the standard library.

    ``credential``: a key, or what gives a bearer token for every request. ``patience``: seconds for which a request
    is repeated. Raises ``NotConfigured`` when ``url`` is no address.
    """
    if not url.startswith(("http://", "https://")):
        raise NotConfigured(f"{url!r} is not the address of a backend: it begins with https:// (or http:// on this "
                            "machine) and ends with /api.")
    return ApiTransport(url, credential, _exchange(), patience)


def _exchange() -> Exchange:
    try:
        from runspoor.transport.over_httpx import HttpxExchange
    except ImportError:
        from runspoor.transport.over_stdlib import StandardExchange
        return StandardExchange()
    return HttpxExchange()
