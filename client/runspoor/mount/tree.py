"""Files and folders by inode and name, which become more while their listing is read."""

from __future__ import annotations

import stat
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Union

from runspoor.mount.kernel import LONGEST_NAME, ROOT

FILE_MODE, FOLDER_MODE = stat.S_IFREG | 0o444, stat.S_IFDIR | 0o555


@dataclass(eq=False)
class File:
    """A file: ``path`` below the mount, the number of the ``page`` that lists it, and what is known of it."""

    inode: int
    path: str
    page: int
    size: int | None
    etag: str | None
    mode: int = FILE_MODE


@dataclass(eq=False)
class Folder:
    """A folder, by the names in it."""

    inode: int
    path: str = ""
    children: dict[str, Node] = field(default_factory=dict)
    entries: tuple[tuple[str, Node], ...] | None = None
    mode: int = FOLDER_MODE
    size: int = 0


Node = Union[File, Folder]


class Tree:
    """Safe to use from many threads. What has been found stays: nodes are never taken away."""

    def __init__(self) -> None:
        self._nodes: list[Node] = [Folder(ROOT)]
        self._lock = threading.Lock()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._nodes)

    def node(self, inode: int) -> Node:
        """Raises IndexError when there is none."""
        return self._nodes[inode - ROOT]

    def add(self, document: Mapping[str, Any], page: int) -> str | None:
        """Add a file as a page lists it; gives why that cannot be, a clause."""
        path = str(document["path"])
        *folders, name = path.split("/")
        if not all(map(_usable, [*folders, name])):
            return "it has a name that no file can have"
        with self._lock:
            parent = self._folder(folders)
            if parent is None or isinstance(parent.children.get(name), Folder):
                return "a file and a folder have the same name"
            if name not in parent.children:
                parent.children[name] = self._new_file(path, document, page)
        return None

    def _new_file(self, path: str, document: Mapping[str, Any], page: int) -> File:
        made = File(len(self._nodes) + ROOT, path, page, document.get("size"), document.get("etag"))
        self._nodes.append(made)
        self.bytes += made.size or 0
        return made

    def _folder(self, parts: list[str]) -> Folder | None:
        """None when one of them is a file."""
        here: Node = self._nodes[0]
        for part in parts:
            if not isinstance(here, Folder):
                return None
            if part not in here.children:
                path = f"{here.path}/{part}".lstrip("/")
                here.children[part] = Folder(len(self._nodes) + ROOT, path)
                self._nodes.append(here.children[part])
            here = here.children[part]
        return here if isinstance(here, Folder) else None

    def entries(self, folder: Folder) -> tuple[tuple[str, Node], ...]:
        """Names and nodes, in an order that stays; for a tree that is whole."""
        if folder.entries is None:
            folder.entries = tuple(folder.children.items())
        return folder.entries


def _usable(name: str) -> bool:
    try:
        return name not in ("", ".", "..") and "\0" not in name and len(name.encode()) <= LONGEST_NAME
    except UnicodeEncodeError:
        return False
