"""From the sources of a dataset to the files it is pinned to, and from a pin to what is there now.

Files come in the order of their names, each once, however its sources overlap; at no time are more of them in memory
than a page of a datastore has.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

from shared.application import pins
from shared.application.backend import Backend
from shared.application.inputs import LIFETIME, bad_cursor
from shared.application.pins import PinnedFile
from shared.application.places import Layout, Numbered, Stores, all_below, grouped, laid_out, opened
from shared.application.stored import PARALLEL_LOOKS
from shared.contract.datasets import InputFile, InputFiles
from shared.domain.dataset import DatasetDefinition, Pin, Source
from shared.domain.dataset_steps import remaining
from shared.domain.errors import Invalid, Rejected

LOOKS = 1_000
"""So many files are looked for one by one; for more, the datastore is listed."""


def pinned(backend: Backend, definition: DatasetDefinition) -> DatasetDefinition:
    """``definition`` with the files its sources have now, after the steps of a file dataset.

    ``NotFound``: a path leads nowhere. ``Invalid``: the files cannot lie in one folder, or are too many.
    """
    layout = laid_out(backend, definition.sources, matching=True)
    files = _tree(_every(layout))
    if definition.kind == "file":
        files = remaining(files, definition.steps, lambda file: file.path)
    return definition.model_copy(update={"pin": pins.write(backend, files)})


def _every(layout: Layout) -> Iterator[PinnedFile]:
    numbered = list(enumerate(layout.places))
    folders = [each for each in numbered if not each[1].is_file]
    single = [_single(layout, number) for number, place in numbered if place.is_file and not any(
        folder.covers(place.root, place.source.path) for _, folder in folders)]
    listed = chain.from_iterable(_listed(layout, group) for group in grouped(folders))
    return heapq.merge(sorted(single, key=_path), listed, key=_path)


def _path(file: PinnedFile) -> str:
    return file.path


def _single(layout: Layout, number: int) -> PinnedFile:
    place, name = layout.places[number], "/".join(layout.names[number])
    if place.file is None:
        return PinnedFile(path=name, url=place.source.url)
    return PinnedFile(path=name, datastore=place.source.datastore, at=place.file.path, size=place.file.size,
                      etag=place.file.etag)


def _listed(layout: Layout, group: Sequence[Numbered]) -> Iterator[PinnedFile]:
    first = group[0][1]
    for file in all_below(layout.stores[first.root], first.prefix):
        number = next((number for number, place in group if place.covers(place.root, file.path)), None)
        if number is not None:
            yield PinnedFile(path=layout.name_of(number, file.path), datastore=first.source.datastore, at=file.path,
                             size=file.size, etag=file.etag)


def _tree(files: Iterator[PinnedFile]) -> Iterator[PinnedFile]:
    """``files``, in the order of their paths; ``Invalid`` when two of them cannot lie in one folder.

    All paths that begin with a path follow it at once, so it is enough to know those that this one begins with.
    """
    above: list[str] = []
    for file in files:
        while above and not file.path.startswith(above[-1]):
            above.pop()
        for other in above:
            if other == file.path:
                raise Invalid(f"Two files would both be {other!r} below the dataset's folder: leave one source out.")
            if file.path[len(other)] == "/":
                raise Invalid(f"{other!r} is a file and a folder at once, which no disk can hold: rename one of them, "
                              "or leave it out.")
        above.append(file.path)
        yield file


def page(backend: Backend, definition: DatasetDefinition, pin: Pin, limit: int, cursor: str | None) -> InputFiles:
    """A page of the files of a pinned dataset."""
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        raise bad_cursor()
    files, following = pins.page(backend, pin, int(cursor or 0), limit)
    until = backend.clock() + LIFETIME
    stores = _stores(backend, files)

    def shown(file: PinnedFile) -> InputFile:
        url = file.url or stores[(file.datastore or "").lower()].read_url(file.at or "", until)
        return InputFile(path=file.path, url=url, size=file.size, etag=file.etag)

    knows_all = all(source.url is None for source in definition.sources)
    return InputFiles(value=[shown(file) for file in files], next=None if following is None else str(following),
                      is_file=_is_file(definition, pin, files), files=pin.files, bytes=pin.bytes if knows_all else None)


def _is_file(definition: DatasetDefinition, pin: Pin, files: Sequence[PinnedFile]) -> bool:
    sources = {(each.url or each.path) for each in definition.sources}
    return pin.files == 1 and {file.url or file.at for file in files} == sources


def _stores(backend: Backend, files: Iterable[PinnedFile]) -> Stores:
    named = dict.fromkeys(file.datastore for file in files if file.datastore)
    return opened(backend, [Source(datastore=name) for name in named])


def check(backend: Backend, definition: DatasetDefinition, pin: Pin) -> None:
    """``Rejected`` with the first file that is no longer as it was pinned. Files of the web are not looked at."""
    files = (file for file in pins.every(backend, pin) if file.at is not None)
    if pin.files <= LOOKS:
        _look(_stores(backend, some := list(files)), some)
        return
    layout = laid_out(backend, definition.sources, matching=False, missing_too=True)
    there = _every(layout)
    for file in files:
        same = next((each for each in there if (each.datastore, each.at) == (file.datastore, file.at)), None)
        if same is None:
            _look(layout.stores, [file])
        elif same.etag != file.etag:
            raise _changed(file)


def _look(stores: Stores, files: Sequence[PinnedFile]) -> None:
    with ThreadPoolExecutor(PARALLEL_LOOKS) as pool:
        found = pool.map(lambda file: stores[(file.datastore or "").lower()].look(file.at or ""), files)
        for file, there in zip(files, found, strict=True):
            if there is None:
                raise Rejected(f"{file.at!r} of datastore {file.datastore!r} has gone since the dataset was made: "
                               "upload it again as it was, or register the dataset anew with 'create_new_version'.")
            if there.etag != file.etag:
                raise _changed(file)


def _changed(file: PinnedFile) -> Rejected:
    return Rejected(f"{file.at!r} of datastore {file.datastore!r} has changed since the dataset was made: register it "
                    "anew with 'create_new_version', and use that version.")
