"""The tree of an Azure Files share as one list: the service lists a folder at a time, in an order of its own."""

import re
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

from azure.core.exceptions import HttpResponseError
from azure.storage.fileshare import DirectoryProperties, FileProperties, ShareClient

from shared.application.data_ports import StoredFile

AHEAD = 8
"""So many folders are read at once."""
LARGE = 5_000
KEPT_SECONDS = 60.0
"""A folder of more entries than one answer has is not read again for the next page, for so long."""
ABSENT = frozenset({"ResourceNotFound", "ParentNotFound", "ResourceTypeMismatch", "InvalidResourceName",
                    "OutOfRangeInput"})

UNUSABLE = r'["\\:|<>*?\x00-\x1f\x7f]'
"""learn.microsoft.com/rest/api/storageservices/naming-and-referencing-shares--directories--files--and-metadata"""
NO_FOLDER = re.compile(rf"\.{{0,2}}|.*{UNUSABLE}.*", re.DOTALL)
"""Nothing is called so, and '..' in an address would lead out of the share."""

Entry = tuple[str, StoredFile | None]
"""The path of a file; of a folder, with a slash at its end, and no file."""


class ShareFolders:
    """Reads the folders of a share; safe to use from many threads."""

    def __init__(self, share: ShareClient) -> None:
        self._share = share
        self._pool = ThreadPoolExecutor(AHEAD, thread_name_prefix="share-folders")
        self._kept: tuple[tuple[str, str], float, Sequence[Entry]] | None = None

    def walk(self, prefix: str, after: str) -> Iterator[StoredFile]:
        """The files whose paths begin with ``prefix``, by path, from behind the path ``after``."""
        *folders, begin = prefix.split("/")
        if any(map(NO_FOLDER.fullmatch, folders)):
            return iter(())
        above = "/".join(folders)
        folder = f"{above}/" if above else ""
        return self._below(self._entries(folder, begin, may_be_kept=bool(after)), prefix, after)

    def _below(self, entries: Sequence[Entry], prefix: str, after: str) -> Iterator[StoredFile]:
        wanted = [entry for entry in entries if entry[0].startswith(prefix) and _is_behind(entry, after)]
        folders = self._read_ahead([path for path, file in wanted if file is None], bool(after))
        for _, file in wanted:
            if file is None:
                yield from self._below(next(folders), prefix, after)
            else:
                yield file

    def _read_ahead(self, folders: list[str], may_be_kept: bool) -> Iterator[Sequence[Entry]]:
        left, coming = iter(folders), deque[Future[Sequence[Entry]]]()

        def send(count: int) -> None:
            coming.extend(self._pool.submit(self._entries, folder, "", may_be_kept) for folder in islice(left, count))

        send(AHEAD)
        while coming:
            entries = coming.popleft().result()
            send(1)
            yield entries

    def _entries(self, folder: str, begin: str, may_be_kept: bool) -> Sequence[Entry]:
        """What is in a folder and has a name that begins so, by path; nothing when there is no such folder."""
        kept, now = self._kept, time.monotonic()
        if may_be_kept and kept and kept[0] == (folder, begin) and now < kept[1]:
            return kept[2]
        entries = self._read(folder, begin)
        if len(entries) > LARGE:
            self._kept = (folder, begin), now + KEPT_SECONDS, entries
        return entries

    def _read(self, folder: str, begin: str) -> Sequence[Entry]:
        directory = self._share.get_directory_client(folder.rstrip("/"))
        try:
            found = directory.list_directories_and_files(begin or None, include=["timestamps", "Etag"])
            return sorted(((_entry(folder, each)) for each in found), key=lambda entry: entry[0])
        except HttpResponseError as error:
            if is_absent(error):
                return []
            raise


def is_absent(error: HttpResponseError) -> bool:
    """Whether it says that there is no such file or folder, or can be none of that name."""
    return getattr(error, "error_code", None) in ABSENT


def stored(path: str, properties: FileProperties) -> StoredFile:
    """A list may leave out the quotes of an etag."""
    etag = f'"{str(properties.etag).strip(chr(34))}"'
    return StoredFile(path, int(properties.size), etag, properties.last_modified)


def _entry(folder: str, properties: DirectoryProperties | FileProperties) -> Entry:
    path = f"{folder}{properties.name}"
    return (path, stored(path, properties)) if isinstance(properties, FileProperties) else (f"{path}/", None)


def _is_behind(entry: Entry, after: str) -> bool:
    """Whether a file is behind ``after``, or a folder may have one that is."""
    path, file = entry
    return path > after or (file is None and after.startswith(path))
