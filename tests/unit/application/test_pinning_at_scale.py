"""Pins of any content, of very many files, and of processes that die."""

import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from shared.application import datasets, pins
from shared.application.data_ports import StoredFile
from shared.domain.dataset import DatasetSaved
from shared.domain.errors import Invalid
from tests.contract.examples import AT
from tests.unit.application.deployment import Deployment
from tests.unit.application.pinned import digits, files, made, paths, put


@pytest.fixture
def world() -> Deployment:
    return digits()


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("step", range(6))
def test_a_process_that_dies_at_any_point_leaves_nothing_half(world: Deployment, monkeypatch: pytest.MonkeyPatch,
                                                             step: int) -> None:
    """Lists, the saved dataset, its version: whatever is there already, the same request makes the rest."""
    monkeypatch.setattr(pins, "FILES_PER_LIST", 1)
    monkeypatch.setattr(pins, "PARALLEL_LOOKS", 1)
    left = [step]

    def dying(act: Callable[..., Any]) -> Callable[..., Any]:
        def dies(*args: Any, **more: Any) -> Any:
            left[0] -= 1
            if left[0] == -1:
                raise Killed
            return act(*args, **more)
        return dies

    with monkeypatch.context() as patch:
        patch.setattr(world.blobs, "put", dying(world.blobs.put))
        patch.setattr(world.events, "append", dying(world.events.append))
        if step < 5:
            with pytest.raises(Killed):
                made(world, "digits")
        named = [each for commit in world.commits for each in commit.events if isinstance(each, DatasetSaved)]
        assert all(each.definition.pin and list(pins.every(world.backend, each.definition.pin)) for each in named)
    dataset = made(world, "digits")
    assert (dataset.version, paths(world, dataset)) == (1, ["a.csv", "b/c.csv", "d.txt"])
    assert len(world.commits) == 2


@dataclass
class Counted:
    """A datastore of ``many`` files, how often it was asked, and how many pages were in use at once."""

    many: int
    lists: list[int] = field(default_factory=list)
    looks: int = 0
    in_use: int = 0
    pages: list[weakref.ref[StoredFile]] = field(default_factory=list)

    def look(self, path: str) -> StoredFile | None:
        self.looks += 1
        return None

    def list(self, prefix: str, cursor: str | None = None, limit: int = 5000) -> tuple[list[StoredFile], str | None]:
        begin = int(cursor or 0)
        end = min(begin + limit, self.many)
        self.lists.append(end - begin)
        files = [StoredFile(f"{prefix}{n:06d}.txt", n, f'"{n:x}"', AT) for n in range(begin, end)]
        self.pages.append(weakref.ref(files[0]))
        self.in_use = max(self.in_use, sum(page() is not None for page in self.pages))
        return files, str(end) if end < self.many else None

    def read_url(self, path: str, until: datetime) -> str:
        return f"https://store.example/{path}"


def test_a_hundred_thousand_files(world: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty lists of 5,000, one blob per page, and never all files at once."""
    store = Counted(100_000)
    monkeypatch.setattr(world.datastores, "open", lambda *_: store)
    dataset = made(world, "many")
    assert dataset.pin
    assert (dataset.pin.files, dataset.pin.bytes) == (100_000, sum(range(100_000)))
    assert store.lists == [1, *[5000] * 20]
    assert store.in_use <= 2
    read: list[str] = []
    monkeypatch.setattr(world.blobs, "read", lambda container, name, read=world.blobs.read, seen=read: (
        seen.append(name), read(container, name))[1])
    for begin, following in ((0, "1000"), (50_000, "51000"), (99_000, None)):
        page = datasets.files(world.backend, dataset.id, 1000, str(begin), check=False)
        assert [file.path for file in page.value] == [f"{n:06d}.txt" for n in range(begin, begin + 1000)]
        assert page.next == following
    assert len(read) == 3
    store.lists.clear()
    datasets.files(world.backend, dataset.id, 1, None, check=True)
    assert (store.lists, store.looks, store.in_use) == ([1, *[5000] * 20], 2, 2)


def test_however_many_patterns_there_are_one_list_has_their_files(world: Deployment,
                                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    store = Counted(12_000)
    monkeypatch.setattr(world.datastores, "open", lambda *_: store)
    patterns = [f"many/*{number:02d}.txt" for number in range(100)]
    dataset = made(world, *patterns)
    assert dataset.pin
    assert dataset.pin.files == 12_000
    assert store.lists == [5000, *[5000, 5000, 2000]], "until each has a file, and all"
    store.lists.clear()
    with pytest.raises(Invalid, match=r"no file that matches 'many/x\*'"):
        made(world, *patterns, "many/x*")
    assert store.lists == [5000, 5000, 2000]


NAMES = st.lists(st.sampled_from(["a", "b", "a-", "c.csv"]), min_size=1, max_size=3).map("/".join)
PATTERNS = st.lists(st.sampled_from(["a", "b", "*", "?", "**", "*.csv"]), min_size=1, max_size=3).map("/".join)


@settings(max_examples=150, deadline=None)
@given(st.sets(NAMES, min_size=1), st.lists(NAMES | PATTERNS | st.just(""), min_size=1, max_size=4))
def test_a_pin_is_what_pages_without_it_are(names: set[str], sources: list[str]) -> None:
    """The same files, in order, unless the sources cannot be a dataset; and registered again, the same version."""
    world = Deployment()
    for name in names:
        put(world, name)
    try:
        dataset = made(world, *sources)
    except Invalid as error:
        event(str(error).partition("'")[0])
        return
    assert made(world, *reversed(sources), create_new_version=True).pin == dataset.pin
    assert made(world, *reversed(sources)).pin == dataset.pin
    assert paths(world, dataset, 2) == sorted(paths(world, made(world, *sources, name=None)))
    files(world, dataset, check=True)
