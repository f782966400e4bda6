"""What operations answer: headers of shares and entries, and lists in XML."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from starlette.responses import Response

from local.files.call import METADATA
from local.files.storage import TICKS_AT_EPOCH, Entry, Share

NOT_IN_XML = "\ufffe\uffff"


def etag(ticks: int) -> str:
    return f'"0x{ticks:X}"'


def moment(ticks: int) -> datetime:
    return datetime.fromtimestamp((ticks - TICKS_AT_EPOCH) / 1e7, UTC)


def iso(ticks: int) -> str:
    """With the seven digits of the service."""
    return f"{moment(ticks):%Y-%m-%dT%H:%M:%S}.{ticks % 10_000_000:07d}Z"


def versioned(changed: int) -> dict[str, str]:
    return {"etag": etag(changed), "last-modified": format_datetime(moment(changed), usegmt=True)}


def described(metadata: Mapping[str, str]) -> dict[str, str]:
    return {f"{METADATA}{name}": value for name, value in metadata.items()}


def share_headers(share: Share) -> dict[str, str]:
    return {**versioned(share.changed), **described(share.metadata), "x-ms-share-quota": str(share.quota),
            "x-ms-access-tier": "TransactionOptimized", "x-ms-enabled-protocols": "SMB"}


def system_headers(entry: Entry) -> dict[str, str]:
    """What answers to writing and reading an entry have in common."""
    changed = iso(entry.changed)
    known = {
        "file-attributes": "Directory" if entry.is_directory else "Archive", "file-creation-time": iso(entry.created),
        "file-last-write-time": changed, "file-change-time": changed,
    } | {name: value for name, value in entry.properties.items() if name.startswith("file-")}
    return {**versioned(entry.changed), **{f"x-ms-{name}": value for name, value in known.items()},
            "x-ms-file-id": str(max(entry.number, 0)), "x-ms-file-parent-id": str(max(entry.parent, 0))}


def file_headers(file: Entry) -> dict[str, str]:
    """What readers of a file get."""
    content = {name: value for name, value in file.properties.items() if not name.startswith("file-")}
    return {"content-type": "application/octet-stream", **content, **system_headers(file),
            **described(file.metadata), "x-ms-type": "File", "x-ms-server-encrypted": "true",
            "accept-ranges": "bytes"}


def listed(root: Element) -> Response:
    """A list as the body of an answer."""
    body = b'<?xml version="1.0" encoding="utf-8"?>' + ElementTree.tostring(root, "utf-8")
    return Response(body, media_type="application/xml")


def texts(parent: Element, values: Mapping[str, str]) -> None:
    """A child element for each value."""
    for name, value in values.items():
        SubElement(parent, name).text = value


def named(parent: Element, tag: str, name: str) -> None:
    """A name; quoted when it has what XML cannot carry."""
    element = SubElement(parent, tag)
    element.text = name
    if any(character in NOT_IN_XML for character in name):
        element.set("Encoded", "true")
        element.text = "".join(f"%{byte:02X}" for byte in name.encode())
