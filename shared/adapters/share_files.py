"""The files of an Azure Files share."""

import re
import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from math import inf

from azure.core.credentials import TokenCredential
from azure.core.exceptions import HttpResponseError, ResourceExistsError
from azure.storage.fileshare import ExponentialRetry, FileSasPermissions, ShareServiceClient, generate_file_sas

from shared.adapters.share_folders import UNUSABLE, ShareFolders, is_absent, stored
from shared.adapters.storage_credential import CLOCK_SKEW, DelegationKey, sdk_credential
from shared.adapters.storage_trouble import CONNECTION_SECONDS, READ_SECONDS, translated
from shared.application.data_ports import StorageTrouble, StoredFile
from shared.domain.datastore import DatastoreDefinition
from shared.domain.errors import Invalid

READ = FileSasPermissions(read=True)
WRITE = FileSasPermissions(read=True, create=True, write=True)
WRITE_AND_DELETE = FileSasPermissions(read=True, create=True, write=True, delete=True)
MADE_SECONDS = 60.0
"""A folder that was there so long ago is not made again for each file of it."""
MADE_KEPT = 10_000
REFUSED_NAME = re.compile(rf"{UNUSABLE}|\.$|^.{{256}}")


class ShareFiles:
    """``DatastoreFiles`` of a share. ``credential``: its account's key or SAS, as ``access`` says, or an identity.

    A SAS cannot be narrowed: URLs carry it as it is. Else each is for one file and one right. A share compares names
    without case, and refuses If-Match: who reads compares the answer's ETag.
    """

    def __init__(self, definition: DatastoreDefinition, credential: str | TokenCredential) -> None:
        self._definition = definition
        self._key = credential if definition.access != "sas" and isinstance(credential, str) else None
        self._sas = credential.lstrip("?") if definition.access == "sas" and isinstance(credential, str) else None
        service = ShareServiceClient(
            definition.endpoint, credential=sdk_credential(definition, credential), token_intent="backup",
            connection_timeout=CONNECTION_SECONDS, read_timeout=READ_SECONDS,
            retry_policy=ExponentialRetry(initial_backoff=1, increment_base=2, retry_total=1, random_jitter_range=1))
        self._share = service.get_share_client(definition.container)
        self._folders = ShareFolders(self._share)
        self._delegation = DelegationKey(lambda start, end: service.get_user_delegation_key(start=start, expiry=end))
        self._made: dict[str, float] = {}

    def ensure(self) -> None:
        with translated(self._definition):
            try:
                self._share.create_share()
            except ResourceExistsError:
                return

    def check(self) -> None:
        """A list needs less than the share's properties do: a SAS opens it too."""
        with translated(self._definition):
            next(iter(self._share.list_directories_and_files(results_per_page=1)), None)

    def look(self, path: str) -> StoredFile | None:
        with translated(self._definition):
            try:
                return stored(path, self._share.get_file_client(path).get_file_properties())
            except HttpResponseError as error:
                if is_absent(error):
                    return None
                raise

    def list(self, prefix: str, cursor: str | None = None, limit: int = 5000) -> tuple[list[StoredFile], str | None]:
        """The cursor is the last path: what is written or deleted meanwhile moves no other file."""
        with translated(self._definition):
            found = list(islice(self._folders.walk(prefix, cursor or ""), limit + 1))
        return found[:limit], found[limit - 1].path if len(found) > limit else None

    def read_url(self, path: str, until: datetime) -> str:
        return self._url(path, READ, until)

    def write_url(self, path: str, until: datetime, *, deletes: bool = False) -> str:
        """Raises ``Invalid`` for a path that no file of a share can have."""
        for name in path.split("/"):
            if REFUSED_NAME.search(name):
                raise Invalid(f"A file share takes no file {path[:200]!r}: rename {name[:80]!r}, without any of "
                              '" \\ : | < > * ?, a dot at the end, or more than 255 characters.')
        with translated(self._definition):
            self._make(path.rpartition("/")[0])
        return self._url(path, WRITE_AND_DELETE if deletes else WRITE, until)

    def _make(self, folder: str) -> None:
        """Have a folder, and those above it."""
        now = time.monotonic()
        if not folder or self._made.get(folder, -inf) > now - MADE_SECONDS:
            return
        try:
            self._create(folder)
        except HttpResponseError as error:
            if getattr(error, "error_code", None) != "ParentNotFound":
                raise
            self._make(folder.rpartition("/")[0])
            self._create(folder)
        if len(self._made) >= MADE_KEPT:
            self._made.clear()
        self._made[folder] = now

    def _create(self, folder: str) -> None:
        try:
            self._share.create_directory(folder)
        except ResourceExistsError as error:
            if getattr(error, "error_code", None) == "ResourceTypeMismatch":
                raise StorageTrouble(f"{folder!r} is a file there, so it cannot be a folder: choose another path."
                                     ) from None

    def _url(self, path: str, permission: FileSasPermissions, until: datetime) -> str:
        url = self._share.get_file_client(path).url
        if self._sas is not None:
            return f"{url}?{self._sas}"
        with translated(self._definition):
            return f"{url}?{self._signature(path, permission, until)}"

    def _signature(self, path: str, permission: FileSasPermissions, until: datetime) -> str:
        return generate_file_sas(
            account_name=self._definition.account,
            share_name=self._definition.container,
            file_path=path.split("/"),
            account_key=self._key,
            user_delegation_key=None if self._key else self._delegation.good_until(until),
            permission=permission,
            start=until - timedelta(days=1) if self._key else datetime.now(UTC) - CLOCK_SKEW,
            expiry=until,
        )

