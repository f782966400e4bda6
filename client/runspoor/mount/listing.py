"""Which files there are, and by which URL each is read now: pages of a backend, or one page that is all."""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Callable, Optional

from runspoor.errors import NotAuthenticated, RunspoorError
from runspoor.mount.tree import File, Tree
from runspoor.transport import AccessFile
from runspoor.transport.api import ApiTransport
from runspoor.transport.over_stdlib import StandardExchange

FILES_PER_PAGE = 1000
PAGES_KEPT = 128
"""Pages whose URLs are kept in memory; those of others are asked for again when they are needed."""
NAMES_TOLD = 5

Page = Mapping[str, Any]
Ask = Callable[[Optional[str]], Page]


class NotListed(Exception):
    """A page cannot be had; the text says why."""


def say(text: str) -> None:
    """A line for the log of whoever started this process."""
    print(text, file=sys.stderr, flush=True)


def asking(source: Mapping[str, str], patience: float) -> Ask:
    """Asks the backend at ``url`` for the page of a cursor, by a ``key`` or the token in ``access_file``."""
    access = source.get("access_file")
    transport = ApiTransport(source["url"].rpartition("/")[0], AccessFile(access) if access else source.get("key"),
                             StandardExchange(), patience)
    last = source["url"].rpartition("/")[2]

    def ask(cursor: str | None) -> Page:
        query = {"limit": FILES_PER_PAGE, "cursor": cursor}
        try:
            try:
                return dict(transport.get(last, query).json())
            except NotAuthenticated:  # The token was renewed between reading and showing it.
                return dict(transport.get(last, query).json())
        except (RunspoorError, ValueError) as error:
            raise NotListed(str(error)) from error

    return ask


class Listing:
    """The files of ``tree`` and their URLs. ``first`` is the first page; ``ask`` (None: it is all) gives others."""

    def __init__(self, tree: Tree, first: Page, ask: Ask | None) -> None:
        self._tree, self._ask = tree, ask
        self._cursors: list[str | None] = [None]
        self._urls: OrderedDict[int, Mapping[str, str]] = OrderedDict()
        self._lock, self._asking = threading.Lock(), threading.Lock()
        self._left_out = 0
        self.trouble: str | None = None
        self.complete = threading.Event()
        self._next = self._add(first, 0)
        if self._next is None:
            self.complete.set()

    def read_on(self) -> None:
        """Read all further pages; sets ``complete``, whether they could be read (``trouble`` says) or not."""
        try:
            while self._next is not None and self._ask is not None:
                self._cursors.append(self._next)
                self._next = self._add(self._ask(self._next), len(self._cursors) - 1)
        except NotListed as error:
            self.trouble = str(error)
            say(f"The files cannot be listed any further: {error}")
        finally:
            self.complete.set()

    def _add(self, page: Page, number: int) -> str | None:
        for document in page["value"]:
            trouble = self._tree.add(document, number)
            if trouble:
                self._tell(str(document["path"]), trouble)
        self._keep(number, page)
        following = page.get("next")
        return None if following is None else str(following)

    def _tell(self, path: str, trouble: str) -> None:
        self._left_out += 1
        if self._left_out <= NAMES_TOLD:
            say(f"The file {path[:200]!r} is left out: {trouble}.")

    def _keep(self, number: int, page: Page) -> Mapping[str, str]:
        urls = {str(each["path"]): str(each["url"]) for each in page["value"]}
        with self._lock:
            self._urls[number] = urls
            self._urls.move_to_end(number)
            while len(self._urls) > PAGES_KEPT and self._ask is not None:
                self._urls.popitem(last=False)
        return urls

    def url(self, file: File, refused: str | None = None) -> str | None:
        """Where ``file`` is read; not ``refused``, unless there is no other. None when it is listed no more.

        Raises NotListed.
        """
        urls = self._known(file, refused)
        if urls is None and self._ask is not None:
            with self._asking:  # One asks for a page; who waited for it finds it there.
                urls = self._known(file, refused)
                if urls is None:
                    urls = self._keep(file.page, self._ask(self._cursors[file.page]))
        return None if urls is None else urls.get(file.path)

    def _known(self, file: File, refused: str | None) -> Mapping[str, str] | None:
        """The URLs of the file's page, unless they have to be asked for."""
        with self._lock:
            urls = self._urls.get(file.page)
        return urls if urls is not None and (urls.get(file.path) != refused or self._ask is None) else None

