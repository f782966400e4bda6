"""One request to an operation: what it is about, and what its headers say."""

from collections.abc import Mapping
from dataclasses import dataclass

from local.files.errors import FilesError
from local.files.sas import Right
from local.files.storage import Entry, Share, Storage

METADATA = "x-ms-meta-"
CONTENT = ("content-type", "content-encoding", "content-language", "content-disposition", "cache-control",
           "content-md5")
"""Properties that a caller sets as ``x-ms-...`` and readers get as headers."""
SYSTEM = ("file-attributes", "file-creation-time", "file-last-write-time", "file-change-time")
WORDS = ("now", "preserve", "none")
"""Stand for a time or attributes that the service chooses."""


@dataclass(frozen=True)
class Call:
    """``names``: the path within the share; ``key``: the account's. ``headers`` and ``query`` have small names."""

    storage: Storage
    key: bytes
    right: Right
    share_name: str
    names: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    endpoint: str

    def share(self) -> Share:
        """The share of the path. Raises ShareNotFound."""
        found = self.storage.share(self.share_name)
        if found is None:
            raise FilesError("ShareNotFound")
        return found

    def parent(self) -> Entry:
        """The directory that is to hold what the path names. Raises ParentNotFound."""
        found = self.storage.find(self.share(), self.names[:-1])
        if found is None or not found.is_directory:
            raise FilesError("ParentNotFound")
        return found

    def there(self) -> Entry | None:
        return self.storage.find(self.share(), self.names)

    def file(self) -> Entry:
        """The file of the path. Raises ResourceNotFound."""
        found = self.there()
        if found is None or found.is_directory:
            raise FilesError("ResourceNotFound")
        return found

    def directory(self) -> Entry:
        """The directory of the path. Raises ResourceNotFound."""
        found = self.there()
        if found is None or not found.is_directory:
            raise FilesError("ResourceNotFound")
        return found

    def metadata(self) -> dict[str, str]:
        return {name[len(METADATA):]: value for name, value in self.headers.items() if name.startswith(METADATA)}

    def properties(self, names: tuple[str, ...]) -> dict[str, str]:
        """Those of ``names`` that the request sets."""
        found = {name: self.headers.get(f"x-ms-{name}", "") for name in names}
        return {name: value for name, value in found.items() if value and value.lower() not in WORDS}

    def number(self, name: str) -> int:
        """A header that is a number and must be there."""
        text = self.headers.get(name)
        if text is None:
            raise FilesError("MissingRequiredHeader", f"{name} is missing.")
        if not text.isdecimal():
            raise FilesError("InvalidHeaderValue", f"{name} must be a number of bytes.")
        return int(text)

    def page(self) -> tuple[str, str, int]:
        """What a list is asked for: prefix, the item to go on behind, and the size of a page."""
        text = self.query.get("maxresults", str(MOST_RESULTS))
        if not text.isdecimal() or int(text) < 1:
            raise FilesError("InvalidQueryParameterValue", f"maxresults must be from 1 to {MOST_RESULTS}.")
        return self.query.get("prefix", ""), _after(self.query.get("marker", "")), min(int(text), MOST_RESULTS)


MOST_RESULTS = 5000


def _after(marker: str) -> str:
    try:
        return bytes.fromhex(marker).decode()
    except ValueError as error:
        raise FilesError("InvalidQueryParameterValue", "marker is not the NextMarker of a page.") from error


def marker(after: str) -> str:
    """What a page says so that the next one begins behind ``after``: opaque, and good in a URL."""
    return after.encode().hex()
