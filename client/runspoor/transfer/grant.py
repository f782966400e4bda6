"""A permission for one file that runs out, and is asked for anew."""

from __future__ import annotations

import threading
from typing import Callable, TypeVar

from runspoor.errors import Forbidden

__all__ = ["Grant"]

T = TypeVar("T")


class Grant:
    """The URL of a file, good for some minutes. ``renew`` gives another one for one that storage no longer takes."""

    def __init__(self, url: str, renew: Callable[[str], str] | None = None) -> None:
        self.url = url
        self._renew = renew
        self._lock = threading.Lock()

    def use(self, once: Callable[[str], T]) -> T:
        """What ``once`` gives for the URL, or for a new one when storage no longer takes it. Raises Forbidden."""
        url = self.url
        try:
            return once(url)
        except Forbidden:
            if self._renew is None:
                raise
        return once(self._newer_than(url, self._renew))

    def _newer_than(self, refused: str, renew: Callable[[str], str]) -> str:
        # Many blocks of one file are refused at once: the first asks for all.
        with self._lock:
            if self.url == refused:
                self.url = renew(refused)
            return self.url
