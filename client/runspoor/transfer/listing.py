"""Files as the backend lists them, with URLs that are listed anew when they have run out."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any, Callable

from runspoor.errors import NotFound
from runspoor.transfer.download import Remote

__all__ = ["Listing"]


class Listing:
    """``pages`` gives all files, each with ``path``, ``url`` and what else is known of it: ``size``, ``etag``..."""

    def __init__(self, pages: Callable[[], Iterable[Mapping[str, Any]]]) -> None:
        self._pages = pages
        self._urls: dict[str, str] = {}
        self._lock = threading.Lock()

    def files(self) -> list[Remote]:
        """All of them, in order."""
        found = [Remote(each["path"], each["url"], each.get("size"), each.get("etag"), each.get("sha256"))
                 for each in self._pages()]
        self._urls = {each.path: each.url for each in found}
        return found

    def renewed(self, path: str, refused: str) -> str:
        """Another URL than ``refused`` for a file. Raises NotFound when it is there no more."""
        # Once the first has run out all soon have: one look brings new ones for the rest.
        with self._lock:
            if self._urls.get(path, refused) == refused:
                self.files()
            if path not in self._urls:
                raise NotFound(404, f"There is no file {path!r} any more.")
            return self._urls[path]
