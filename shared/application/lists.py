"""Lists: pages of views, newest first, and how far the views are."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import BaseModel

from shared.application.backend import Backend
from shared.application.ports import Json, VersionConflict, View, Where
from shared.contract.responses import ViewPage

Item = TypeVar("Item", bound=BaseModel)


def page(
    backend: Backend, kind: str, model: type[Item], where: Where, limit: int, before: str | None
) -> ViewPage[Item]:
    """At most ``limit`` views of a kind whose fields have the values of ``where``, behind the cursor ``before``."""
    views = backend.views.page(kind, where, limit, before)
    return ViewPage(
        value=[model.model_validate(view.body) for view in views],
        next=views[-1].sort if len(views) == limit else None,
        as_of=as_of(backend),
    )


def keep(backend: Backend, view: View) -> None:
    """Write a view, unless one of the same ``revision`` or a later is there."""
    while True:
        stored = backend.views.get(view.kind, view.id)
        if stored and _revision(stored.body) >= _revision(view.body):
            return
        try:
            backend.views.put(replace(view, etag=stored.etag if stored else None))
            return
        except VersionConflict:
            continue


def _revision(body: Json) -> int:
    """Of a view that does not say: older than all others."""
    revision = body.get("revision", -1)
    assert isinstance(revision, int)
    return revision


def as_of(backend: Backend) -> datetime | None:
    """The time of the newest commit that the views know; none before the first."""
    newest = backend.views.get("feed", "views")
    return datetime.fromisoformat(str(newest.body["at"])) if newest else None


def sort_key(at: datetime | None, id: str) -> str:
    """Sorts by time, then id. Fixed width, so that text order is time order."""
    return f"{(at or datetime.fromtimestamp(0, UTC)).isoformat(timespec='microseconds')}|{id}"
