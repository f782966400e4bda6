"""URLs while pages are on their way."""

import threading

from runspoor.mount.listing import Listing
from runspoor.mount.tree import File, Tree

from tests.end_to_end.api import until


def page(path: str, following: str | None) -> dict[str, object]:
    return {"value": [{"path": path, "url": f"http://{path}", "size": 1, "etag": None}], "next": following}


def test_a_page_that_does_not_come_keeps_nobody_whose_url_is_known() -> None:
    tree, asked, answering = Tree(), list[str | None](), threading.Event()

    def ask(cursor: str | None) -> dict[str, object]:
        asked.append(cursor)
        if len(asked) > 1:
            assert answering.wait(30)
        return page("b", None) if cursor else page("a", "2")

    listing = Listing(tree, page("a", "2"), ask)
    listing.read_on()
    first, second = tree.node(2), tree.node(3)
    assert isinstance(first, File)
    assert isinstance(second, File)
    renewing = threading.Thread(target=listing.url, args=(first, "http://a"))
    renewing.start()
    until(lambda: asked == ["2", None])
    assert listing.url(second) == "http://b"
    answering.set()
    renewing.join()
