"""That two runs never write to one place at once: what runs claim in each container that datastores name.

One document per container has what the runs that live claim by a path of the user's choice, and is written with its
etag, so of two submissions at once the second sees what the first has claimed. Paths with the run's own id, which all
have unless they say otherwise, are documents of their own. A claim counts while its run has not ended, whoever forgets
to give it back. Dropped, claims are made again from the events of the runs, as every view.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import cast

from shared.application import datastores, own_destinations
from shared.application.backend import AGAIN, Backend, Contention, load
from shared.application.ports import VersionConflict, View
from shared.domain.datastore import DatastoreDefinition
from shared.domain.definition import Output
from shared.domain.destinations import Claim, claimed, in_the_way, is_own
from shared.domain.errors import NotFound, Rejected
from shared.domain.ids import run_stream
from shared.domain.run import RUN
from shared.domain.run_state import Run

KIND = own_destinations.KIND
SUBMITTED_WITHIN = timedelta(minutes=10)
"""What a run claims that nobody knows belongs to a submission that goes on, or, after so long, to one that died."""
Change = Callable[[list[Claim]], list[Claim]]


def claim(backend: Backend, run_id: str, outputs: Mapping[str, Output]) -> None:
    """Claim where a run is about to write; ``Rejected`` when a run that has not ended writes there, naming it."""
    wanted = _by_place(backend, run_id, outputs.values(), backend.clock())
    try:
        for place, claims in wanted.items():
            _keep(backend, place, claims)
            _refuse(backend, own_destinations.in_the_way(backend, place, run_id, [each.path for each in claims]))
    except Rejected:
        for place, claims in wanted.items():
            _release(backend, place, claims)
        raise


def _keep(backend: Backend, place: str, claims: list[Claim]) -> None:
    """Write claims beside those of others; ``Rejected`` when one of the shared document is in the way."""
    for each in claims:
        if is_own(each):
            own_destinations.keep(backend, place, each, is_open=True)
    _change(backend, place, partial(_added, backend, claims))


def _release(backend: Backend, place: str, claims: list[Claim]) -> None:
    for each in claims:
        if is_own(each):
            own_destinations.keep(backend, place, each, is_open=False)
    if not all(map(is_own, claims)):
        _change(backend, place, partial(_without, claims[0].run))


def settle(backend: Backend, run: Run) -> None:
    """Bring the claims in line with what the run is: one that has ended has none."""
    if run.definition is None or run.submitted_at is None:
        return
    for place, claims in _by_place(backend, run.id, run.definition.outputs.values(), run.submitted_at).items():
        if run.ended:
            _release(backend, place, claims)
            continue
        for each in claims:
            if is_own(each):
                own_destinations.keep(backend, place, each, is_open=True)
        if shared := [each for each in claims if not is_own(each)]:
            _change(backend, place, partial(_replaced, run.id, shared))


def container(where: DatastoreDefinition) -> str:
    """The container, share or file system, which several datastores may name."""
    return f"{where.endpoint.lower()}/{where.container}"


def _by_place(backend: Backend, run_id: str, outputs: Iterable[Output], at: datetime) -> dict[str, list[Claim]]:
    """Container -> what is claimed there: two datastores may be one container."""
    places: dict[str, list[Claim]] = {}
    for output in outputs:
        try:
            where = datastores.definition(backend, output.path.datastore)
        except NotFound:
            continue  # Unregistered since: by this name nobody writes there.
        places.setdefault(container(where), []).append(Claim(run_id, claimed(output), at))
    return places


def _added(backend: Backend, claims: list[Claim], known: list[Claim]) -> list[Claim]:
    run_id = claims[0].run
    others = in_the_way(known, run_id, [each.path for each in claims])
    _refuse(backend, others)
    kept = [each for each in known if each not in others]
    return _replaced(run_id, [each for each in claims if not is_own(each)], kept)


def _refuse(backend: Backend, others: Iterable[Claim]) -> None:
    """``Rejected`` when one of these claims of others counts."""
    if alive := next((other for other in others if _lives(backend, other)), None):
        raise Rejected(f"Run {alive.run!r} writes to {alive.path!r} of that datastore and has not ended: wait for its "
                       "end, cancel it, or name another path; one with '{run-id}' in it is no other run's.")


def _replaced(run_id: str, claims: list[Claim], known: list[Claim]) -> list[Claim]:
    return [*_without(run_id, known), *claims]


def _without(run_id: str, known: list[Claim]) -> list[Claim]:
    return [each for each in known if each.run != run_id]


def _lives(backend: Backend, claim: Claim) -> bool:
    run = load(backend, RUN, run_stream(claim.run))
    return not run.ended if run.definition else backend.clock() - claim.at < SUBMITTED_WITHIN


def _change(backend: Backend, place: str, change: Change) -> None:
    try:
        AGAIN(_change_once, backend, place, change)
    except VersionConflict:
        raise Contention(f"Too many runs claim places in {place} at once: send the request again.") from None


def _change_once(backend: Backend, place: str, change: Change) -> None:
    id = hashlib.sha256(place.encode()).hexdigest()
    stored = backend.views.get(KIND, id)
    known = [Claim(each["run"], each["path"], datetime.fromisoformat(each["at"]))
             for each in cast("list[dict[str, str]]", stored.body["claims"])] if stored else []
    changed = sorted(change(known), key=lambda each: (each.path, each.run))
    if changed != known:
        claims = [{"run": each.run, "path": each.path, "at": each.at.isoformat()} for each in changed]
        backend.views.put(View(KIND, id, place, {"place": place, "claims": claims},
                               stored.etag if stored else None))
