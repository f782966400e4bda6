"""Commits -> views. A view is the summary of a stream at a version; whatever arrives twice or late changes nothing."""

from collections.abc import Iterable
from datetime import datetime

from shared.application import compute_targets, runs
from shared.application.backend import Backend, load
from shared.application.experiments import model as experiment_model
from shared.application.ports import Commit, Json, VersionConflict, View
from shared.application.runs import sort_key
from shared.domain.compute import COMPUTE, ComputePhase
from shared.domain.experiment import EXPERIMENT
from shared.domain.ids import split_stream
from shared.domain.run import RUN

KINDS = ("run", "experiment", "compute")


def project(backend: Backend, commits: Iterable[Commit]) -> None:
    """Bring the views of all streams that have commits here up to date."""
    newest: datetime | None = None
    for stream, at in {commit.stream: commit.at for commit in commits}.items():
        refresh(backend, stream)
        newest = max(newest or at, at)
    if newest:
        _note_progress(backend, newest)


def refresh(backend: Backend, stream: str) -> None:
    """Write the view of one stream as it is now, unless a newer one is there."""
    while True:
        view = _view(backend, stream)
        if view is None:
            return
        stored = backend.views.get(view.kind, view.id)
        if stored and _version(stored.body) >= _version(view.body):
            return
        try:
            backend.views.put(View(view.kind, view.id, view.sort, view.body, stored.etag if stored else None))
            return
        except VersionConflict:
            continue


def rebuild(backend: Backend) -> None:
    """Drop every view and make it again from the events."""
    for kind in KINDS:
        backend.views.clear(kind)
    cursor: str | None = None
    while True:
        commits, cursor = backend.events.feed(cursor)
        if not commits:
            return
        project(backend, commits)


def _version(body: Json) -> int:
    version = body["version"]
    assert isinstance(version, int)
    return version


def _view(backend: Backend, stream: str) -> View | None:
    kind, subject = split_stream(stream)
    match kind:
        case "run":
            run = load(backend, RUN, stream)
            body: dict[str, object] = {**runs.summary(run).model_dump(mode="json"), "open": not run.ended}
            at = run.submitted_at
        case "experiment":
            experiment = load(backend, EXPERIMENT, stream)
            body = {**experiment_model(experiment).model_dump(mode="json"), "version": experiment.version}
            at = experiment.created_at
        case "compute":
            target = load(backend, COMPUTE, stream)
            body = {**compute_targets.model(target).model_dump(mode="json"), "version": target.version,
                    "present": target.phase is not ComputePhase.ABSENT}
            at = target.created_at
        case _:
            return None
    return View(kind, subject, sort_key(at, subject), body)


def _note_progress(backend: Backend, newest: datetime) -> None:
    """How far the lists are: best effort, two writers at once may leave the older time."""
    stored = backend.views.get("feed", "views")
    if stored and str(stored.body["at"]) >= newest.isoformat():
        return
    view = View("feed", "views", "views", {"at": newest.isoformat()}, stored.etag if stored else None)
    try:
        backend.views.put(view)
    except VersionConflict:
        return
