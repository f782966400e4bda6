"""What the Linux kernel says to a file system and what it expects: /dev/fuse, protocol 7 (linux/fuse.h)."""

from __future__ import annotations

import os
import stat
import struct
from dataclasses import dataclass

MAJOR, MINOR = 7, 31
ROOT = 1
"""The inode of the mount's own folder."""
FOREVER_SECONDS = 24 * 3600
"""How long the kernel may remember names and sizes: they never change while something is mounted."""
LARGEST_READ = 1024 * 1024

LOOKUP, FORGET, GETATTR, OPEN, READ, STATFS, RELEASE = 1, 2, 3, 14, 15, 17, 18
INIT, OPENDIR, READDIR, RELEASEDIR, INTERRUPT, DESTROY, BATCH_FORGET = 26, 27, 28, 29, 36, 38, 42
UNANSWERED = frozenset({FORGET, BATCH_FORGET, INTERRUPT})

ASYNC_READ, PARALLEL_DIROPS, MAX_PAGES = 1 << 0, 1 << 18, 1 << 22
KEEP_CACHE, CACHE_DIR = 1 << 1, 1 << 3

_REQUEST = struct.Struct("=IIQQIIIHH")
_ANSWER = struct.Struct("=IiQ")
_INIT_IN = struct.Struct("=IIII")
_INIT_OUT = struct.Struct("=IIIIHHIIHHII24x")
_ATTRIBUTES = struct.Struct("=QQQQQQIIIIIIIIII")
_ATTR_OUT = struct.Struct("=QII")
_ENTRY_OUT = struct.Struct("=QQQQII")
_OPEN_OUT = struct.Struct("=QIi")
_READ_IN = struct.Struct("=QQI")
_STATFS_OUT = struct.Struct("=QQQQQIII28x")
_DIRENT = struct.Struct("=QQII")
_NUMBER = struct.Struct("=Q")
PAGE_BYTES = 4096
LONGEST_NAME = 255
ANSWER_BYTES = _ANSWER.size


@dataclass(frozen=True)
class Request:
    """One request; ``unique`` is its number, ``pid`` the thread that waits for it, ``body`` what follows the header."""

    opcode: int
    unique: int
    inode: int
    pid: int
    body: bytes


@dataclass(frozen=True)
class Attributes:
    """What ``stat`` shows. ``mode`` has the kind and the permissions."""

    inode: int
    size: int
    mode: int
    at: int

    def packed(self) -> bytes:
        links = 2 if stat.S_ISDIR(self.mode) else 1
        return _ATTRIBUTES.pack(self.inode, self.size, -(-self.size // 512), self.at, self.at, self.at, 0, 0, 0,
                                self.mode, links, os.getuid(), os.getgid(), 0, PAGE_BYTES, 0)


def request(message: bytes) -> Request:
    """A message as it was read from the device."""
    _, opcode, unique, inode, _, _, pid, _, _ = _REQUEST.unpack_from(message)
    return Request(opcode, unique, inode, pid, message[_REQUEST.size:])


def header(unique: int, length: int, error: int = 0) -> bytes:
    """What precedes an answer of ``length`` bytes, or is one that says ``error`` (an errno)."""
    return _ANSWER.pack(ANSWER_BYTES + length, -error, unique)


def initialized(body: bytes) -> bytes:
    """What we take of what the kernel offers."""
    _, _, readahead, flags = _INIT_IN.unpack_from(body)
    wanted = flags & (ASYNC_READ | PARALLEL_DIROPS | MAX_PAGES)
    return _INIT_OUT.pack(MAJOR, MINOR, readahead, wanted, 64, 48, PAGE_BYTES, 1, LARGEST_READ // PAGE_BYTES, 0, 0, 0)


def attributes(found: Attributes) -> bytes:
    return _ATTR_OUT.pack(FOREVER_SECONDS, 0, 0) + found.packed()


def entry(found: Attributes) -> bytes:
    return _ENTRY_OUT.pack(found.inode, 0, FOREVER_SECONDS, FOREVER_SECONDS, 0, 0) + found.packed()


def opened(handle: int, flags: int) -> bytes:
    return _OPEN_OUT.pack(handle, flags, 0)


def number(body: bytes) -> int:
    """The handle with which some requests begin, or the request that an interrupt is about."""
    return int(_NUMBER.unpack_from(body)[0])


def read(body: bytes) -> tuple[int, int, int]:
    """Handle, offset and size of a request to read a file or a folder."""
    handle, offset, size = _READ_IN.unpack_from(body)
    return handle, offset, size


def statfs(size: int, files: int) -> bytes:
    """A full file system: nothing can be written."""
    return _STATFS_OUT.pack(-(-size // PAGE_BYTES), 0, 0, files, 0, PAGE_BYTES, LONGEST_NAME, PAGE_BYTES)


def dirent(inode: int, following: int, mode: int, name: bytes) -> bytes:
    """An entry of a folder; ``following`` is the offset of the next one."""
    packed = _DIRENT.pack(inode, following, len(name), mode >> 12) + name
    return packed + b"\0" * (-len(packed) % 8)
