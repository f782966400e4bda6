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

from shared.contract.web_address import is_host, shown
from shared.domain.datastore import DatastoreKind
from shared.domain.errors import Invalid

SIGNED_FOR: Mapping[DatastoreKind, frozenset[str]] = {
    "blob": frozenset({"c"}), "share": frozenset({"s"}), "gen2": frozenset({"c", "d"})}
"""Kind -> what ``sr`` of a SAS may say: a container, a share, or a directory of a file system."""
USED: Mapping[DatastoreKind, str] = {"blob": "racwl", "share": "rcwl", "gen2": "racwl"}
"""Kind -> the rights (``sp``) by which files are listed, read and written. Whoever reads a file gets all there are."""
WHOLE: Mapping[DatastoreKind, str] = {
    "blob": "a container (sr=c)", "share": "a share (sr=s)", "gen2": "a file system (sr=c or sr=d)"}
OF_AN_ACCOUNT = {"ss", "srt"}
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
        usable = parts.scheme.lower() in ("http", "https") and is_host(parts.hostname or "") and parts.port != 0
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
    """A SAS for the whole of what the datastore is, without the question mark before it; else ``Invalid``.

    What a policy of the storage account (``si``) says of rights and times is not in its text, and not looked at.
    """
    token = sas.strip().removeprefix("?")
    fields = parse_qs(token) if TOKEN.fullmatch(token) else {}
    if "sig" not in fields or any(len(values) > 1 for values in fields.values()):
        raise Invalid("The 'sas' is none: give its text from 'sv=' or 'sp=' to 'sig=...', without an address.")
    said = {name: values[0] for name, values in fields.items()}
    if said.get("sr") not in SIGNED_FOR[kind] or said.keys() & OF_AN_ACCOUNT:
        raise Invalid(f"The 'sas' is for something else than {WHOLE[kind]}: make one for exactly that. {EVERYBODY}")
    if not set(said.get("sp", "")) <= set(USED[kind]):
        raise Invalid(f"The 'sas' permits more than listing, reading and writing files: make one with no other rights "
                      f"(sp) than {USED[kind]!r}. {EVERYBODY}")
    _check_times(said, now)
    return token


EVERYBODY = "Everybody who reads a file of the datastore gets the SAS as it is, with all that it permits."


def _check_times(said: Mapping[str, str], now: datetime) -> None:
    """What cannot be read is for the storage to judge."""
    begins, ends = _time(said.get("st")), _time(said.get("se"))
    if ends and ends < now:
        raise Invalid("The 'sas' has expired: make a new one.")
    if begins and begins > now:
        raise Invalid("The 'sas' is not good yet: its time (st) begins later. Make one that begins now.")
    if "se" not in said and "si" not in said:
        raise Invalid("The 'sas' is none: it says neither when it ends (se) nor by which policy (si).")


def _time(text: str | None) -> datetime | None:
    """A time of a SAS, which is in UTC."""
    try:
        time = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
