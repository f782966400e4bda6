"""Messages, blob events and the change feed delivered again, late and in any order change nothing."""

import json
import random
import subprocess
import sys

import pytest

from local.host.receipts import CONTAINER as RECEIPTS
from local.system import APP
from tests.end_to_end.api import Api, until
from tests.end_to_end.intercepted import SCRIPT, Intercepted

REBUILD = """
from function_app import wiring
from shared.application.project import rebuild
rebuild(wiring.backend())
"""
Picture = dict[str, object]


@pytest.fixture(scope="module")
def runs(breakable: Intercepted) -> list[str]:
    """A few runs that have ended, one of each kind. The first read a dataset, and a model was made of it."""
    api = breakable.api
    source = {"kind": "file", "sources": [{"url": "https://data.example/raw.csv"}], "name": "redelivered"}
    read = {"dataset": api.http.post("datasets", json=source).json()["id"], "mode": "direct"}
    ids = [api.submit(SCRIPT, run_id="redelivered-completed", inputs={"raw": read}),
           api.submit("import sys; sys.exit(3)", run_id="redelivered-failed"),
           api.submit("import time; time.sleep(60)", run_id="redelivered-canceled")]
    api.wait(ids[2], "Running", "Starting", "Queued")
    assert api.http.post(f"runs/{ids[2]}/cancel", json={}).status_code == 202
    for run_id in ids:
        api.wait(run_id)
    model = {"name": "redelivered", "run_id": ids[0], "path": "outputs/model.txt"}
    assert api.http.post("models", json=model, headers={"Idempotency-Key": "once"}).status_code == 201
    until(lambda: len(lineage(api, ids[0])["nodes"]) == 3)
    return ids


def lineage(api: Api, run_id: str) -> dict[str, list[object]]:
    """Apart from the time up to which it is true."""
    found = api.http.get(f"runs/{run_id}/lineage").json()
    return {"nodes": found["nodes"], "edges": found["edges"]}


def picture(world: Intercepted, run_ids: list[str]) -> Picture:
    """Everything a caller can see of the runs, and the views behind it."""
    api = world.api
    return {
        "views": [(view["kind"], view["id"], view["sort"], view["body"]) for view in world.documents("views")
                  if view["kind"] != "feed"],
        **{run_id: [api.run(run_id), api.events(run_id), api.http.get(f"runs/{run_id}/metrics").json(),
                    api.http.get(f"runs/{run_id}/files").json(), world.tasks(run_id), lineage(api, run_id)]
           for run_id in run_ids},
        "loss": api.http.get(f"runs/{run_ids[0]}/metrics/loss").json(),
        "chunks": [(each["id"], each["body"]) for each in world.documents("metrics")],
    }


def settled(world: Intercepted, runs: list[str]) -> Picture:
    """The picture once the views have caught up."""
    until(lambda: all(world.view(run_id)["version"] == world.api.run(run_id)["version"] for run_id in runs))
    return picture(world, runs)


def test_messages_come_again_late_and_out_of_order(world: Intercepted, runs: list[str]) -> None:
    before = settled(world, runs)
    streams = [f"run-{run_id}" for run_id in runs] * 3 + ["compute-cpu", "run-nobody", "experiment-tests", "nonsense"]
    random.Random(3).shuffle(streams)
    waiting = world.messages
    for stream in streams:
        world.queue.send_message(json.dumps({"stream": stream}))
    until(lambda: world.messages <= waiting, 30)
    assert settled(world, runs) == before


def test_every_message_is_delivered_twice(world: Intercepted) -> None:
    waiting = world.messages
    world.proxy.trap("queue", "POST", "/reactions/messages", act="twice", times=100)
    world.proxy.trap("cosmos", "POST", "/colls/events/docs/?$", '"events"', act="twice", times=100)
    run_id = world.api.submit(SCRIPT)
    world.api.wait(run_id)
    until(lambda: world.messages <= waiting, 30)
    world.assert_completed_once(run_id)
    assert world.tasks(run_id) == [f"{run_id}-a1"]


def test_every_blob_event_comes_again(world: Intercepted, runs: list[str]) -> None:
    before = settled(world, runs)
    world.system.host.kill()
    receipts = world.blobs.get_container_client(RECEIPTS)
    names = list(receipts.list_blob_names(name_starts_with="blobreceipts/"))
    for name in names:
        receipts.delete_blob(name)
    world.system.start_host()
    until(lambda: len(list(receipts.list_blob_names(name_starts_with="blobreceipts/"))) >= len(names), 30)
    assert settled(world, runs) == before


def test_the_feed_is_replayed_from_the_beginning(world: Intercepted, runs: list[str]) -> None:
    before = settled(world, runs)
    leases = {str(lease["id"]): lease["continuation"] for lease in world.documents("leases")}
    assert len(leases) == 2
    world.system.host.kill()
    for lease in leases:
        world.database.get_container_client("leases").delete_item(lease, lease)
    world.system.start_host()
    until(lambda: {lease["id"]: lease["continuation"] for lease in world.documents("leases")} == leases, 30)
    assert settled(world, runs) == before


def test_views_are_dropped_and_rebuilt_from_events_alone(world: Intercepted, runs: list[str]) -> None:
    before = settled(world, runs)
    views = world.database.get_container_client("views")
    for view in world.documents("views"):
        views.delete_item(str(view["id"]), str(view["kind"]))
    assert world.api.http.get("runs").json()["value"] == []
    subprocess.run([sys.executable, "-c", REBUILD], cwd=APP, env=world.system.host_environment, check=True, timeout=60)
    assert settled(world, runs) == before
