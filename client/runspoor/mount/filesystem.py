"""What each request of the kernel gets. An answer that has to be waited for is a future of it."""

from __future__ import annotations

import errno
import itertools
import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Callable, Union

from runspoor.mount import kernel
from runspoor.mount.blocks import Blocks, Reader
from runspoor.mount.kernel import Attributes, Request
from runspoor.mount.listing import Listing
from runspoor.mount.ranges import Ranges, Unreadable
from runspoor.mount.tree import File, Folder, Node, Tree

ASKING_THREADS = 8
Buffer = Union[bytes, memoryview]
Pieces = Sequence[Buffer]
Answer = Union[bytes, "Future[bytes]", "Future[list[memoryview]]"]


class FileSystem:
    """Read-only. Everything raises OSError; what no method is for is ENOSYS, and the kernel asks for it no more."""

    def __init__(self, tree: Tree, listing: Listing, ranges: Ranges, blocks: Blocks) -> None:
        self._tree, self._listing, self._ranges, self._blocks = tree, listing, ranges, blocks
        self._readers: dict[int, Reader] = {}
        self._handles = itertools.count(1)
        self._asking = ThreadPoolExecutor(ASKING_THREADS, "ask")
        self._at = int(time.time())
        self._answers: Mapping[int, Callable[[Request], Answer]] = {
            kernel.LOOKUP: self._lookup, kernel.GETATTR: self._getattr, kernel.OPEN: self._open,
            kernel.READ: self._read, kernel.RELEASE: self._release, kernel.OPENDIR: self._opendir,
            kernel.READDIR: self._readdir, kernel.RELEASEDIR: lambda _: b"", kernel.STATFS: self._statfs,
            kernel.INIT: lambda request: kernel.initialized(request.body), kernel.DESTROY: lambda _: b"",
        }

    def answer(self, request: Request) -> Answer:
        """Raises OSError."""
        answer = self._answers.get(request.opcode)
        if answer is None:
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
        return answer(request)

    def _lookup(self, request: Request) -> Answer:
        folder = self._folder(request.inode)
        name = os.fsdecode(request.body.rstrip(b"\0"))
        found = folder.children.get(name)
        if found is not None:
            return self._with_size(found, kernel.entry)
        return self._once_listed(lambda: kernel.entry(self._attributes(self._child(folder, name))))

    def _child(self, folder: Folder, name: str) -> Node:
        found = folder.children.get(name)
        if found is None:
            raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
        return found

    def _once_listed(self, work: Callable[[], bytes]) -> Answer:
        """Now, or once the whole listing has been read."""
        return self._listed(work) if self._listing.complete.is_set() else self._asking.submit(self._listed, work)

    def _listed(self, work: Callable[[], bytes]) -> bytes:
        self._listing.complete.wait()
        if self._listing.trouble is not None:
            raise Unreadable
        return work()

    def _getattr(self, request: Request) -> Answer:
        return self._with_size(self._node(request.inode), kernel.attributes)

    def _with_size(self, node: Node, packed: Callable[[Attributes], bytes]) -> Answer:
        if node.size is not None:
            return packed(self._attributes(node))
        return self._asking.submit(lambda: packed(self._attributes(node)))

    def _attributes(self, node: Node) -> Attributes:
        size = self._ranges.size(node) if isinstance(node, File) else 0
        return Attributes(node.inode, size, node.mode, self._at)

    def _open(self, request: Request) -> Answer:
        node = self._node(request.inode)
        if not isinstance(node, File):
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
        handle = next(self._handles)
        self._readers[handle] = Reader(node)
        return kernel.opened(handle, kernel.KEEP_CACHE)

    def _read(self, request: Request) -> Answer:
        handle, offset, length = kernel.read(request.body)
        reader = self._readers.get(handle)
        if reader is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return self._blocks.read(reader, reader.file.size or 0, offset, length)

    def _release(self, request: Request) -> Answer:
        self._readers.pop(kernel.number(request.body), None)
        return b""

    def _opendir(self, request: Request) -> Answer:
        self._folder(request.inode)
        return kernel.opened(0, kernel.KEEP_CACHE | kernel.CACHE_DIR)

    def _readdir(self, request: Request) -> Answer:
        folder = self._folder(request.inode)
        _, offset, length = kernel.read(request.body)
        return self._once_listed(lambda: self._entries(folder, offset, length))

    def _entries(self, folder: Folder, offset: int, length: int) -> bytes:
        """As many entries from number ``offset`` on as have room."""
        answer = bytearray()
        for number, (name, node) in enumerate(self._tree.entries(folder)[offset:offset + length], offset + 1):
            packed = kernel.dirent(node.inode, number, node.mode, os.fsencode(name))
            if len(answer) + len(packed) > length:
                break
            answer += packed
        return bytes(answer)

    def _statfs(self, _: Request) -> Answer:
        return kernel.statfs(self._tree.bytes, len(self._tree))

    def _node(self, inode: int) -> Node:
        try:
            return self._tree.node(inode)
        except IndexError:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE)) from None

    def _folder(self, inode: int) -> Folder:
        node = self._node(inode)
        if not isinstance(node, Folder):
            raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        return node
