"""Outputs when nodes are lost and when the host is killed between any two steps of their end."""

from typing import Any

import httpx

from tests.end_to_end.api import until
from tests.end_to_end.intercepted import Intercepted
from tests.end_to_end.interceptor import Act

EVENTS = r"/colls/events/docs/?$"
WRITE = "import pathlib, sys\npathlib.Path(sys.argv[1], 'net.pkl').write_text('net')"
MODEL = {"output": "model"}
STEPS: dict[str, tuple[str, Act]] = {
    "listed and saved": ("dataset.saved", "hold before"),
    "saved and registered": ("dataset.registered", "hold before"),
    "registered and recorded": ("run.output_stored", "hold before"),
    "recorded and answered": ("run.output_stored", "hold after"),
}
LOST = """
import os, pathlib, sys, time
folder, attempt = pathlib.Path(sys.argv[1]), os.environ["RUNSPOOR_ATTEMPT"]
(folder / f"of_{attempt}").write_text(attempt)
(folder / "both").write_text(attempt)
while attempt == "1":
    time.sleep(0.05)
"""


def model(world: Intercepted, run_id: str) -> dict[str, Any]:
    (found,) = world.api.http.get(f"runs/{run_id}").json()["outputs"]
    return dict(found)


def files(world: Intercepted, run_id: str) -> dict[str, str]:
    answer = world.api.http.get(f"dataset-ids/{model(world, run_id)['dataset']}/files", params={"check": "true"})
    assert answer.status_code == 200, answer.text
    return {file["path"]: httpx.get(file["url"], headers={"If-Match": file["etag"]}).raise_for_status().text
            for file in answer.json()["value"]}


def test_the_host_is_killed_between_the_steps_of_the_end(world: Intercepted) -> None:
    traps = []
    for number, (event, act) in enumerate(STEPS.values()):
        run_id = f"stored-{number}"
        register = {"register_as": {"name": f"stored-{number}"}}
        subject = run_id if event != "dataset.saved" else f"dataset/{run_id}/model"
        traps.append(world.proxy.trap("cosmos", "POST", EVENTS, event, subject, act=act))
        world.api.submit(WRITE, run_id=run_id, arguments=[MODEL], outputs={"model": register})
    for trap in traps:
        trap.wait(60)
    world.restart_host()
    for number in range(len(STEPS)):
        run_id = f"stored-{number}"
        assert world.api.wait(run_id)["status"] == "Completed"
        types = world.api.types(run_id)
        assert types[-3:] == ["run.attempt_ended", "run.output_stored", "run.ended"], types
        made, registered = model(world, run_id), world.api.http.get(f"datasets/{run_id}").json()
        assert (made["complete"], made["version"], made["others"]) == (True, 1, 0)
        assert (registered["id"], registered["version"]) == (made["dataset"], 1)
        assert files(world, run_id) == {"net.pkl": "net"}


def test_a_lost_node_and_the_files_it_had_written(world: Intercepted) -> None:
    """Both runs lose their node. One is tried again, and has the files of that try; the other keeps what it had."""
    runs = {"tried-again": 2, "given-up": 1}
    for run_id, attempts in runs.items():
        outputs = {"model": {"register_as": {"name": run_id}}}
        world.api.submit(LOST, run_id=run_id, arguments=[MODEL], max_attempts=attempts, outputs=outputs)
    for run_id in runs:
        listed = world.blobs.get_blob_client("runs", f"{run_id}/1/written/model.jsonl")
        until(lambda listed=listed: listed.exists(), 40)  # type: ignore[misc]
    for run_id in runs:
        world.fault(f"/pools/cpu/nodes/{world.node(run_id)}/lose")
    world.reconcile_until(lambda: world.api.run("given-up")["status"] == "Failed", 60)
    until(lambda: model(world, "given-up")["dataset"] is not None)
    kept = model(world, "given-up")
    assert (kept["files"], kept["complete"], kept["registered_as"]) == (2, False, None)
    assert files(world, "given-up") == {"of_1": "1", "both": "1"}
    world.reconcile_until(lambda: world.api.run("tried-again")["status"] == "Completed", 60)
    made = model(world, "tried-again")
    assert (made["files"], made["complete"], made["others"], made["version"]) == (2, True, 1, 1)
    assert files(world, "tried-again") == {"of_2": "2", "both": "2"}
