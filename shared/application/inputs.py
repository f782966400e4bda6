"""The files an input stands for when nothing is pinned: those its sources have now.

Addresses of the web are given out as they are; files of datastores by grants to read them.
"""

from collections.abc import Sequence
from datetime import timedelta

from shared.application import datastores
from shared.application.backend import Backend
from shared.application.paths import check_tree, confined, plain
from shared.application.places import Layout, Place, laid_out
from shared.contract.datasets import InputFile, InputFiles
from shared.contract.web_address import checked_url, parts_of
from shared.domain.dataset import Source
from shared.domain.errors import Invalid

LIFETIME = timedelta(minutes=30)
LONGEST_CURSOR = 2_000
LISTS_PER_PAGE = 100
"""Calls of storage. A pattern may match few of many files: a page may have fewer than were wanted, or none."""


def checked_source(source: Source) -> Source:
    """``source`` if there may be such a one; else ``Invalid``."""
    if source.url is not None:
        confined("/".join(parts_of(checked_url(source.url))))
    elif source.path:
        confined(source.path)
    return source


def check_known(backend: Backend, sources: Sequence[Source]) -> None:
    """``NotFound`` unless all their datastores are registered."""
    for name in {source.datastore for source in sources if source.datastore}:
        datastores.definition(backend, name)


def checked_place(path: str | None) -> None:
    """``Invalid`` unless ``path`` is absolute, or below the script's folder; ``.`` is that folder itself."""
    inner = (path or ".").rstrip("/").removeprefix("/").removeprefix("./")
    if inner not in ("", "."):
        confined(inner)


def page(backend: Backend, sources: Sequence[Source], limit: int, cursor: str | None) -> InputFiles:
    """A page of the files of ``sources``; ``NotFound`` when a path of a datastore leads nowhere.

    ``cursor``: the number of a source, and Storage's own cursor within it.
    """
    layout = laid_out(backend, sources, matching=cursor is None)
    at, inner = _begin(cursor, len(layout.places))
    found: list[InputFile] = []
    lists = 0
    while at < len(layout.places) and len(found) < limit and lists < LISTS_PER_PAGE:
        files, inner = _files(backend, layout, at, limit - len(found), inner)
        found += files
        lists += not layout.places[at].is_file
        at += inner is None
    following = f"{at}|{inner or ''}" if at < len(layout.places) else None
    return InputFiles(value=found, next=following, is_file=layout.is_file)


def _begin(cursor: str | None, places: int) -> tuple[int, str | None]:
    number, _, inner = (cursor or "0|").partition("|")
    usable = number.isascii() and number.isdigit() and len(number) < 10 and int(number) < places
    if not usable or not plain(inner) or len(inner) > LONGEST_CURSOR:
        raise bad_cursor()
    return int(number), inner or None


def bad_cursor() -> Invalid:
    """The refusal of a cursor that no page has given."""
    return Invalid("The parameter 'cursor' is not the 'next' of a page of these files: begin without one.")


def _files(
    backend: Backend, layout: Layout, number: int, limit: int, cursor: str | None
) -> tuple[list[InputFile], str | None]:
    place = layout.places[number]
    if place.source.url is not None:
        return [InputFile(path="/".join(layout.names[number]), url=place.source.url)], None
    store = layout.stores[place.root]
    files, following = ([place.file], None) if place.file else store.list(place.prefix, cursor, limit)
    until = backend.clock() + LIFETIME
    return [InputFile(path=layout.name_of(number, file.path), url=store.read_url(file.path, until), size=file.size)
            for file in files if _is_first(layout.places[:number], place, file.path)], following


def _is_first(before: Sequence[Place], place: Place, path: str) -> bool:
    """Whether no place ``before`` has this file of ``place`` too: sources may overlap, a file comes once."""
    return place.covers(place.root, path) and not any(each.covers(place.root, path) for each in before)


def check_names(sources: Sequence[Source]) -> None:
    """``Invalid`` when two addresses of the web cannot lie in one folder."""
    check_tree(["/".join(parts) for parts in {parts_of(each.url) for each in sources if each.url}])
