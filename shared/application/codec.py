"""Commits as stored documents. An event's name and version here are a promise: what was written must be read for ever.

A new optional field needs nothing. A changed shape: raise the version and add an upcast. A changed meaning: a new name.
``tests/golden/events`` has one stored example of every name and version.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import cast

from shared.application.ports import Commit, TooNew
from shared.domain import (
    compute,
    dataset,
    datastore,
    environment,
    experiment,
    model,
    run_events,
    sweep_events,
    workspace,
)
from shared.domain.value import Value

Document = dict[str, object]
Upcast = Callable[[Document], Document]

CURRENT: Mapping[str, tuple[int, type[Value]]] = {
    "run.submitted": (1, run_events.RunSubmitted),
    "run.attempt_opened": (1, run_events.AttemptOpened),
    "run.attempt_queued": (1, run_events.AttemptQueued),
    "run.attempt_started": (1, run_events.AttemptStarted),
    "run.script_started": (1, run_events.ScriptStarted),
    "run.attempt_lost": (1, run_events.AttemptLost),
    "run.attempt_ended": (1, run_events.AttemptEnded),
    "run.late_report_ignored": (1, run_events.LateReportIgnored),
    "run.cancel_requested": (1, run_events.CancelRequested),
    "run.cancel_delivered": (1, run_events.CancelDelivered),
    "run.delay_reported": (1, run_events.DelayReported),
    "run.output_stored": (1, run_events.OutputStored),
    "run.ended": (1, run_events.RunEnded),
    "run.tagged": (1, run_events.RunTagged),
    "run.tag_removed": (1, run_events.TagRemoved),
    "run.properties_set": (1, run_events.PropertiesSet),
    "run.described": (1, run_events.RunDescribed),
    "sweep.started": (1, sweep_events.SweepStarted),
    "sweep.trial_planned": (1, sweep_events.TrialPlanned),
    "sweep.trial_submitted": (1, sweep_events.TrialSubmitted),
    "sweep.trial_stopped": (1, sweep_events.TrialStopped),
    "sweep.trial_ended": (1, sweep_events.TrialEnded),
    "sweep.stopped": (1, sweep_events.SweepStopped),
    "sweep.ended": (1, sweep_events.SweepEnded),
    "experiment.created": (1, experiment.ExperimentCreated),
    "experiment.archived": (1, experiment.ExperimentArchived),
    "experiment.reactivated": (1, experiment.ExperimentReactivated),
    "compute.created": (1, compute.ComputeCreated),
    "compute.updated": (1, compute.ComputeUpdated),
    "compute.provisioned": (1, compute.ComputeProvisioned),
    "compute.refused": (1, compute.ComputeRefused),
    "compute.scaled": (1, compute.ComputeScaled),
    "compute.mended": (1, compute.ComputeMended),
    "compute.deletion_requested": (1, compute.ComputeDeletionRequested),
    "compute.deleted": (1, compute.ComputeDeleted),
    "model.registered": (1, model.ModelRegistered),
    "model.changed": (1, model.ModelChanged),
    "model.deleted": (1, model.ModelDeleted),
    "environment.registered": (1, environment.EnvironmentRegistered),
    "dataset.saved": (1, dataset.DatasetSaved),
    "dataset.registered": (1, dataset.DatasetRegistered),
    "dataset.described": (1, dataset.DatasetDescribed),
    "datastore.registered": (1, datastore.DatastoreRegistered),
    "datastore.replaced": (1, datastore.DatastoreReplaced),
    "datastore.unregistered": (1, datastore.DatastoreUnregistered),
    "datastore.secret_reserved": (1, datastore.SecretReserved),
    "datastore.secret_forgotten": (1, datastore.SecretForgotten),
    "workspace.default_datastore_set": (1, workspace.DefaultDatastoreSet),
}
"""Name -> the version written today, and what it becomes."""

NAMES: Mapping[type[Value], str] = {model: name for name, (_, model) in CURRENT.items()}

UPCASTS: Mapping[tuple[str, int], Upcast] = {}
"""Name and stored version -> the same fact's data one version later."""


def to_document(commit: Commit) -> Document:
    """The JSON document of a commit. ``id`` is the padded version, so that ids sort as versions do."""
    return {
        "id": f"{commit.version:08d}",
        "stream": commit.stream,
        "version": commit.version,
        "next": commit.next,
        "at": _written(commit.at),
        "command_id": commit.command_id,
        "caused_by": commit.caused_by,
        "actor": commit.actor,
        "events": [encode(event) for event in commit.events],
    }


def from_document(document: Mapping[str, object]) -> Commit:
    """The commit of a stored document; ``TooNew`` when this version of Runspoor cannot know what one event means."""
    return Commit(
        stream=str(document["stream"]),
        version=cast("int", document["version"]),
        at=datetime.fromisoformat(str(document["at"])),
        command_id=str(document["command_id"]),
        actor=str(document["actor"]),
        caused_by=str(document["caused_by"]),
        events=tuple(decode(event) for event in cast("list[Document]", document["events"])),
    )


def encode(event: Value) -> Document:
    """``{"type", "v", "data"}`` of an event."""
    name = NAMES[type(event)]
    return {"type": name, "v": CURRENT[name][0], "data": event.model_dump(mode="json")}


def decode(
    stored: Mapping[str, object],
    current: Mapping[str, tuple[int, type[Value]]] = CURRENT,
    upcasts: Mapping[tuple[str, int], Upcast] = UPCASTS,
) -> Value:
    """Bring a stored event to today's version, one step at a time, and validate it."""
    name, version = str(stored["type"]), cast("int", stored["v"])
    if name not in current or version > current[name][0]:
        raise TooNew(f"Event {name} v{version} is unknown to this version of Runspoor: finish its deployment.")
    newest, model = current[name]
    data = cast("Document", stored["data"])
    for step in range(version, newest):
        data = upcasts[name, step](data)
    return model.model_validate(data)


def describe(commit: Commit) -> list[Document]:
    """The events of a commit one by one, each with its version in the stream, as people read them."""
    return [
        {
            "version": version, **encode(event), "at": _written(commit.at), "actor": commit.actor,
            "caused_by": commit.caused_by, "command_id": commit.command_id,
        }
        for version, event in enumerate(commit.events, commit.version)
    ]


def _written(at: datetime) -> str:
    """Fixed width with microseconds, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
