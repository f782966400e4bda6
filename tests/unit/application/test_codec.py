"""What was stored must be read for ever, and what is written today must look like what was promised."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.application import codec
from shared.application.ports import TooNew
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
from tests.contract.examples import AT, EXAMPLES, REASON, VARIANTS, commit

GOLDEN = Path(__file__).parents[2] / "golden" / "events"
STORED_VERSIONS = [(name, v) for name, (newest, _) in codec.CURRENT.items() for v in range(1, newest + 1)]


def golden(name: str, version: int, variant: str | None = None) -> codec.Document:
    document: codec.Document = json.loads((GOLDEN / file_name(name, version, variant)).read_text(encoding="utf-8"))
    return document


def file_name(name: str, version: int, variant: str | None = None) -> str:
    return ".".join(filter(None, (name, f"v{version}", variant, "json")))


def test_every_event_of_the_domain_has_a_name() -> None:
    unions = (run_events.RunEvent, experiment.ExperimentEvent, compute.ComputeEvent, dataset.DatasetEvent,
              datastore.DatastoreEvent, model.ModelEvent, sweep_events.SweepEvent)
    single = {dataset.DatasetSaved, environment.EnvironmentRegistered, workspace.DefaultDatastoreSet}
    models = {model for union in unions for model in union.__args__} | single
    assert models == set(codec.NAMES)


def test_every_version_ever_written_has_a_stored_example_and_nothing_else_has() -> None:
    stored = {*(file_name(*one) for one in STORED_VERSIONS), *(file_name(*variant) for variant in VARIANTS)}
    assert {path.name for path in GOLDEN.iterdir()} == stored


@pytest.mark.parametrize(("name", "version"), STORED_VERSIONS)
def test_a_stored_event_means_what_it_meant(name: str, version: int) -> None:
    assert codec.decode(golden(name, version)) == EXAMPLES[name, version]


@pytest.mark.parametrize(("name", "version", "variant"), VARIANTS)
def test_a_stored_variant_means_what_it_meant(name: str, version: int, variant: str) -> None:
    example = VARIANTS[name, version, variant]
    assert codec.decode(golden(name, version, variant)) == example
    assert within(golden(name, version, variant), codec.encode(example))


@pytest.mark.parametrize("name", codec.CURRENT)
def test_writing_an_event_gives_what_is_stored(name: str) -> None:
    """And perhaps optional fields that came later."""
    version = codec.CURRENT[name][0]
    assert within(golden(name, version), codec.encode(EXAMPLES[name, version]))


def within(stored: object, written: object) -> bool:
    """Whether ``written`` is ``stored`` but for further fields of its objects."""
    if isinstance(stored, dict) and isinstance(written, dict):
        return all(name in written and within(value, written[name]) for name, value in stored.items())
    if isinstance(stored, list) and isinstance(written, list):
        return len(stored) == len(written) and all(map(within, stored, written))
    return stored == written


def test_every_old_version_has_an_upcast() -> None:
    assert set(codec.UPCASTS) == {(name, v) for name, v in STORED_VERSIONS if v < codec.CURRENT[name][0]}


class Renamed(Value):
    outcome: str
    by: str


def test_upcasts_are_applied_one_version_at_a_time() -> None:
    upcasts = {
        ("thing.ended", 1): lambda data: {"outcome": "succeeded" if data["ok"] else "failed"},
        ("thing.ended", 2): lambda data: {**data, "by": "nobody"},
    }
    current = {"thing.ended": (3, Renamed)}
    first = codec.decode({"type": "thing.ended", "v": 1, "data": {"ok": True}}, current, upcasts)
    second = codec.decode({"type": "thing.ended", "v": 2, "data": {"outcome": "failed"}}, current, upcasts)
    assert (first, second) == (Renamed(outcome="succeeded", by="nobody"), Renamed(outcome="failed", by="nobody"))


@pytest.mark.parametrize(("name", "version"), [("run.teleported", 1), ("run.ended", 99)])
def test_what_only_a_newer_version_knows_is_refused(name: str, version: int) -> None:
    with pytest.raises(TooNew, match=f"{name} v{version}"):
        codec.decode({"type": name, "v": version, "data": {}})


def test_a_field_added_by_a_newer_writer_is_ignored() -> None:
    stored = {"type": "run.attempt_opened", "v": 1, "data": {"attempt": 2, "colour": "red"}}
    assert codec.decode(stored) == run_events.AttemptOpened(attempt=2)


def test_a_broken_event_is_not_read_as_something_else() -> None:
    with pytest.raises(ValidationError):
        codec.decode({"type": "run.attempt_opened", "v": 1, "data": {}})


def test_a_commit_survives_the_way_through_json() -> None:
    written = commit("run-digits_5f2c", 2, *EXAMPLES.values())
    assert codec.from_document(json.loads(json.dumps(codec.to_document(written)))) == written


def test_the_document_of_a_commit() -> None:
    assert codec.to_document(commit("run-a", 2, run_events.AttemptLost(attempt=1, reason=REASON))) == {
        "id": "00000002", "stream": "run-a", "version": 2, "next": 3, "at": "2026-11-20T19:30:00.123456Z",
        "command_id": "c-1", "caused_by": "http", "actor": "caller/default",
        "events": [{"type": "run.attempt_lost", "v": 1, "data": {
            "attempt": 1, "reason": {"code": REASON.code, "message": REASON.message}}}],
    }


@pytest.mark.parametrize("at", [
    datetime(2026, 11, 20, 19, 30, tzinfo=UTC), datetime(2026, 11, 20, 21, 30, tzinfo=timezone(timedelta(hours=2))),
])
def test_times_are_written_with_microseconds_in_utc(at: datetime) -> None:
    document = codec.to_document(codec.from_document({**codec.to_document(commit("run-a", 0)), "at": at.isoformat()}))
    assert document["at"] == "2026-11-20T19:30:00.000000Z"


def test_described_events_have_versions_of_their_own() -> None:
    events = codec.describe(commit("run-a", 4, EXAMPLES["run.attempt_opened", 1], EXAMPLES["run.script_started", 1]))
    assert [(event["version"], event["type"], event["v"], event["data"]) for event in events] == [
        (4, "run.attempt_opened", 1, {"attempt": 1}), (5, "run.script_started", 1, {"attempt": 1}),
    ]
    assert {event["at"] for event in events} == {AT.isoformat().replace("+00:00", "Z")}
    assert all(event.keys() == events[0].keys() >= {"actor", "caused_by", "command_id"} for event in events)
