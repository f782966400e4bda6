"""``runspoor runs metrics``."""

from typing import Annotated, Any, Optional
from urllib.parse import quote

import typer

from runspoor.cli import show
from runspoor.cli.options import AsJson, RunId
from runspoor.cli.session import part, session
from runspoor.client import POINTS_PER_PAGE, Client
from runspoor.numbers import plain

__all__ = ["metrics"]

SUMMARY: show.Columns = (("METRIC", "name"), ("KIND", "kind"), ("POINTS", "count"),
                         ("LAST", lambda metric: plain(metric["last"])))
DRAWN = 4
"""Plots, when nobody said which."""


def metrics(
    run: RunId,
    name: Annotated[Optional[str], typer.Argument(help="All values of this one.")] = None,
    json: AsJson = False,
) -> None:
    """The metrics of a run with their last values; or all values of one. On a terminal they are drawn too."""
    with session() as client:
        if name is not None:
            _points(client, run, name, json)
            return
        found = list(client.api.pages(f"runs/{part(run)}/metrics"))
        if json:
            show.as_json(found)
            return
        show.table(found, SUMMARY)
        series = [each["name"] for each in found if each["kind"] == "scalar" and each["count"] > 1]
        for one in series[:DRAWN] if show.is_watched() else ():
            _draw(one, client.points(run, one))


def _points(client: Client, run: str, name: str, json: bool) -> None:
    pages = _pages(client, run, name)
    if json:
        show.as_json({**pages[0], **{column: _joined(pages, column) for column in ("values", "steps", "at")},
                      "next": None})
        return
    values = [plain(value) for page in pages for value in page["values"]]
    if show.is_watched():
        _draw(name, values)
    for value in values:
        print(show.text(value))


def _pages(client: Client, run: str, name: str) -> list[Any]:
    path = f"runs/{part(run)}/metrics/{quote(name)}"
    pages: list[Any] = []
    after: int | None = 0
    while after is not None:
        pages.append(client.api.get(path, {"after": after, "limit": POINTS_PER_PAGE}).json())
        after = pages[-1]["next"]
    return pages


def _joined(pages: list[Any], column: str) -> Optional[list[Any]]:
    """One entry per value, or none at all; a page may have none where others do."""
    if all(page[column] is None for page in pages):
        return None
    return [entry for page in pages for entry in page[column] or [None] * len(page["values"])]


def _draw(name: str, values: list[Any]) -> None:
    from runspoor.cli.plot import drawn

    if plot := drawn(name, values):
        print(f"\n{plot}")
