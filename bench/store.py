"""The store: commits over HTTP against the bare SDK, folding a long stream, listing among many runs."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import cast

from bench.measure import Result, median_seconds, per_second, turn_by_turn
from bench.target import Target
from shared.adapters.cosmos_events import CosmosEvents
from shared.adapters.cosmos_views import CosmosViews
from shared.application.lists import sort_key
from shared.application.ports import Commit, View
from shared.contract.responses import RunSummary
from shared.domain.ids import run_stream
from shared.domain.run import RUN
from shared.domain.run_events import RunEvent, RunTagged

COMMITS = 300
LONG = 10_000
FEW = 100
FEW_NAME, MANY_NAME = "few runs", "many runs"
EVENTS_PER_COMMIT = 100
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def appends(target: Target, callers: int) -> Result:
    """Commits per second through HTTP, against ``create_item`` of documents of the same size on the same emulator."""
    container = target.container("metrics")

    def over_http(number: int) -> None:
        target.post("experiments", {"name": f"bench {callers} {number}"})

    def bare(number: int) -> None:
        id = f"{callers}-{number}-{uuid.uuid4().hex}"
        container.create_item({"id": id, "run": f"bench-{id}", "kind": "bench", "order": "", "padding": "x" * 300})

    at_once = "1 caller" if callers == 1 else f"{callers} callers"
    return Result(f"commits over HTTP, {at_once}", per_second(over_http, COMMITS, callers),
                  f"bare create_item, {at_once}", per_second(bare, COMMITS, callers), "/s")


def fold(target: Target) -> Result:
    """Loading and folding a stream of 10,000 events, against only querying its documents."""
    store = CosmosEvents(target.container("events"))
    stream = run_stream(f"bench-{uuid.uuid4().hex[:8]}")
    for first in range(0, LONG, EVENTS_PER_COMMIT):
        tags = [RunTagged(tags={"epoch": str(first + i)}) for i in range(EVENTS_PER_COMMIT)]
        store.append(Commit(stream, first, NOW, uuid.uuid4().hex, "bench", "bench", tags))
    container = target.container("events")

    def query() -> None:
        list(container.query_items("SELECT * FROM c WHERE c.stream = @s ORDER BY c.version",
                                   parameters=[{"name": "@s", "value": stream}], partition_key=stream))

    def load() -> None:
        RUN.fold(stream, [(cast("RunEvent", e), commit.at) for commit in store.read(stream) for e in commit.events])

    return Result("load and fold 10,000 events", median_seconds(load), "query of the same documents",
                  median_seconds(query), "s")


def listing(target: Target) -> Result:
    """Listing 20 runs of an experiment that has 10,000, against 20 of one that has 100, turn by turn."""
    views = CosmosViews(target.container("views"))
    per_second(lambda number: views.put(_view(number)), FEW + LONG, 8)
    many, few = turn_by_turn(lambda: target.get("runs", experiment=MANY_NAME, limit=20),
                             lambda: target.get("runs", experiment=FEW_NAME, limit=20))
    return Result("list 20 of 10,000 runs", many, "list 20 of 100 runs", few, "s")


def _view(number: int) -> View:
    run_id, at = f"listed-{number:06d}", NOW - timedelta(seconds=number)
    experiment = FEW_NAME if number < FEW else MANY_NAME
    body = RunSummary(run_id=run_id, experiment=experiment, compute_target="bench", status="Completed", since=at,
                      version=7, attempt=1, submitted_at=at).model_dump(mode="json")
    return View("run", run_id, sort_key(at, run_id), {**body, "open": False})
