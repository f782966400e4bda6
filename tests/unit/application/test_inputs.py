"""What lies where below an input's folder."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.application import inputs
from shared.application.inputs import checked_place, checked_source
from shared.application.paths import confined
from shared.contract.web_address import checked_url, parts_of, shown
from shared.domain.dataset import Source
from shared.domain.datastore import DEFAULT_DATASTORE
from shared.domain.errors import Invalid, NotFound
from tests.unit.application.deployment import Deployment

MNIST = [f"https://data.example/mnist/{name}.gz" for name in ("train-images", "train-labels", "t10k-images")]


@pytest.fixture
def world() -> Deployment:
    world = Deployment()
    for name in ("digits/a.csv", "digits/b/c.csv", "digits.csv", "digitsmore/d.csv", "e.csv"):
        world.blobs.put("data", name, name.encode())
    return world


def web(*urls: str) -> list[Source]:
    return [Source(url=url) for url in urls]


def stored(*paths: str) -> list[Source]:
    return [Source(datastore=DEFAULT_DATASTORE, path=path) for path in paths]


def paths(world: Deployment, sources: list[Source], limit: int = 1000) -> list[str]:
    """All of them, page by page."""
    found, cursor = [], None
    while True:
        page = inputs.page(world.backend, sources, limit, cursor)
        assert len(page.value) <= limit
        found += [file.path for file in page.value]
        cursor = page.next
        if cursor is None:
            return found


@pytest.mark.parametrize(("sources", "expected"), [
    (web(*MNIST), ["train-images.gz", "train-labels.gz", "t10k-images.gz"]),
    (web(MNIST[0], "https://data.example/other/x.csv"), ["mnist/train-images.gz", "other/x.csv"]),
    (web(MNIST[0], "https://other.example:8080/x.csv"), ["data.example/mnist/train-images.gz",
                                                        "other.example:8080/x.csv"]),
    (web("https://a.example/x?id=1", "https://a.example/x?id=2", "https://a.example/x?id=1"), ["x", "x_2"]),
    (web("https://a.example/x?id=1", "https://a.example/x?id=2", "https://a.example/x_2", "https://a.example/x?id=3"),
     ["x", "x_3", "x_2", "x_4"]),
    (web("https://a.example/a%20b.csv", "https://a.example/%2e%2e/c%2Fd"), ["a b.csv", "__/c_d"]),
    (web("https://a.example"), ["index.html"]),
    (stored("digits"), ["a.csv", "b/c.csv"]),
    (stored("digits.csv"), ["digits.csv"]),
    (stored("digits", "digits.csv"), ["digits/a.csv", "digits/b/c.csv", "digits.csv"]),
    (stored("digits/b/c.csv", "digits/a.csv"), ["b/c.csv", "a.csv"]),
    (stored(""), ["digits.csv", "digits/a.csv", "digits/b/c.csv", "digitsmore/d.csv", "e.csv"]),
    (stored("digits/*.csv"), ["a.csv"]),
    (stored("**/*.csv"), ["digits.csv", "digits/a.csv", "digits/b/c.csv", "digitsmore/d.csv", "e.csv"]),
    (stored("digits/**", "digits/b", "digits/a.csv", "digits/*.csv"), ["a.csv", "b/c.csv"]),
    (stored("digits.csv", "*/*.csv"), ["digits.csv", "digits/a.csv", "digitsmore/d.csv"]),
    ([*web(MNIST[0]), *stored("e.csv")], ["https/data.example/mnist/train-images.gz", "workspaceblobstore/e.csv"]),
])
@pytest.mark.parametrize("limit", [1, 2, 1000])
def test_paths(world: Deployment, sources: list[Source], expected: list[str], limit: int) -> None:
    assert paths(world, sources, limit) == expected


@pytest.mark.parametrize(("sources", "is_file"), [
    (web(MNIST[0]), True), (web(MNIST[0], MNIST[0]), True), (web(*MNIST), False), (stored("digits.csv"), True),
    (stored("digits"), False), (stored("digitsmore"), False), (stored(""), False),
    (stored("digits/*.csv"), False),
])
def test_one_file_is_no_folder(world: Deployment, sources: list[Source], is_file: bool) -> None:
    assert inputs.page(world.backend, sources, 1, None).is_file is is_file


def test_urls_of_blobs_are_grants_to_read(world: Deployment) -> None:
    (file,) = inputs.page(world.backend, stored("e.csv"), 1, None).value
    assert (file.size, file.url.split("?")[0]) == (5, "memory://data/e.csv")
    assert "?read&until=" in file.url


def test_an_empty_datastore_is_an_empty_folder() -> None:
    page = inputs.page(Deployment().backend, stored(""), 10, None)
    assert (page.value, page.next, page.is_file) == ([], None, False)


@pytest.mark.parametrize("path", ["nothing", "digit", "digits/a", "e.csv/f"])
def test_a_path_that_leads_nowhere(world: Deployment, path: str) -> None:
    with pytest.raises(NotFound, match=f"has nothing at '{path}'"):
        inputs.page(world.backend, stored(path), 10, None)


def test_a_pattern_that_matches_nothing(world: Deployment) -> None:
    with pytest.raises(NotFound, match=r"has no file that matches 'digits/\*.gz'"):
        inputs.page(world.backend, stored("digits/*.gz"), 10, None)


def test_a_pattern_that_matches_few_of_many_ends_its_pages(monkeypatch: pytest.MonkeyPatch, world: Deployment) -> None:
    monkeypatch.setattr(inputs, "LISTS_PER_PAGE", 2)
    first = inputs.page(world.backend, stored("**/e.csv"), 1, None)
    assert (first.value, first.next is None) == ([], False)
    assert paths(world, stored("**/e.csv"), 1) == ["e.csv"]


def test_a_datastore_that_is_not_there(world: Deployment) -> None:
    for act in (lambda each: inputs.check_known(world.backend, each),
                lambda each: inputs.page(world.backend, each, 10, None)):
        with pytest.raises(NotFound, match=r"no datastore 'other'.*workspaceblobstore"):
            act([Source(datastore="other", path="a")])


@pytest.mark.parametrize("cursor", ["x", "-1|", "9|", "0|\0", "|", "0|" + "x" * 3000, "¹|"])
def test_only_its_own_cursors(world: Deployment, cursor: str) -> None:
    with pytest.raises(Invalid, match="'cursor'"):
        inputs.page(world.backend, web(MNIST[0]), 10, cursor)


@given(st.lists(st.text(max_size=12), min_size=1, max_size=4))
def test_names_from_the_web_are_plain(parts: list[str]) -> None:
    """Whatever an address says, no part of it leads elsewhere."""
    path = "/".join("".join(f"%{byte:02x}" for byte in part.encode("utf-8", "replace")) for part in parts)
    names = parts_of(checked_url(f"https://a.example/{path}"))
    assert not {"", ".", ".."} & set(names)
    assert not any(sign in name for name in names for sign in "/\\\0")


@pytest.mark.parametrize(("url", "said"), [
    ("https://a.blob.core.windows.net/c/b?sv=2021&sp=r&SIG=abc", "carries a secret"),
    ("https://ada:pw@a.example/b", "carries a secret"),
    ("https://bucket.s3.amazonaws.com/b?X-Amz-Signature=abc", "carries a secret"),
    ("https://a.example/b?a=1;token=abc", "carries a secret"),
    ("/home/ada/data.csv", "is not a web address"), ("file:///etc/passwd", "is not a web address"),
    ("data.csv", "is not a web address"), ("https://", "is not a web address"), ("ftp://a/b", "is not a web address"),
    ("https://a..example/b", "is not a web address"), (f"https://{'a' * 64}.example/b", "is not a web address"),
    ("https://[::1/b", "is not a web address"), ("https://a.example:x/b", "is not a web address"),
    ("https://a.example/a b", "has characters"), ("https://a.example/ü", "has characters"),
    ("https://a.example/\n", "has characters"),
])
def test_addresses_that_cannot_be_kept(url: str, said: str) -> None:
    with pytest.raises(Invalid, match=said) as refused:
        checked_source(Source(url=url))
    assert "abc" not in str(refused.value)
    assert "pw" not in str(refused.value)


def test_what_messages_show_of_an_address() -> None:
    assert shown("https://ada:pw@a.example/b?sig=abc#x") == "https://a.example/b"


@pytest.mark.parametrize("source", stored("/a", "a/../b", "a/", "./a", "../*", "a//*.csv"))
def test_paths_of_datastores_that_cannot_be(source: Source) -> None:
    with pytest.raises(Invalid):
        checked_source(source)


@pytest.mark.parametrize("path", [None, "a", "./a/b", "/a/b", "a/", "/", "."])
def test_places_on_the_node(path: str | None) -> None:
    checked_place(path)


@pytest.mark.parametrize("path", ["..", "a/../b", "/a/../b", "a//b", "a\\b", "/../etc", "\x00"])
def test_places_that_lead_elsewhere(path: str) -> None:
    with pytest.raises(Invalid):
        checked_place(path)


def test_confined_is_what_names_of_the_web_are_held_to() -> None:
    with pytest.raises(Invalid):
        checked_source(Source(url="https://a.example/" + "x" * 300))
    assert confined("x" * 255)
