"""Operations on files: making, reading and writing them."""

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from starlette.responses import Response, StreamingResponse

from local.files.answers import described, file_headers, system_headers, versioned
from local.files.call import CONTENT, SYSTEM, Call
from local.files.errors import FilesError
from local.files.storage import Entry

LARGEST_FILE = 4 * 1024**4
RANGE_BYTES = 4 * 1024 * 1024
PIECE_BYTES = 1024 * 1024
COPY = "x-ms-copy-source"
RANGE = re.compile(r"bytes=(\d+)-(\d*)")


def create(call: Call) -> Response:
    """A file of its full length, all zeros, or with the body as its beginning."""
    _refuse_copies(call)
    if call.headers.get("x-ms-type") != "file":
        raise FilesError("MissingRequiredHeader", "x-ms-type must be 'file'.")
    size = _size(call)
    parent, there = call.parent(), call.there()
    if there and there.is_directory:
        raise FilesError("ResourceTypeMismatch")
    if there and not call.right.allows("w"):
        raise FilesError("AuthorizationPermissionMismatch")
    made = call.storage.create(parent, call.names[-1], size, call.properties((*CONTENT, *SYSTEM)), call.metadata())
    if call.body:
        _check_length(size, len(call.body))
        _check_md5(call)
        made = call.storage.write(made, 0, call.body)
    return _written(made)


def download(call: Call) -> Response:
    file = call.file()
    headers, span = file_headers(file), _asked(call, file.size or 0)
    path = call.storage.content(file.number)
    if span is None:
        return _sent(path, headers, 0, file.size or 0, 200)
    first, behind = span
    headers["content-range"] = f"bytes {first}-{behind - 1}/{file.size}"
    if whole := headers.pop("content-md5", None):
        headers["x-ms-content-md5"] = whole
    if call.headers.get("x-ms-range-get-content-md5", "").lower() == "true":
        headers["content-md5"] = _md5(_part(path, first, behind))
    return _sent(path, headers, first, behind, 206)


def properties(call: Call) -> Response:
    file = call.file()
    return Response(headers={**file_headers(file), "content-length": str(file.size)})


def metadata(call: Call) -> Response:
    file = call.file()
    return Response(headers={**versioned(file.changed), **described(file.metadata)})


def set_metadata(call: Call) -> Response:
    file = call.file()
    changed = call.storage.change(file, file.size, file.properties, call.metadata())
    return Response(headers=versioned(changed.changed))


def set_properties(call: Call) -> Response:
    """What of the content's properties is not sent is no more; the length stays unless it is sent."""
    file = call.file()
    size = _size(call) if "x-ms-content-length" in call.headers else file.size
    kept = {name: value for name, value in file.properties.items() if name in SYSTEM}
    changed = call.storage.change(file, size, {**kept, **call.properties((*CONTENT, *SYSTEM))}, file.metadata)
    return Response(headers=system_headers(changed))


def put_range(call: Call) -> Response:
    """Other bytes, or zeros, within the file's length."""
    _refuse_copies(call)
    file = call.file()
    first, last = _span(call) or (0, None)
    if last is None:
        raise FilesError("MissingRequiredHeader", "x-ms-range must be bytes=FIRST-LAST.")
    if not first <= last < (file.size or 0):
        raise FilesError("InvalidRange")
    behind = last + 1
    if call.headers.get("x-ms-write", "").lower() == "clear":
        for at in range(first, behind, RANGE_BYTES):
            file = call.storage.write(file, at, bytes(min(RANGE_BYTES, behind - at)))
        return _written(file)
    if call.headers.get("x-ms-write", "").lower() != "update":
        raise FilesError("InvalidHeaderValue", "x-ms-write must be 'update' or 'clear'.")
    _check_length(behind - first, len(call.body))
    _check_md5(call)
    answer = _written(call.storage.write(file, first, call.body))
    answer.headers["content-md5"] = _md5(call.body)
    return answer


def delete(call: Call) -> Response:
    call.storage.delete(call.file())
    return Response(status_code=202)


def _written(file: Entry) -> Response:
    return Response(status_code=201, headers={**system_headers(file), "x-ms-request-server-encrypted": "true"})


def _refuse_copies(call: Call) -> None:
    if COPY in call.headers:
        raise FilesError("NotImplemented", f"It does not copy ({COPY}): read the file and write it.")


def _size(call: Call) -> int:
    size = call.number("x-ms-content-length")
    if size > LARGEST_FILE:
        raise FilesError("OutOfRangeInput", "A file has at most 4 TiB.")
    return size


def _span(call: Call) -> tuple[int, int | None] | None:
    """The first and the last byte that a header names; none when there is no such header."""
    text = call.headers.get("x-ms-range") or call.headers.get("range")
    if not text:
        return None
    found = RANGE.fullmatch(text)
    if not found:
        raise FilesError("InvalidHeaderValue", "A range is bytes=FIRST-LAST or bytes=FIRST-.")
    return int(found[1]), int(found[2]) if found[2] else None


def _asked(call: Call, size: int) -> tuple[int, int] | None:
    """The first byte to read, and the one behind the last; none for all of them."""
    span = _span(call)
    if span is None:
        return None
    first, last = span
    if first >= size or (last is not None and last < first):
        raise FilesError("InvalidRange")
    return first, size if last is None else min(last + 1, size)


def _check_length(expected: int, came: int) -> None:
    if expected != came:
        raise FilesError("InvalidHeaderValue", f"Content-Length is {came}, and {expected} bytes are meant.")


def _check_md5(call: Call) -> None:
    given = call.headers.get("content-md5")
    if given and given != _md5(call.body):
        raise FilesError("Md5Mismatch")


def _md5(data: bytes) -> str:
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


def _part(path: Path, first: int, behind: int) -> bytes:
    if behind - first > RANGE_BYTES:
        raise FilesError("InvalidHeaderValue", "An MD5 is made of at most 4 MiB.")
    with path.open("rb") as content:
        content.seek(first)
        return content.read(behind - first)


def _sent(path: Path, headers: dict[str, str], first: int, behind: int, status: int) -> Response:
    """The file is opened now: what takes its place later does not show in this answer."""
    if behind == first:
        return Response(b"", status, headers)
    content = path.open("rb")
    content.seek(first)
    headers["content-length"] = str(behind - first)
    return StreamingResponse(_pieces(content, behind - first), status, headers)


def _pieces(content: BinaryIO, left: int) -> Iterator[bytes]:
    with content:
        while left and (piece := content.read(min(PIECE_BYTES, left))):
            left -= len(piece)
            yield piece
