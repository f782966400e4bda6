"""Addresses of files of the web: which may be kept, and what the file is called on a node."""

import ipaddress
import re
from urllib.parse import unquote, urlsplit

from shared.domain.errors import Invalid

SECRETS = frozenset({
    "sig", "signature", "x-amz-signature", "x-amz-security-token", "x-goog-signature", "x-oss-signature",
    "access_token", "token", "api_key", "apikey", "password",
})
"""Parameters by which a URL itself is the permission: shared access signatures, presigned URLs, tokens."""
HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?", re.IGNORECASE)
"""Other names no resolver takes, and Python's raises what no HTTP library expects."""
UNUSABLE = re.compile(r"[/\\\x00-\x1f\x7f]")
"""What no part of a path on a node may have."""


def checked_url(url: str) -> str:
    """``url`` if everybody may see it and a node can fetch it; else ``Invalid`` with the reason."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise Invalid(f"{shown(url)!r} is not a web address: {error}.") from error
    if parts.scheme.lower() not in ("http", "https") or not is_host(parts.hostname or ""):
        raise Invalid(f"{shown(url)!r} is not a web address: give one that begins with https:// or http://, or put "
                      "the file into a datastore.")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise Invalid(f"{shown(url)!r} has characters that no web address has: write them as %XX.")
    if parts.username is not None or parts.password is not None or parameters(parts.query) & SECRETS:
        raise Invalid(f"{shown(url)!r} carries a secret (a signature, token or password), which would be kept with "
                      "the dataset for all to read: use a datastore, or an address that needs none.")
    return url


def is_host(name: str) -> bool:
    """Whether it can be the name or the address of a machine."""
    return HOST.fullmatch(name) is not None or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        return bool(ipaddress.ip_address(name))
    except ValueError:
        return False


def parameters(query: str) -> set[str]:
    """The names of a query's parameters, in lower case."""
    return {unquote(pair.partition("=")[0]).lower() for pair in query.replace(";", "&").split("&")}


def shown(url: str) -> str:
    """``url`` as messages may show it: without user, password, query and fragment."""
    plain = re.sub(r"[?#].*", "", url, flags=re.DOTALL)
    return re.sub(r"//[^/]*@", "//", plain)[:200]


def parts_of(url: str) -> tuple[str, ...]:
    """The places from scheme and host down to the file's name, each usable as a name on a node."""
    split = urlsplit(url)
    path = [_usable(unquote(part)) for part in split.path.split("/") if part]
    return split.scheme.lower(), _usable(split.netloc.lower()), *(path or ["index.html"])


def _usable(part: str) -> str:
    plain = UNUSABLE.sub("_", part)
    return plain if plain.strip(".") else "_" * len(plain)
