"""Metrics from scripts and from callers, in every order, of every kind, and many of them."""

import json
import random
from pathlib import Path

from azure.cosmos import CosmosClient
from azure.storage.blob import BlobServiceClient

from local.cosmos.auth import EMULATOR_KEY
from local.system import System
from shared.settings import DATABASE
from tests.end_to_end.api import Api, until

COSMOS_LIMIT = 2 * 1024 * 1024
WAIT = """
import os, time
while not os.path.exists({go!r}):
    time.sleep(0.05)
"""
KINDS = """
import runspoor
for value in (1, 2.5, True, None, "text", float("nan"), float("inf"), float("-inf"), 2**53, -(10**30), 1.0, 0.1):
    runspoor.log("mixed", value)
for step in (10, 20, 30):
    runspoor.log("stepped", step / 10, step=step)
runspoor.log_row("confusion", x=1, y=2.5, note="a")
runspoor.log_table("confusion", {"x": [2, 3], "y": [float("nan"), None]})
open("plot.png", "wb").write(b"not really")
runspoor.log_image("plot", "plot.png")
runspoor.log("ünï/code metric", 1)
"""
MIXED = [1, 2.5, True, None, "text", {"$float": "NaN"}, {"$float": "Infinity"}, {"$float": "-Infinity"},
         {"$int": "9007199254740992"}, {"$int": "-1" + "0" * 30}, 1.0, 0.1]
VOLUME = """
import runspoor
runspoor.log_list("big", [i * 0.5 for i in range(200_000)])
for i in range(20_000):
    runspoor.log("single", i, step=i)
"""


def values(api: Api, run_id: str, name: str, limit: int = 100_000) -> list[object]:
    """All points of a metric, page by page."""
    found: list[object] = []
    after: int | None = 0
    while after is not None:
        answer = api.http.get(f"runs/{run_id}/metrics/{name}", params={"after": after, "limit": limit})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert page["first"] == len(found)
        found += page["values"]
        after = page["next"]
    return found


def test_every_kind_of_value_survives(api: Api) -> None:
    run_id = api.submit(KINDS)
    assert api.wait(run_id)["status"] == "Completed"
    mixed = values(api, run_id, "mixed", limit=5)
    assert mixed == MIXED
    assert [type(value) for value in mixed] == [type(value) for value in MIXED]
    stepped = api.http.get(f"runs/{run_id}/metrics/stepped").json()
    assert (stepped["values"], stepped["steps"], len(stepped["at"])) == ([1.0, 2.0, 3.0], [10, 20, 30], 3)
    assert values(api, run_id, "confusion") == [
        {"x": 1, "y": 2.5, "note": "a"}, {"x": 2, "y": {"$float": "NaN"}}, {"x": 3, "y": None}]
    image = api.http.get(f"runs/{run_id}/metrics/plot").json()
    assert (image["kind"], image["values"]) == ("image", [{"path": "outputs/images/plot.png"}])
    names = [metric["name"] for metric in api.http.get(f"runs/{run_id}/metrics").json()["value"]]
    assert names == ["confusion", "mixed", "plot", "stepped", "ünï/code metric"]


def test_chunks_in_any_order_and_twice_make_one_list(api: Api, system: System, tmp_path: Path) -> None:
    """Written as a node writes them, under a running attempt, through its own grants."""
    run_id = api.submit(WAIT.format(go=str(tmp_path / "go")) + 'print("done")')
    api.wait(run_id, "Running")
    numbers = list(range(12))
    random.Random(7).shuffle(numbers)
    for seq in [*numbers, *numbers[:6]]:
        put_chunk(api, system, run_id, seq, [float(seq * 3 + i) for i in range(3)])
    until(lambda: total(api, run_id, "loss") == 36)
    expected = [float(i) for i in range(36)]
    assert values(api, run_id, "loss", limit=7) == expected
    over_http = {"metrics": [{"name": "loss", "values": [-1.0]}, {"name": "score", "values": [1], "steps": [5]}]}
    for _ in range(2):
        answer = api.http.post(f"runs/{run_id}/metrics", json=over_http, headers={"Idempotency-Key": "once"})
        assert answer.status_code == 201, answer.text
        assert values(api, run_id, "loss", limit=7) == [-1.0, *expected]
    (tmp_path / "go").touch()
    assert api.wait(run_id)["status"] == "Completed"
    assert values(api, run_id, "loss", limit=7) == [-1.0, *expected]
    assert api.http.post(f"runs/{run_id}/metrics", json={"metrics": [{"name": "score", "values": [2]}]}).is_success
    assert values(api, run_id, "score") == [1, 2]
    assert values(api, run_id, "loss") == [-1.0, *expected]


def put_chunk(api: Api, system: System, run_id: str, seq: int, points: list[float]) -> None:
    with BlobServiceClient.from_connection_string(system.storage.connection_string) as blobs:
        task = json.loads(blobs.get_blob_client("runs", f"{run_id}/1/task.json").download_blob().readall())
    name = f"metrics/{seq:08d}.json"
    grants = api.http.post(f"runs/{run_id}/attempts/1/grants", json={"write": [name]},
                           headers={"Authorization": f"Bearer {task['token']}"}).json()
    chunk = {"run": run_id, "attempt": 1, "seq": seq, "tags": [],
             "series": [{"name": "loss", "kind": "scalar", "values": points, "steps": None, "at": points}]}
    answer = api.http.put(grants["write"][name], json=chunk, headers={"x-ms-blob-type": "BlockBlob"})
    assert answer.status_code == 201, answer.text


def total(api: Api, run_id: str, name: str) -> int:
    metrics = api.http.get(f"runs/{run_id}/metrics").json()["value"]
    return next((int(metric["count"]) for metric in metrics if metric["name"] == name), 0)


def test_200_000_points_come_back_complete_and_in_order(api: Api, system: System, tmp_path: Path) -> None:
    run_id = api.submit(VOLUME + WAIT.format(go=str(tmp_path / "go")))
    until(lambda: total(api, run_id, "single") == 20_000, 60)
    assert api.run(run_id)["status"] == "Running"
    assert values(api, run_id, "single") == list(range(20_000))
    (tmp_path / "go").touch()
    assert api.wait(run_id, seconds=60)["status"] == "Completed"
    assert values(api, run_id, "big") == [i * 0.5 for i in range(200_000)]
    assert values(api, run_id, "single", limit=7_000) == list(range(20_000))
    assert total(api, run_id, "big") == 200_000
    sizes = document_sizes(system, run_id)
    assert max(sizes) < COSMOS_LIMIT
    assert sum(size > COSMOS_LIMIT / 4 for size in sizes) < 150


def document_sizes(system: System, run_id: str) -> list[int]:
    """Bytes of JSON of every document of the run's metrics."""
    database = CosmosClient(system.cosmos_url, EMULATOR_KEY).get_database_client(DATABASE)
    found = database.get_container_client("metrics").query_items("SELECT * FROM c", partition_key=run_id)
    return [len(json.dumps(document)) for document in found]
