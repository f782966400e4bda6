"""Addresses of storage accounts and credentials for them: which can be kept with a datastore, and in which form.

No refusal repeats a credential, or what stands where one could.
"""

import base64
import binascii
import ipaddress
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from shared.contract.web_address import shown
from shared.domain.datastore import DatastoreKind
from shared.domain.errors import Invalid

SIGNED_FOR: Mapping[DatastoreKind, frozenset[str]] = {
    "blob": frozenset({"c"}), "share": frozenset({"s"}), "gen2": frozenset({"c", "d"})}
"""Kind -> what ``sr`` of a SAS may say: a container, a share, or a directory of a file system."""
TOKEN = re.compile(r"[A-Za-z0-9%&=._~:+/,*-]+")


def checked_endpoint(url: str, kind: DatastoreKind) -> str:
    """The address of an account's service, in lower case and without a slash at the end; else ``Invalid``.

    For a Data Lake that of its blob service, by which it is opened.
    """
    parts = urlsplit(_web_address(url))
    if parts.query or parts.fragment or parts.username is not None or parts.password is not None:
        raise Invalid(f"The endpoint {shown(url)!r} has more than an address: leave out user, password, query and "
                      "fragment; a SAS is given as 'sas'.")
    if parts.scheme.lower() == "http" and not _is_loopback(parts.hostname or ""):
        raise Invalid(f"The endpoint {shown(url)!r} is not encrypted: use https://. Only storage on this machine is "
                      "reached by http://.")
    address = f"{parts.scheme}://{parts.netloc}".lower() + parts.path.rstrip("/")
    return address.replace(".dfs.", ".blob.", 1) if kind == "gen2" else address


def _web_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme.lower() in ("http", "https") and parts.hostname and (parts.port or True)
    except ValueError:
        usable = False
    if not usable or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise Invalid(f"The endpoint {shown(url)!r} is not a web address: give one such as "
                      "https://account.blob.core.windows.net, or none.")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked_key(key: str) -> str:
    """An account key; else ``Invalid``."""
    try:
        if base64.b64decode(key.strip(), validate=True):
            return key.strip()
    except (binascii.Error, ValueError):
        pass
    raise Invalid("The 'account_key' is none: copy it from the account's access keys; it is base64 text.") from None


def checked_sas(sas: str, kind: DatastoreKind, now: datetime) -> str:
    """A SAS for the whole of what the datastore is, without the question mark before it; else ``Invalid``."""
    token = sas.strip().removeprefix("?")
    fields = parse_qs(token) if TOKEN.fullmatch(token) else {}
    if "sig" not in fields:
        raise Invalid("The 'sas' is none: give its text from 'sv=' or 'sp=' to 'sig=...', without an address.")
    if fields.get("sr", [""])[0] not in SIGNED_FOR[kind]:
        raise Invalid(f"The 'sas' is for something else than {WHOLE[kind]}: make one for exactly that. Everybody who "
                      "reads the datastore gets it as it is, so one for the account or for a file is not taken.")
    if (ends := fields.get("se", [""])[0]) and _past(ends, now):
        raise Invalid("The 'sas' has expired: make a new one.")
    return token


WHOLE: Mapping[DatastoreKind, str] = {
    "blob": "a container (sr=c)", "share": "a share (sr=s)", "gen2": "a file system (sr=c or sr=d)"}


def _past(ends: str, now: datetime) -> bool:
    """Whether a time of a SAS, which is in UTC, has passed; what cannot be read is for the storage to judge."""
    try:
        end = datetime.fromisoformat(ends)
    except ValueError:
        return False
    return (end if end.tzinfo else end.replace(tzinfo=UTC)) < now
