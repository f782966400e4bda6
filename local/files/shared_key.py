"""The shared key signature of a request
(learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key)."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from urllib.parse import unquote

SIGNED = ("content-encoding", "content-language", "content-length", "content-md5", "content-type", "date",
          "if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range")

Sort = Callable[[str], tuple[str, str]]


def is_signed(account: str, key: bytes, method: str, raw_path: str, query: str, headers: Mapping[str, str]) -> bool:
    """Whether ``Authorization`` holds the signature that ``key`` gives this request."""
    given = headers.get("authorization", "").encode()
    texts = {_text(account, method, raw_path, query, headers, sort) for sort in (_plain, _by_words)}
    return any(hmac.compare_digest(f"SharedKey {account}:{sign(key, text)}".encode(), given) for text in texts)


def sign(key: bytes, text: str) -> str:
    """The HMAC-SHA256 of a text, in base64."""
    return base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()


def _plain(name: str) -> tuple[str, str]:
    return name, ""


def _by_words(name: str) -> tuple[str, str]:
    """The service, and the SDKs with it, sort by a culture in which a hyphen counts only between equal names."""
    return name.replace("-", ""), name


def _text(account: str, method: str, raw_path: str, query: str, headers: Mapping[str, str], sort: Sort) -> str:
    values = [headers.get(name, "") for name in SIGNED]
    if values[2] == "0":
        values[2] = ""
    own = sorted((name for name in headers if name.startswith("x-ms-")), key=sort)
    parameters = sorted((name.lower(), unquote(value)) for name, _, value in
                        (pair.partition("=") for pair in query.split("&") if pair))
    return "\n".join([
        method,
        *values,
        *(f"{name}:{headers[name].strip()}" for name in own),
        f"/{account}{raw_path}",
        *(f"{name}:{value}" for name, value in parameters),
    ])
