"""Operations on shares."""

from xml.etree.ElementTree import Element, SubElement

from starlette.responses import Response

from local.files.answers import described, etag, listed, share_headers, texts, versioned
from local.files.call import Call, marker
from local.files.errors import FilesError
from local.files.names import share_name

LARGEST_QUOTA = 102_400
QUOTA = "x-ms-share-quota"


def list_all(call: Call) -> Response:
    prefix, after, size = call.page()
    found = call.storage.shares(prefix, after, size + 1)
    root = Element("EnumerationResults", ServiceEndpoint=call.endpoint)
    texts(root, {"Prefix": prefix, "Marker": call.query.get("marker", ""), "MaxResults": str(size)})
    shares = SubElement(root, "Shares")
    for share in found[:size]:
        element = SubElement(shares, "Share")
        texts(element, {"Name": share.name})
        texts(SubElement(element, "Properties"), {"Last-Modified": versioned(share.changed)["last-modified"],
                                                  "Etag": etag(share.changed), "Quota": str(share.quota)})
        if "metadata" in call.query.get("include", ""):
            texts(SubElement(element, "Metadata"), share.metadata)
    texts(root, {"NextMarker": marker(found[size - 1].name) if len(found) > size else ""})
    return listed(root)


def create(call: Call) -> Response:
    if call.storage.share(share_name(call.share_name)):
        raise FilesError("ShareAlreadyExists")
    call.storage.create_share(call.share_name, _quota(call, LARGEST_QUOTA), call.metadata())
    return Response(status_code=201, headers=versioned(call.share().changed))


def properties(call: Call) -> Response:
    return Response(headers=share_headers(call.share()))


def metadata(call: Call) -> Response:
    share = call.share()
    return Response(headers={**versioned(share.changed), **described(share.metadata)})


def set_metadata(call: Call) -> Response:
    share = call.share()
    call.storage.change_share(share, share.quota, call.metadata())
    return Response(headers=versioned(call.share().changed))


def set_properties(call: Call) -> Response:
    share = call.share()
    call.storage.change_share(share, _quota(call, share.quota), share.metadata)
    return Response(headers=versioned(call.share().changed))


def delete(call: Call) -> Response:
    call.storage.delete_share(call.share())
    return Response(status_code=202)


def _quota(call: Call, default: int) -> int:
    quota = call.number(QUOTA) if QUOTA in call.headers else default
    if not 1 <= quota <= LARGEST_QUOTA:
        raise FilesError("InvalidHeaderValue", f"{QUOTA} must be from 1 to {LARGEST_QUOTA}.")
    return quota
