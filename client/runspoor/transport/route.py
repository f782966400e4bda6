"""The way to a server: straight, or through the proxy that the environment names."""

from __future__ import annotations

import http.client
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from runspoor.transport.exchange import PIECE_BYTES

__all__ = ["Route", "route_to"]


@dataclass(frozen=True)
class Route:
    """``scheme`` and ``host`` (with a port that is not the usual one) of a server, and the URL of the proxy if any."""

    scheme: str
    host: str
    proxy: str | None = None

    @property
    def headers(self) -> Mapping[str, str]:
        """What a proxy wants to be told with every request; through a tunnel it sees none."""
        return _authorization(urlsplit(self.proxy)) if self.proxy and self.scheme == "http" else {}

    def connection(self, seconds: float) -> http.client.HTTPConnection:
        """A new connection, not yet opened."""
        proxy = urlsplit(self.proxy) if self.proxy else None
        nearest = proxy.netloc.rpartition("@")[2] if proxy else self.host
        if self.scheme == "http":
            return http.client.HTTPConnection(nearest, timeout=seconds, blocksize=PIECE_BYTES)
        secure = http.client.HTTPSConnection(nearest, timeout=seconds, blocksize=PIECE_BYTES, context=_certificates())
        if proxy:
            secure.set_tunnel(self.host, headers=_authorization(proxy))
        return secure


def route_to(url: str) -> tuple[Route, str]:
    """The route to the server of a URL, and what to ask there."""
    parts = urlsplit(url)
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if proxy and not proxy_bypass(parts.netloc):
        with_scheme = proxy if "://" in proxy else f"http://{proxy}"
        return Route(parts.scheme, parts.netloc, with_scheme), url if parts.scheme == "http" else _target(parts)
    return Route(parts.scheme, parts.netloc), _target(parts)


def _target(parts: SplitResult) -> str:
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query else path


def _authorization(proxy: SplitResult) -> Mapping[str, str]:
    if proxy.username is None:
        return {}
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"proxy-authorization": f"Basic {b64encode(pair.encode()).decode()}"}


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    """Read once: it takes longer than a request."""
    return ssl.create_default_context()
