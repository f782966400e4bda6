"""Files to and from a task: resource files before its command, output files after it.

With an identity the emulator itself stands for the node's managed identity and uses the storage account named for it;
without one a URL is taken as it is (a SAS works).
"""

import glob
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.blob import BlobClient, ContainerClient, ContentSettings

from local.batch.documents import Document
from local.batch.settings import Settings

DEFAULT_MODE = "0770"
_WILDCARD = re.compile(r"[*?\[]")
_CONTENT_HEADERS = {
    "x-ms-blob-content-type": "content_type",
    "x-ms-blob-content-encoding": "content_encoding",
    "x-ms-blob-content-language": "content_language",
    "x-ms-blob-cache-control": "cache_control",
    "x-ms-blob-content-disposition": "content_disposition",
}


class TransferError(Exception):
    """A file could not be moved; ``code`` is Batch's failure code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def escapes(path: str) -> bool:
    """Whether a path in a resource file would leave the task's working directory."""
    return path.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", path)


def fetch(settings: Settings, resource_files: Iterable[Document], directory: Path) -> None:
    """Download ``resourceFiles`` below ``directory``. Blocking. Raises TransferError."""
    for file in resource_files:
        try:
            _fetch(settings, file, directory)
        except ResourceNotFoundError:
            raise TransferError("BlobNotFound", f"A resource file was not found: {_place(file)}") from None
        except (AzureError, httpx.HTTPError, OSError, ValueError) as reason:
            raise TransferError("ResourceDownloadFailed", f"{type(reason).__name__} for {_place(file)}") from None


def _fetch(settings: Settings, file: Document, directory: Path) -> None:
    identity = file.get("identityReference")
    mode = int(file.get("fileMode", DEFAULT_MODE), 8)
    if url := file.get("httpUrl"):
        target = _inside(directory, file["filePath"])
        if identity:
            _download(BlobClient.from_blob_url(url, credential=_credential(settings, identity)), target)
        else:
            _get(url, target)
        target.chmod(mode)
        return
    with ContainerClient.from_container_url(
        file["storageContainerUrl"], credential=_credential(settings, identity)
    ) as source:
        for name in source.list_blob_names(name_starts_with=file.get("blobPrefix")):
            target = _inside(directory / file.get("filePath", ""), name)
            _download(source.get_blob_client(name), target)
            target.chmod(mode)


def _get(url: str, target: Path) -> None:
    with httpx.stream("GET", url, follow_redirects=True, timeout=60) as answer:
        if answer.status_code in (403, 404):
            raise TransferError(
                "BlobNotFound" if answer.status_code == 404 else "BlobAccessDenied",
                f"The answer for a resource file was {answer.status_code}: {_bare(url)}",
            )
        answer.raise_for_status()
        with target.open("wb") as sink:
            for chunk in answer.iter_bytes():
                sink.write(chunk)


def _download(blob: BlobClient, target: Path) -> None:
    with blob, target.open("wb") as sink:
        blob.download_blob(max_concurrency=4).readinto(sink)


def upload(settings: Settings, output_files: Iterable[Document], directory: Path, succeeded: bool) -> None:
    """Upload the ``outputFiles`` whose condition holds; patterns are relative to ``directory/wd``. Blocking.

    Raises TransferError after having tried them all.
    """
    wanted = {"taskcompletion", "tasksuccess" if succeeded else "taskfailure"}
    failures: list[TransferError] = []
    for output in output_files:
        if output["uploadOptions"]["uploadCondition"] in wanted:
            try:
                _upload(settings, output, directory)
            except TransferError as failure:
                failures.append(failure)
    if failures:
        raise failures[0]


def _upload(settings: Settings, output: Document, directory: Path) -> None:
    destination = output["destination"]["container"]
    place = _bare(destination["containerUrl"])
    try:
        credential = _credential(settings, destination.get("identityReference"))
        with ContainerClient.from_container_url(destination["containerUrl"], credential=credential) as container:
            for file, name in matches(output["filePattern"], destination.get("path", ""), directory):
                with file.open("rb") as content:
                    container.upload_blob(
                        name,
                        content,
                        overwrite=True,
                        max_concurrency=4,
                        content_settings=_content_settings(destination),
                    )
    except ResourceNotFoundError:
        raise TransferError(
            "FileUploadContainerNotFound",
            f"One of the specified Azure container(s) was not found while attempting to upload an output file: {place}",
        ) from None
    except (AzureError, OSError, ValueError) as reason:
        raise TransferError(
            "FileUploadMiscError", f"{type(reason).__name__} while uploading output files to {place}"
        ) from None


def matches(pattern: str, path: str, directory: Path) -> Iterable[tuple[Path, str]]:
    """Files that ``pattern`` means and the blob each becomes.

    Without a wildcard ``path`` is the blob's name; with one it is the virtual directory, and the part of the pattern
    before the first wildcard's directory is not repeated. Files outside the task's directory are never taken.
    """
    work = directory / "wd"
    wild = _WILDCARD.search(pattern)
    start = work / pattern[: wild.start()].rpartition("/")[0] if wild else work
    for found in sorted(glob.glob(pattern, root_dir=work, recursive=True, include_hidden=True)):
        file = work / found
        if file.is_file() and file.resolve().is_relative_to(directory.resolve()):
            below = file.resolve().relative_to(start.resolve()).as_posix() if wild else ""
            yield file, "/".join(part for part in (path.strip("/"), below) if part) or file.name


def _content_settings(destination: Document) -> ContentSettings:
    headers = {header["name"].lower(): header.get("value") for header in destination.get("uploadHeaders", ())}
    return ContentSettings(**{setting: headers[name] for name, setting in _CONTENT_HEADERS.items() if name in headers})


def _credential(settings: Settings, identity: Document | None) -> dict[str, str] | None:
    """The account name and key that stand in for an identity."""
    if identity is None:
        return None
    connection = settings.connection_string(resource_id := identity.get("resourceId", ""))
    if connection is None:
        raise TransferError("BlobAccessDenied", f"The pool has no identity {resource_id}")
    parts = dict(part.split("=", 1) for part in connection.split(";") if "=" in part)
    return {"account_name": parts["AccountName"], "account_key": parts["AccountKey"]}


def _inside(directory: Path, name: str) -> Path:
    target = directory / name
    if not target.resolve().is_relative_to(directory.resolve()):
        raise TransferError("ResourceFileInvalid", f"A resource file would leave the working directory: {name}")
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _place(file: Document) -> str:
    return _bare(file.get("httpUrl") or file.get("storageContainerUrl") or "")


def _bare(url: str) -> str:
    """A URL without its query: a SAS must not reach an error text."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
