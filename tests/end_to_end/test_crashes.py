"""kill -9 between any two effects: started again on the same state, every run reaches its true end, once."""

import base64
import json
from dataclasses import dataclass

import pytest

from tests.end_to_end.intercepted import SCRIPT, Intercepted
from tests.end_to_end.interceptor import Act, Service, Trap

EVENTS, METRICS = r"/colls/events/docs/?$", r"/colls/metrics/docs/?$"


@dataclass(frozen=True)
class Place:
    """The request at which the host is killed: before the service has seen it, or before the host learns the answer."""

    service: Service
    path: str
    contains: str = ""
    act: Act = "hold before"
    method: str = "POST"


EARLY = {
    "commit and enqueue": Place("queue", "/reactions/messages"),
    "enqueue and the lease of the feed": Place("queue", "/reactions/messages", act="hold after"),
    "enqueue and the first step": Place("cosmos", EVENTS, "run.attempt_opened"),
    "attempt opened and pool created": Place("batch", "/pools$"),
    "pool created and job created": Place("batch", "/jobs$"),
    "job created and task created": Place("batch", "/tasks$"),
}
MIDDLE = {
    "task created and that recorded": Place("batch", "/tasks$", act="hold after"),
    "queued recorded and answered": Place("cosmos", EVENTS, "run.attempt_queued", "hold after"),
    "node started and that recorded": Place("cosmos", EVENTS, "run.attempt_started"),
    "script started and that recorded": Place("cosmos", EVENTS, "run.script_started"),
    "chunk arrived and kept": Place("cosmos", METRICS, "chunk"),
    "chunk kept and its tags set": Place("cosmos", EVENTS, "run.tagged"),
}
LATE = {
    "report written and recorded": Place("cosmos", EVENTS, "run.attempt_ended"),
    "report recorded and finalized": Place("cosmos", EVENTS, "run.attempt_ended", "hold after"),
    "series merged and that noted": Place("cosmos", METRICS, '"merged'),
    "metrics merged and run ended": Place("cosmos", EVENTS, "run.ended"),
    "run ended and answered": Place("cosmos", EVENTS, "run.ended", "hold after"),
    "run ended and shown in lists": Place("cosmos", r"/colls/views/docs/", "Completed", method="PUT"),
}
OUTPUTS: dict[str, tuple[str, Act]] = {
    "listed and saved": ("dataset.saved", "hold before"),
    "saved and registered": ("dataset.registered", "hold before"),
    "registered and recorded": ("run.output_stored", "hold before"),
    "recorded and answered": ("run.output_stored", "hold after"),
}
"""The steps by which what was written becomes a dataset: the event that is held, and how."""
WRITE = "import pathlib, sys\npathlib.Path(sys.argv[1], 'net.pkl').write_text('net')"


@dataclass(frozen=True)
class Caught:
    """A run, its compute target, and the trap it will be caught in."""

    run_id: str
    target: str
    trap: Trap


def submit(world: Intercepted, place: Place, run_id: str) -> Caught:
    """A run that will be caught at ``place``, on a compute target of its own where the making of one is the place."""
    target = f"for-{run_id}" if place.path in ("/pools$", "/jobs$") else "cpu"
    subject = target if target != "cpu" else _message(run_id) if place.service == "queue" else run_id
    trap = world.proxy.trap(place.service, place.method, place.path, place.contains, subject, act=place.act)
    if target != "cpu":
        world.create_target(target, max_nodes=1)
    world.api.submit(SCRIPT, run_id=run_id, compute_target=target)
    return Caught(run_id, target, trap)


def _message(run_id: str) -> str:
    return base64.b64encode(json.dumps({"stream": f"run-{run_id}"}).encode()).decode()


@pytest.mark.parametrize(("late", "middle", "early"), [*zip(LATE, MIDDLE, EARLY, strict=True)])
def test_the_host_is_killed_between(world: Intercepted, late: str, middle: str, early: str) -> None:
    """Three runs, one place each. The early one comes last, because it holds up what the others need."""
    number = list(LATE).index(late)
    first = [submit(world, LATE[late], f"late-{number}"), submit(world, MIDDLE[middle], f"middle-{number}")]
    for caught in first:
        caught.trap.wait()
    last = submit(world, EARLY[early], f"early-{number}")
    last.trap.wait()
    world.restart_host()
    for caught in (*first, last):
        world.api.wait(caught.run_id)
        world.assert_completed_once(caught.run_id)
        assert world.tasks(caught.run_id, caught.target) == [f"{caught.run_id}-a1"]


def test_the_host_is_killed_while_outputs_become_datasets(world: Intercepted) -> None:
    traps = []
    for number, (event, act) in enumerate(OUTPUTS.values()):
        run_id = f"stored-{number}"
        register = {"register_as": {"name": f"stored-{number}"}}
        subject = run_id if event != "dataset.saved" else f"dataset/{run_id}/model"
        traps.append(world.proxy.trap("cosmos", "POST", EVENTS, event, subject, act=act))
        world.api.submit(WRITE, run_id=run_id, arguments=[{"output": "model"}], outputs={"model": register})
    for trap in traps:
        trap.wait(60)
    world.restart_host()
    for number in range(len(OUTPUTS)):
        run_id = f"stored-{number}"
        assert world.api.wait(run_id)["status"] == "Completed"
        types = world.api.types(run_id)
        assert types[-3:] == ["run.attempt_ended", "run.output_stored", "run.ended"], types
        made, registered = world.written(run_id), world.api.http.get(f"datasets/{run_id}").json()
        assert (made["complete"], made["version"], made["others"]) == (True, 1, 0)
        assert (registered["id"], registered["version"]) == (made["dataset"], 1)
        assert world.files_written(run_id) == {"net.pkl": "net"}
