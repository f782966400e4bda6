"""Commits -> views. A view is the summary of a stream, or of one version of what it is about, and says at which
``revision`` of the stream (its number of events); whatever arrives twice or late changes nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from shared.application import (
    compute_targets,
    datasets,
    datastores,
    destinations,
    environments,
    lineage,
    lineage_nodes,
    lists,
    models,
    runs,
)
from shared.application.backend import Backend, load
from shared.application.experiments import model as experiment_model
from shared.application.lists import sort_key
from shared.application.ports import Commit, VersionConflict, View
from shared.domain.compute import COMPUTE, ComputePhase
from shared.domain.dataset import DATASET, DatasetRegistered
from shared.domain.datastore import DATASTORE
from shared.domain.environment import ENVIRONMENT
from shared.domain.experiment import EXPERIMENT
from shared.domain.ids import split_stream
from shared.domain.lineage import edges_of_model, edges_of_run
from shared.domain.model import MODEL, Model, ModelEvent
from shared.domain.run import RUN
from shared.domain.run_events import RunEnded, RunSubmitted
from shared.domain.sweep import SWEEP
from shared.domain.value import Value

KINDS = ("run", "experiment", "compute", models.NEWEST, models.EVERY, "dataset", "datastore", "environment",
         lineage.EDGE, lineage_nodes.DATASET_VERSION, destinations.KIND, "sweep")

PARALLEL = 8
"""Streams brought up to date at once: one after the other, lists would fall minutes behind when many runs change."""


def project(backend: Backend, commits: Iterable[Commit]) -> None:
    """Bring the views of all streams that have commits here up to date."""
    newest: datetime | None = None
    streams: dict[str, list[Value]] = {}
    for commit in commits:
        streams.setdefault(commit.stream, []).extend(commit.events)
        newest = max(newest or commit.at, commit.at)
    with ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(lambda each: refresh(backend, *each), streams.items()))
    if newest:
        _note_progress(backend, newest)


def refresh(backend: Backend, stream: str, events: Sequence[Value]) -> None:
    """Write the views of one stream that ``events`` of it may have changed, as they are now."""
    for view in _views(backend, stream, events):
        lists.keep(backend, view)
    if any(isinstance(event, RunEnded) or (isinstance(event, RunSubmitted) and event.definition.outputs)
           for event in events):
        destinations.settle(backend, load(backend, RUN, stream))


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


def _views(backend: Backend, stream: str, events: Iterable[Value]) -> Iterator[View]:
    kind, subject = split_stream(stream)
    match kind:
        case "run":
            run = load(backend, RUN, stream)
            body: dict[str, object] = {**runs.summary(run).model_dump(mode="json"), "revision": run.version,
                                      "open": not run.ended, "root": not (run.definition and run.definition.parent),
                                      "interactive": bool(run.definition and run.definition.is_interactive)}
            at = run.submitted_at
            for event in events:
                yield from lineage.views(edges_of_run(subject, event), at)
        case "sweep":
            sweep = load(backend, SWEEP, stream)
            body = {"run_id": sweep.id, "revision": sweep.version, "open": sweep.ended is None}
            at = sweep.started_at
        case "experiment":
            experiment = load(backend, EXPERIMENT, stream)
            body = {**experiment_model(experiment).model_dump(mode="json"), "revision": experiment.version}
            at = experiment.created_at
        case "compute":
            target = load(backend, COMPUTE, stream)
            body = {**compute_targets.model(target).model_dump(mode="json"), "revision": target.version,
                    "present": target.phase is not ComputePhase.ABSENT}
            at = target.created_at
        case "dataset":
            dataset = load(backend, DATASET, stream)
            newest = dataset.numbered()
            body = {**datasets.model(dataset, newest).model_dump(mode="json"), "revision": dataset.version}
            at = newest.created_at
            yield from lineage_nodes.dataset_views(
                dataset, {event.id for event in events if isinstance(event, DatasetRegistered)})
        case "datastore":
            datastore = load(backend, DATASTORE, stream)
            if datastore.latest is None:
                return
            body = {**datastores.model(datastore).model_dump(mode="json"), "revision": datastore.version,
                    "present": datastore.present}
            at = datastore.created_at
        case "environment":
            environment = load(backend, ENVIRONMENT, stream)
            registered = environment.numbered()
            body = {**environments.model(environment, registered).model_dump(mode="json"),
                    "revision": environment.version}
            at = registered.created_at
        case "model":
            model = load(backend, MODEL, stream)
            yield from _model_views(model, [event for event in events if isinstance(event, ModelEvent)])
            return
        case _:
            return
    yield View(kind, subject, sort_key(at, subject), body)


def _model_views(model: Model, events: Sequence[ModelEvent]) -> Iterator[View]:
    """The model by its newest version (once all are deleted: by its last), and the versions that events are about."""
    for event in events:
        yield from lineage.views(edges_of_model(model.name, event), model.versions[event.number].created_at)
    numbers = {event.number for event in events}
    for kind, number in ((models.NEWEST, model.newest or max(model.versions)), *((models.EVERY, n) for n in numbers)):
        version = model.versions[number]
        id = model.name if kind == models.NEWEST else f"{model.name}:{number}"
        body = {**models.response(model, version).model_dump(mode="json"), "labels": models.labels(version),
                "revision": model.version, "present": not version.deleted}
        yield View(kind, id, sort_key(version.created_at, id), body)


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
