"""Shared access signatures: of an account, a share or one file, by its key or an identity
(learn.microsoft.com/rest/api/storageservices/create-service-sas and .../create-account-sas)."""

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from local.files.errors import FilesError
from local.files.shared_key import sign

OVERRIDES = ("rscc", "rscd", "rsce", "rscl", "rsct")
NOT_CHECKED = {"si": "stored access policies", "sip": "addresses", "sduoid": "delegated users"}
DELEGATION = ("skoid", "sktid", "skt", "ske", "sks", "skv")
EVERYTHING = "rcwdl"


@dataclass(frozen=True)
class Right:
    """What the caller of a request may do: letters of ``permissions``, on resources of ``types`` (account SAS).

    ``file``: the path (share first) that alone it is for; ``share``: the share that alone it is for. ``owner``: object
    and tenant of the identity that asks.
    """

    permissions: str = EVERYTHING
    types: str = "sco"
    share: str | None = None
    file: str | None = None
    owner: tuple[str, str] | None = None

    def allows(self, letters: str) -> bool:
        """Whether one of ``letters`` is permitted."""
        return any(letter in self.permissions for letter in letters)


def right(account: str, key: bytes, query: Mapping[str, str], path: str) -> Right:
    """What the signature in ``query`` permits for ``path`` (decoded, share first). AuthenticationFailed otherwise."""
    for name, what in NOT_CHECKED.items():
        if name in query:
            raise FilesError("AuthenticationFailed", f"This emulator does not know {what} ({name}).")
    if "ss" in query:
        _compare(key, _account_text(account, query), query)
        found = Right(query.get("sp", ""), query.get("srt", ""))
    else:
        found = _of_resource(account, key, query, path)
    _check_time(query)
    if query.get("spr") == "https":
        raise FilesError("AuthorizationProtocolMismatch")
    if "f" not in query.get("ss", "f"):
        raise FilesError("AuthorizationServiceMismatch")
    return found


def _of_resource(account: str, key: bytes, query: Mapping[str, str], path: str) -> Right:
    share = path.partition("/")[0]
    match query.get("sr"):
        case "s":
            signed, found = share, Right(query.get("sp", ""), "o", share=share)
        case "f":
            signed, found = path, Right(query.get("sp", ""), "o", share=share, file=path)
        case _:
            raise FilesError("AuthenticationFailed", "'sr' must be 'f' or 's'.")
    if "skoid" in query:
        key = base64.b64decode(delegation_key(key, query))
    _compare(key, _resource_text(account, signed, query), query)
    return found


def delegation_key(key: bytes, query: Mapping[str, str]) -> str:
    """The user delegation key that was given for these fields: made of them, so that it need not be kept."""
    return sign(key, "\n".join(query.get(name, "") for name in DELEGATION))


def _resource_text(account: str, path: str, query: Mapping[str, str]) -> str:
    signed_by = (*DELEGATION, "skdutid", "sduoid") if "skoid" in query else ("si",)
    fields = [query.get(name, "") for name in ("sp", "st", "se")]
    rest = [query.get(name, "") for name in (*signed_by, "sip", "spr", "sv", *OVERRIDES)]
    return "\n".join([*fields, f"/file/{account}/{path}", *rest])


def _account_text(account: str, query: Mapping[str, str]) -> str:
    names = ("sp", "ss", "srt", "st", "se", "sip", "spr", "sv", "ses")
    return "\n".join([account, *(query.get(name, "") for name in names)]) + "\n"


def _compare(key: bytes, text: str, query: Mapping[str, str]) -> None:
    if not hmac.compare_digest(sign(key, text).encode(), query.get("sig", "").encode()):
        raise FilesError("AuthenticationFailed", "Signature did not match.")


def _check_time(query: Mapping[str, str]) -> None:
    now = datetime.now(UTC)
    if "se" not in query or any(time_of(query[name]) <= now for name in ("se", "ske") if name in query):
        raise FilesError("AuthenticationFailed", "Signature not valid in the specified time frame: it has expired.")
    if any(time_of(query[name]) > now for name in ("st", "skt") if name in query):
        raise FilesError("AuthenticationFailed", "Signature not valid in the specified time frame: not yet.")


def time_of(text: str) -> datetime:
    """A time of ISO 8601. Raises AuthenticationFailed."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise FilesError("AuthenticationFailed", "Times must be of ISO 8601.") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
