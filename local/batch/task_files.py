"""Operations on the files of a task, read where the task writes them: also while it runs."""

import mimetypes
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from local.batch import workitems
from local.batch.call import Answer, Call, page
from local.batch.documents import Document, http_date, timestamp
from local.batch.errors import BatchRefusal

CHUNK = 256 * 1024


def list_all(call: Call) -> Answer:
    root = _root(call)
    found = sorted(root.rglob("*") if call.query.get("recursive", "").lower() == "true" else root.iterdir())
    return page(call, [_entry(call, root, file) for file in found])


def _entry(call: Call, root: Path, file: Path) -> Document:
    name = file.relative_to(root).as_posix()
    entry: Document = {"name": name, "url": f"{call.url(call.path)}/{quote(name)}", "isDirectory": file.is_dir()}
    if not file.is_dir():
        status = file.lstat()
        times = {"creationTime": _time(status.st_ctime), "lastModified": _time(status.st_mtime)}
        entry["properties"] = {
            **times,
            "contentLength": str(status.st_size),
            "contentType": _type(file),
            "fileMode": _mode(file),
        }
    return entry


def properties(call: Call) -> Answer:
    file = _file(call)
    return Answer(response=Response(headers=_headers(call, file, file.stat().st_size)))


def download(call: Call) -> Answer:
    """The content, or the part that ``ocp-range`` names: with status 200, as Batch does."""
    file = _file(call)
    size = file.stat().st_size
    first, end = _range(call.headers.get("ocp-range"), size)
    return Answer(
        response=StreamingResponse(
            _read(file, first, end), headers=_headers(call, file, end - first), media_type="application/octet-stream"
        )
    )


def delete(call: Call) -> Answer:
    _file(call).unlink()
    return Answer()


def _range(header: str | None, size: int) -> tuple[int, int]:
    """First byte and the byte after the last one."""
    if header is None:
        return 0, size
    match = re.fullmatch(r"bytes=(\d+)-(\d*)", header)
    if not match:
        raise BatchRefusal("InvalidHeaderValue", HeaderName="ocp-range", HeaderValue=header)
    first, end = int(match[1]), min(int(match[2]) + 1 if match[2] else size, size)
    if first >= size or end <= first:
        raise BatchRefusal("InvalidRange", FileSize=str(size))
    return first, end


def _read(file: Path, first: int, end: int) -> Iterator[bytes]:
    with file.open("rb") as source:
        source.seek(first)
        while first < end and (chunk := source.read(min(CHUNK, end - first))):
            first += len(chunk)
            yield chunk


def _root(call: Call) -> Path:
    _, task = call.task()
    node: Document | None = task.get("nodeInfo")
    root = workitems.directory(call.emulator, node["nodeId"], task) if node else None
    if root is None or not root.is_dir():
        raise BatchRefusal("TaskFilesUnavailable", TaskId=task["id"])
    return root


def _file(call: Call) -> Path:
    root = _root(call)
    file = root / call.ids["filePath"]
    if not file.resolve().is_relative_to(root.resolve()) or not file.is_file():
        raise BatchRefusal("FileNotFound", FilePath=call.ids["filePath"])
    return file


def _headers(call: Call, file: Path, length: int) -> dict[str, str]:
    status = file.stat()
    return {
        "Content-Length": str(length),
        "ocp-creation-time": http_date(_time(status.st_ctime)),
        "Last-Modified": http_date(_time(status.st_mtime)),
        "ocp-batch-file-isdirectory": "False",
        "ocp-batch-file-url": call.url(quote(call.path)),
        "ocp-batch-file-mode": _mode(file),
        "ETag": f'"0x{status.st_mtime_ns:X}"',
    }


def _mode(file: Path) -> str:
    return f"0o{file.stat(follow_symlinks=False).st_mode:o}"


def _type(file: Path) -> str:
    return mimetypes.guess_type(file.name)[0] or "application/octet-stream"


def _time(seconds: float) -> str:
    return timestamp(datetime.fromtimestamp(seconds, UTC))
