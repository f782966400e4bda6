"""The files an input stands for: where each is read, and where it lies below the input's folder.

Below the folder is what follows the common parent of all sources, so one folder, a few URLs of one place, and files
of a datastore all come out flat. Addresses of the web are given out as they are; blobs by grants to read them.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePosixPath

from shared.application.backend import Backend
from shared.application.paths import confined, plain
from shared.application.ports import Blob, Container
from shared.application.stored import PARALLEL_LOOKS
from shared.contract.datasets import InputFile, InputFiles
from shared.contract.web_address import checked_url, parts_of
from shared.domain.dataset import Source
from shared.domain.errors import Invalid, NotFound

DEFAULT_DATASTORE = "workspaceblobstore"
CONTAINER: Container = "data"
LIFETIME = timedelta(minutes=30)
LONGEST_CURSOR = 2_000
Parts = tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """A source and its ``parts`` from the outermost name to its own; ``is_file``: it is one file, not a folder.

    ``blob`` is that file when it is one of a datastore.
    """

    source: Source
    parts: Parts
    is_file: bool
    blob: Blob | None = None

    @property
    def folder(self) -> Parts:
        return self.parts[:-1] if self.is_file else self.parts


def checked_source(source: Source) -> Source:
    """``source`` if there may be such a one; else ``Invalid``."""
    if source.url is not None:
        confined("/".join(parts_of(checked_url(source.url))))
        return source
    if source.datastore != DEFAULT_DATASTORE:
        raise Invalid(f"There is no datastore {source.datastore!r}: use {DEFAULT_DATASTORE!r}.")
    if any(sign in source.path for sign in "*?["):
        raise Invalid(f"The path {source.path[:80]!r} has a wildcard: name a folder, or each file.")
    if source.path:
        confined(source.path)
    return source


def checked_place(path: str | None) -> None:
    """``Invalid`` unless ``path`` is absolute, or below the script's folder; ``.`` is that folder itself."""
    inner = (path or ".").rstrip("/").removeprefix("/").removeprefix("./")
    if inner not in ("", "."):
        confined(inner)


def page(backend: Backend, sources: Sequence[Source], limit: int, cursor: str | None) -> InputFiles:
    """A page of the files of ``sources``; ``NotFound`` when a path of a datastore leads nowhere.

    ``cursor``: the number of a source, and Storage's own cursor within it.
    """
    with ThreadPoolExecutor(PARALLEL_LOOKS) as pool:
        places = list(pool.map(lambda source: _place(backend, source), dict.fromkeys(sources)))
    parent = len(_common([place.folder for place in places]))
    names = list(_distinct([place.parts[parent:] for place in places]))
    at, inner = _begin(cursor, len(places))
    found: list[InputFile] = []
    following: str | None = None
    while at < len(places) and len(found) < limit:
        files, inner = _files(backend, places[at], names[at], limit - len(found), inner)
        found += files
        at += inner is None
        following = f"{at}|{inner or ''}" if at < len(places) else None
    return InputFiles(value=found, next=following, is_file=len(places) == 1 and places[0].is_file)


def _begin(cursor: str | None, places: int) -> tuple[int, str | None]:
    number, _, inner = (cursor or "0|").partition("|")
    usable = number.isascii() and number.isdigit() and len(number) < 10 and int(number) < places
    if not usable or not plain(inner) or len(inner) > LONGEST_CURSOR:
        raise Invalid("The parameter 'cursor' is not the 'next' of a page of these files: begin without one.")
    return int(number), inner or None


def _place(backend: Backend, source: Source) -> Place:
    if source.url is not None:
        return Place(source, parts_of(source.url), is_file=True)
    parts = (source.datastore or "", *source.path.split("/")) if source.path else (source.datastore or "",)
    first, _ = backend.blobs.list(CONTAINER, source.path, limit=1)
    if source.path and first and first[0].name == source.path:
        return Place(source, parts, is_file=True, blob=first[0])
    if source.path and not backend.blobs.list(CONTAINER, f"{source.path}/", limit=1)[0]:
        raise NotFound(f"Datastore {source.datastore!r} has nothing at {source.path!r}: upload it first, or correct "
                       "the path.")
    return Place(source, parts, is_file=False)


def _common(folders: Sequence[Parts]) -> Parts:
    """What all of them begin with."""
    least, most = min(folders), max(folders)
    equal = next((n for n, (a, b) in enumerate(zip(least, most, strict=False)) if a != b), min(len(least), len(most)))
    return least[:equal]


def _distinct(names: Sequence[Parts]) -> Iterator[Parts]:
    """``names``, each second and further file of one name with a number: addresses may differ in their query only."""
    taken, seen = set(names), dict.fromkeys(names, 0)
    for name in names:
        chosen = name
        while seen[name] and chosen in taken:
            seen[name] += 1
            chosen = (*name[:-1], _numbered(name[-1], seen[name]))
        seen[name] = seen[name] or 1
        taken.add(chosen)
        yield chosen


def _numbered(name: str, number: int) -> str:
    path = PurePosixPath(name)
    return f"{path.stem}_{number}{path.suffix}"


def _files(
    backend: Backend, place: Place, name: Parts, limit: int, cursor: str | None
) -> tuple[list[InputFile], str | None]:
    if place.source.url is not None:
        return [InputFile(path="/".join(name), url=place.source.url)], None
    if place.blob is not None:
        return [_file(backend, place.blob, "/".join(name))], None
    prefix = f"{place.source.path}/" if place.source.path else ""
    blobs, following = backend.blobs.list(CONTAINER, prefix, cursor, limit)
    return [_file(backend, blob, "/".join((*name, blob.name.removeprefix(prefix))))
            for blob in blobs if not blob.name.endswith("/")], following


def _file(backend: Backend, blob: Blob, path: str) -> InputFile:
    url = backend.blobs.grant(CONTAINER, blob.name, "read", backend.clock() + LIFETIME)
    return InputFile(path=path, url=url, size=blob.size, sha256=blob.sha256)
