"""Claims of paths that have the run's own id in them: a document each, so that runs that live do not share one.

Such a path is in nobody's way but his who names that very run, or a folder above it. The document is written before
others are looked for. All claims are in one partition, so of two submissions at once at least one sees the other.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from shared.application.backend import AGAIN, Backend, Contention
from shared.application.lists import sort_key
from shared.application.ports import VersionConflict, View, Where
from shared.domain.destinations import Claim

KIND = "destinations"
PAGE = 100


def keep(backend: Backend, place: str, claim: Claim, is_open: bool) -> None:
    """Write the claim; one that is not open is found no more."""
    spots = _spots(place, claim.path) if is_open else []
    id = hashlib.sha256("\0".join((place, claim.run, claim.path)).encode()).hexdigest()
    body = {"run": claim.run, "path": claim.path, "at": claim.at.isoformat(), "name": spots[-1] if spots else "",
            "labels": spots}
    try:
        AGAIN(_keep, backend, View(KIND, id, sort_key(claim.at, id), body))
    except VersionConflict:
        raise Contention(f"{claim.path} is claimed too often at once: send the request again.") from None


def _keep(backend: Backend, view: View) -> None:
    stored = backend.views.get(view.kind, view.id)
    if stored is None or stored.body != view.body:
        backend.views.put(replace(view, etag=stored.etag if stored else None))


def in_the_way(backend: Backend, place: str, run_id: str, paths: Iterable[str]) -> Iterator[Claim]:
    """The open claims of other runs that are one of ``paths``, or lie above or below one."""
    for path in paths:
        spots = _spots(place, path)
        for where in ({"name": frozenset(spots)}, {"labels": (spots[-1],)}):
            yield from (claim for claim in _found(backend, where) if claim.run != run_id)


def _found(backend: Backend, where: Where) -> Iterator[Claim]:
    before: str | None = None
    while True:
        views = backend.views.page(KIND, where, PAGE, before)
        for view in views:
            yield Claim(str(view.body["run"]), str(view.body["path"]), datetime.fromisoformat(str(view.body["at"])))
        if len(views) < PAGE:
            return
        before = views[-1].sort


def _spots(place: str, path: str) -> list[str]:
    """The path and all above it, the container itself first. Without case: shares compare names so."""
    parts = path.casefold().split("/") if path else []
    return ["/".join((place, *parts[:count])) for count in range(len(parts) + 1)]
