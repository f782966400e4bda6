"""The files of datastores for callers: pages with URLs to read them, and URLs to write some."""

from concurrent.futures import ThreadPoolExecutor

from shared.application import datastores
from shared.application.backend import Backend
from shared.application.content import UPLOAD_TIME
from shared.application.data_ports import StoredFile
from shared.application.files import LINK_LIFETIME
from shared.application.paths import check_tree, confined, plain
from shared.application.stored import PARALLEL_LOOKS
from shared.contract.datastores import DatastoreFile, DatastoreFiles, FileUploads, FileUploadsRequest
from shared.domain import limits
from shared.domain.errors import Invalid

LONGEST_CURSOR = 2_000


def page(backend: Backend, name: str, prefix: str, limit: int, cursor: str | None) -> DatastoreFiles:
    """A page of the files whose paths begin with ``prefix``, each with a URL good for 15 minutes."""
    if len(prefix) > limits.PATH_CHARACTERS or not plain(prefix):
        raise Invalid(f"No path begins with {prefix[:80]!r}: give at most {limits.PATH_CHARACTERS} characters, none of "
                      "them a control character.")
    if cursor is not None and (len(cursor) > LONGEST_CURSOR or not plain(cursor)):
        raise Invalid("The parameter 'cursor' is not the 'next' of a page of these files: begin without one.")
    opened = datastores.opened(backend, name)
    until = backend.clock() + LINK_LIFETIME

    def shown(file: StoredFile) -> DatastoreFile:
        return DatastoreFile(path=file.path, url=opened.read_url(file.path, until), size=file.size, etag=file.etag,
                             modified=file.modified)

    files, following = opened.list(prefix, cursor or None, limit)
    return DatastoreFiles(value=[shown(file) for file in files], next=following)


def uploads(backend: Backend, name: str, request: FileUploadsRequest) -> FileUploads:
    """URLs, good for an hour, by which exactly these files can be written."""
    paths = [confined(path) for path in request.paths]
    check_tree(paths)
    definition, opened = datastores.resolved(backend, name)
    until = backend.clock() + UPLOAD_TIME
    with ThreadPoolExecutor(PARALLEL_LOOKS) as pool:
        urls = pool.map(lambda path: opened.write_url(path, until), paths)
        return FileUploads(kind=definition.kind, urls=dict(zip(paths, urls, strict=True)), expires_at=until)
