"""What the files behind addresses of the web are called: as on a node. Pure.

The backend names the files of a saved dataset by the same rules; a test compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from runspoor.sdk.exceptions import UserErrorException

SIGNATURES = frozenset({"sig", "signature", "x-amz-signature", "x-goog-signature"})
"""Parameters by which an address itself is the permission; the backend refuses tokens and passwords as well."""
UNUSABLE = re.compile(r"[/\\\x00-\x1f\x7f]")
Parts = tuple[str, ...]


def checked_address(path: str) -> str:
    """``path`` if it is an address that a dataset may keep. Raises UserErrorException."""
    parts = urlsplit(path)
    if parts.scheme.lower() not in ("http", "https") or not parts.netloc:
        raise UserErrorException(f"{shown(path)!r} is not an address of the web: a dataset refers to https:// and "
                                 "http:// addresses, or to paths of a datastore as (datastore, 'folder'). A local "
                                 "file has to be put into a datastore first.")
    names = {unquote(pair.partition("=")[0]).lower() for pair in re.split("[&;]", parts.query)}
    if parts.username is not None or names & SIGNATURES:
        raise UserErrorException(f"{shown(path)!r} carries a signature (SAS) or a password, which a dataset would keep "
                                 "for all to read: give an address that needs none, or use a datastore.")
    return path


def shown(url: str) -> str:
    """An address as messages may show it: without user, password, query and fragment."""
    return re.sub(r"//[^/]*@", "//", re.sub(r"[?#].*", "", url, flags=re.DOTALL))[:200]


def layout(urls: Sequence[str]) -> dict[str, str]:
    """Path below the dataset's folder -> address. Equal addresses are one file."""
    distinct = list(dict.fromkeys(urls))
    parts = [_parts(url) for url in distinct]
    parent = len(_common([each[:-1] for each in parts]))
    return dict(zip(map("/".join, _numbered(each[parent:] for each in parts)), distinct))


def _parts(url: str) -> Parts:
    split = urlsplit(url)
    path = [_usable(unquote(part)) for part in split.path.split("/") if part]
    return (split.scheme.lower(), _usable(split.netloc.lower()), *(path or ["index.html"]))


def _usable(part: str) -> str:
    plain = UNUSABLE.sub("_", part)
    return plain if plain.strip(".") else "_" * len(plain)


def _common(folders: Sequence[Parts]) -> Parts:
    least, most = min(folders), max(folders)
    return least[:next((n for n, (a, b) in enumerate(zip(least, most)) if a != b), min(len(least), len(most)))]


def _numbered(names: Iterator[Parts]) -> Iterator[Parts]:
    seen: dict[Parts, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        path = PurePosixPath(name[-1])
        yield name if seen[name] == 1 else (*name[:-1], f"{path.stem}_{seen[name]}{path.suffix}")
