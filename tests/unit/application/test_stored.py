"""Which files of a large folder are missing is found by lists where they are cheap, and is right in any case."""

import hashlib

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.adapters.memory_services import MemoryBlobs
from shared.application.ports import Blob, Container
from shared.application.stock import OwnStock
from shared.application.stored import LOOKS_PER_PAGE, absent

PAGE = 7


class SmallPages(MemoryBlobs):
    """Lists in small pages; counts what is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.pages = self.looks = 0

    def list(
        self, container: Container, prefix: str, cursor: str | None = None, limit: int = 5000
    ) -> tuple[list[Blob], str | None]:
        self.pages += 1
        return super().list(container, prefix, cursor, PAGE)

    def size(self, container: Container, name: str) -> int | None:
        self.looks += 1
        return super().size(container, name)


def digest(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def stored(numbers: set[int], size: int = 1) -> SmallPages:
    blobs = SmallPages()
    for number in numbers:
        blobs.put("snapshots", f"files/{digest(number)}", b"x" * size)
    return blobs


def missing(blobs: SmallPages, sizes: dict[str, int]) -> list[str]:
    return absent(OwnStock(blobs, "snapshots"), "files/", sizes)


@settings(deadline=None, max_examples=60)
@given(st.sets(st.integers(0, 400), max_size=40), st.sets(st.integers(0, 400), min_size=1, max_size=400))
def test_what_is_missing_is_found_however_little_of_the_list_is_read(there: set[int], asked: set[int]) -> None:
    sizes = {digest(number): 1 for number in sorted(asked)}
    assert missing(stored(there), sizes) == [digest(number) for number in sorted(asked - there)]


def test_a_blob_of_another_size_is_missing() -> None:
    for count in (1, 3 * LOOKS_PER_PAGE):
        sizes = {digest(number): 2 for number in range(count)}
        assert missing(stored(set(range(count)), size=1), sizes) == list(sizes)


def test_many_files_are_not_looked_for_one_by_one() -> None:
    count = 5 * LOOKS_PER_PAGE
    blobs = stored(set(range(3 * PAGE)))
    assert len(missing(blobs, {digest(number): 1 for number in range(count)})) == count - 3 * PAGE
    assert (blobs.pages, blobs.looks) == (3, 0)


def test_a_few_files_are_looked_for_one_by_one_however_many_there_are() -> None:
    blobs = stored(set(range(10 * PAGE)))
    assert missing(blobs, {digest(0): 1, digest(-1): 1}) == [digest(-1)]
    assert (blobs.pages, blobs.looks) == (0, 2)
