"""Where the sources of a dataset or input are, and what they are called below its folder.

Below the folder is what follows the common parent of all sources, so one folder, a few URLs of one place, and files
of a datastore all come out flat.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath

from shared.application import datastores
from shared.application.backend import Backend
from shared.application.data_ports import DatastoreFiles, StoredFile
from shared.application.stored import PARALLEL_LOOKS
from shared.contract.web_address import parts_of
from shared.domain import path_pattern
from shared.domain.dataset import Source
from shared.domain.errors import NotFound

Parts = tuple[str, ...]
Stores = Mapping[str, DatastoreFiles]
"""By the names of datastores in lower case, as they are compared."""


@dataclass(frozen=True)
class Place:
    """A source and its ``parts`` from the outermost name to its own; ``is_file``: it is one file, not a folder.

    ``file`` is that file when it is one of a datastore.
    """

    source: Source
    parts: Parts
    is_file: bool
    file: StoredFile | None = None

    @property
    def root(self) -> str:
        """The datastore, as in ``Stores``; empty for a file of the web."""
        return (self.source.datastore or "").lower()

    @property
    def folder(self) -> Parts:
        return self.parts[:-1] if self.is_file else self.parts

    @property
    def prefix(self) -> str:
        """What the paths of all its files begin with."""
        path = self.source.path
        if self.is_file or path_pattern.is_pattern(path):
            return path_pattern.literal(path)
        return f"{path}/" if path else ""

    def covers(self, root: str, path: str) -> bool:
        """Whether this file of a datastore is one of its files. What ends with '/' is a mark that a folder is there."""
        if root != self.root or path.endswith("/"):
            return False
        if path_pattern.is_pattern(self.source.path):
            return path_pattern.matches(self.source.path, path)
        return path == self.source.path if self.is_file else path.startswith(self.prefix)


Numbered = tuple[int, Place]


@dataclass(frozen=True)
class Layout:
    """Places, each with its name below the common folder: of a folder, what stands before the paths below it."""

    places: Sequence[Place]
    names: Sequence[Parts]
    stores: Stores

    @property
    def is_file(self) -> bool:
        """Whether all of it is one file."""
        return len(self.places) == 1 and self.places[0].is_file

    def name_of(self, number: int, path: str) -> str:
        """The name of a file below the common folder, when it lies at ``path`` of the datastore of place ``number``."""
        place = self.places[number]
        inner = path.split("/")[len(place.parts) - 1:] if not place.is_file else ()
        return "/".join((*self.names[number], *inner))


def opened(backend: Backend, sources: Sequence[Source]) -> Stores:
    """The datastores of ``sources``; ``NotFound`` when one of them is unknown, or no more."""
    names = {each.datastore.lower(): each.datastore for each in sources if each.datastore}
    return {root: datastores.opened(backend, name) for root, name in names.items()}


def laid_out(
    backend: Backend, sources: Sequence[Source], *, matching: bool, missing_too: bool = False
) -> Layout:
    """The places of ``sources``; ``NotFound`` when a path of a datastore leads nowhere, unless ``missing_too``.

    ``matching``: whether a pattern that no file matches is such a path.
    """
    stores = opened(backend, sources)
    find = partial(_found, stores, missing_too)
    once = {(each.url, (each.datastore or "").lower(), each.path): each for each in sources}
    with ThreadPoolExecutor(PARALLEL_LOOKS) as pool:
        places = list(pool.map(find, once.values()))
        if matching:
            patterns = [each for each in enumerate(places) if path_pattern.is_pattern(each[1].source.path)]
            list(pool.map(partial(_check_matched, stores), grouped(patterns)))
    parent = len(_common([place.folder for place in places]))
    return Layout(places, _distinct(places, parent), stores)


def grouped(folders: Iterable[Numbered]) -> list[list[Numbered]]:
    """Folders and patterns of which one list, that below the first's prefix, has all files."""
    groups: list[list[Numbered]] = []
    for number, place in sorted(folders, key=lambda each: (each[1].root, each[1].prefix)):
        first = groups[-1][0][1] if groups else None
        if first and first.root == place.root and place.prefix.startswith(first.prefix):
            groups[-1].append((number, place))
        else:
            groups.append([(number, place)])
    return groups


def _found(stores: Stores, missing_too: bool, source: Source) -> Place:
    if source.url is not None:
        return Place(source, parts_of(source.url), is_file=True)
    place = _place(source, source.path)
    if path_pattern.is_pattern(source.path):
        return _place(source, path_pattern.folder(source.path))
    if not source.path:
        return place
    if file := stores[place.root].look(source.path):
        return Place(source, place.parts, is_file=True, file=file)
    if not stores[place.root].list(place.prefix, limit=1)[0] and not missing_too:
        raise _missing(source)
    return place


def _place(source: Source, path: str) -> Place:
    return Place(source, ((source.datastore or "").lower(), *(path.split("/") if path else ())), is_file=False)


def _check_matched(stores: Stores, group: Sequence[Numbered]) -> None:
    """``NotFound`` when a pattern of one list matches none of its files, which is read until each has one."""
    waiting = [place for _, place in group]
    for file in all_below(stores[waiting[0].root], waiting[0].prefix):
        waiting = [place for place in waiting if not place.covers(place.root, file.path)]
        if not waiting:
            return
    raise _missing(waiting[0].source)


def all_below(store: DatastoreFiles, prefix: str) -> Iterator[StoredFile]:
    """All files whose paths begin with ``prefix``, by path; no more than a page of them is in memory."""
    cursor: str | None = None
    while True:
        files, cursor = store.list(prefix, cursor)
        yield from files
        if cursor is None:
            return


def _missing(source: Source) -> NotFound:
    if path_pattern.is_pattern(source.path):
        return NotFound(f"Datastore {source.datastore!r} has no file that matches {source.path!r}: '*' and '?' stay "
                        "within one name, and '**' as a whole name is any folders.")
    return NotFound(f"Datastore {source.datastore!r} has nothing at {source.path!r}: upload it first, or correct "
                    "the path.")


def _common(folders: Sequence[Parts]) -> Parts:
    """What all of them begin with."""
    least, most = min(folders), max(folders)
    equal = next((n for n, (a, b) in enumerate(zip(least, most, strict=False)) if a != b), min(len(least), len(most)))
    return least[:equal]


def _distinct(places: Sequence[Place], parent: int) -> list[Parts]:
    """Names behind the common parent. Addresses may differ in their query only: each further one gets a number."""
    names = [place.parts[parent:] for place in places]
    numbered = _numbered([name for place, name in zip(places, names, strict=True) if place.source.url], set(names))
    return [next(numbered) if place.source.url else name for place, name in zip(places, names, strict=True)]


def _numbered(names: Sequence[Parts], taken: set[Parts]) -> Iterator[Parts]:
    seen = dict.fromkeys(names, 0)
    for name in names:
        chosen = name
        while seen[name] and chosen in taken:
            seen[name] += 1
            path = PurePosixPath(name[-1])
            chosen = (*name[:-1], f"{path.stem}_{seen[name]}{path.suffix}")
        seen[name] = seen[name] or 1
        taken.add(chosen)
        yield chosen
