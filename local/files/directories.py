"""Operations on directories."""

from xml.etree.ElementTree import Element, SubElement

from starlette.responses import Response

from local.files.answers import described, etag, iso, listed, named, system_headers, texts, versioned
from local.files.call import SYSTEM, Call, marker
from local.files.errors import FilesError
from local.files.names import folded
from local.files.storage import Entry


def create(call: Call) -> Response:
    if not call.names:
        raise FilesError("ResourceAlreadyExists")
    parent, there = call.parent(), call.there()
    if there:
        raise FilesError("ResourceAlreadyExists" if there.is_directory else "ResourceTypeMismatch")
    made = call.storage.create(parent, call.names[-1], None, call.properties(SYSTEM), call.metadata())
    return Response(status_code=201, headers=system_headers(made))


def properties(call: Call) -> Response:
    found = call.directory()
    return Response(headers={**system_headers(found), **described(found.metadata), "x-ms-server-encrypted": "true"})


def metadata(call: Call) -> Response:
    found = call.directory()
    return Response(headers={**versioned(found.changed), **described(found.metadata)})


def set_metadata(call: Call) -> Response:
    found = _inner(call)
    changed = call.storage.change(found, None, found.properties, call.metadata())
    return Response(headers=versioned(changed.changed))


def set_properties(call: Call) -> Response:
    found = _inner(call)
    changed = call.storage.change(found, None, {**found.properties, **call.properties(SYSTEM)}, found.metadata)
    return Response(headers=system_headers(changed))


def delete(call: Call) -> Response:
    found = _inner(call)
    if call.storage.children(found, "", "", 1):
        raise FilesError("DirectoryNotEmpty")
    call.storage.delete(found)
    return Response(status_code=202)


def list_entries(call: Call) -> Response:
    """One level of the hierarchy, files and directories together, by name."""
    directory, (prefix, after, size) = call.directory(), call.page()
    found = call.storage.children(directory, prefix, after, size + 1)
    root = Element("EnumerationResults", ServiceEndpoint=call.endpoint, ShareName=call.share_name,
                   DirectoryPath="/".join(call.names))
    named(root, "Prefix", prefix)
    texts(root, {"Marker": call.query.get("marker", ""), "MaxResults": str(size)})
    entries = SubElement(root, "Entries")
    wanted = call.query.get("include", "").lower()
    for entry in found[:size]:
        _list(entries, entry, wanted)
    texts(root, {"NextMarker": marker(folded(found[size - 1].name)) if len(found) > size else "",
                 "DirectoryId": str(max(directory.number, 0))})
    return listed(root)


def _list(entries: Element, entry: Entry, wanted: str) -> None:
    element = SubElement(entries, "Directory" if entry.is_directory else "File")
    texts(element, {"FileId": str(entry.number)})
    named(element, "Name", entry.name)
    shown = SubElement(element, "Properties")
    if entry.size is not None:
        texts(shown, {"Content-Length": str(entry.size)})
    headers = system_headers(entry)
    if "timestamps" in wanted:
        texts(shown, {
            "CreationTime": headers["x-ms-file-creation-time"], "LastAccessTime": iso(entry.changed),
            "LastWriteTime": headers["x-ms-file-last-write-time"], "ChangeTime": headers["x-ms-file-change-time"],
            "Last-Modified": headers["last-modified"]})
    if "etag" in wanted:
        texts(shown, {"Etag": etag(entry.changed)})
    if "attributes" in wanted:
        texts(element, {"Attributes": headers["x-ms-file-attributes"]})


def _inner(call: Call) -> Entry:
    """A directory that is not the root, which nobody may change."""
    if not call.names:
        raise FilesError("InvalidResourceName", "The root of a share cannot be changed.")
    return call.directory()
