"""The shared key signature of a request, as Batch checks it."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qs

SIGNED = (
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "range",
)


def is_signed(account: str, key: str, method: str, raw_path: str, query: str, headers: Mapping[str, str]) -> bool:
    """Whether ``Authorization`` holds the signature that ``key`` (base64) gives this request."""
    expected = f"SharedKey {account}:{signature(account, key, method, raw_path, query, headers)}"
    return hmac.compare_digest(expected.encode(), headers.get("authorization", "").encode())


def signature(account: str, key: str, method: str, raw_path: str, query: str, headers: Mapping[str, str]) -> str:
    values = [headers.get(name, "") for name in SIGNED]
    if method in ("GET", "HEAD"):
        values[SIGNED.index("content-length")] = ""
    service_headers = sorted((name, value) for name, value in headers.items() if name.startswith("ocp-"))
    parameters = sorted((name, given[0]) for name, given in parse_qs(query).items())
    text = "\n".join(
        (
            method,
            *values,
            *(f"{name}:{value}" for name, value in service_headers),
            f"/{account}{raw_path}",
            *(f"{name}:{value}" for name, value in parameters),
        )
    )
    digest = hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()
