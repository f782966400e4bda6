"""Sweeps and children of runs over HTTP, on a whole local system whose host is killed now and then."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.end_to_end.api import ENDED, Api, until
from tests.end_to_end.intercepted import Intercepted, intercepted_system
from tests.end_to_end.interceptor import Act

EVENTS = r"/colls/events/docs/?$"
LOSS = """
import argparse, runspoor
parser = argparse.ArgumentParser()
parser.add_argument("--first")
parser.add_argument("--x", type=float)
parser.add_argument("-k")
asked = parser.parse_args()
runspoor.log("loss", (asked.x - 2) ** 2 + (asked.k == "b"))
print("asked", asked)
"""
EPOCHS = """
import sys, time, runspoor
goodness = float(sys.argv[sys.argv.index("--goodness") + 1])
for epoch in range(300 if goodness < 0.5 else 5):
    runspoor.log("accuracy", goodness)
    time.sleep(0.2)
"""
WAITING = """
import time
while True:
    time.sleep(0.1)
"""
CHOICES = {"x": {"kind": "choice", "values": [1.5, 2]}, "-k": {"kind": "choice", "values": ["a", "b"]}}


@pytest.fixture(scope="module")
def breakable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intercepted]:
    """A system with nodes for several trials at once."""
    with intercepted_system(tmp_path_factory.mktemp("sweeps")) as world:
        world.create_target("sweeps", min_nodes=3, max_nodes=3)
        yield world


@pytest.fixture
def api(world: Intercepted) -> Api:
    return world.api


def sweep(api: Api, script: str, space: Mapping[str, object], kind: str = "grid", **settings: object) -> dict[str, Any]:
    """The body of a sweep."""
    run = {"experiment": "sweeps", "snapshot_id": api.snapshot({"train.py": script}), "compute_target": "sweeps",
           "script": "train.py", "grace_seconds": 1}
    return {"run": run, "sampling": {"kind": kind, "space": space}, "primary_metric": "loss", "goal": "minimize",
            "max_total_runs": 20, "max_concurrent_runs": 3, **settings}


def start(api: Api, body: dict[str, object]) -> str:
    answer = api.http.post("sweeps", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["run_id"])


def seen(api: Api, run_id: str) -> dict[str, Any]:
    answer = api.http.get(f"runs/{run_id}/sweep")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def ended(api: Api, run_id: str, seconds: float = 60) -> dict[str, Any]:
    """The sweep once it has ended."""
    api.wait(run_id, seconds=seconds)
    return seen(api, run_id)


def trials(api: Api, run_id: str) -> list[dict[str, Any]]:
    return list(seen(api, run_id)["trials"])


def children(api: Api, run_id: str, **query: str) -> list[dict[str, Any]]:
    answer = api.http.get(f"runs/{run_id}/children", params={"limit": 100, **query})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["value"])


def statuses(api: Api, run_id: str) -> set[object]:
    return {api.run(child["run_id"])["status"] for child in children(api, run_id)}


KILLED: dict[str, tuple[str, str, Act]] = {
    "a trial is planned": ("sweep.trial_planned", "sweep-killed", "hold before"),
    "a trial planned and its run submitted": ("run.submitted", "run-killed_1", "hold before"),
    "its run submitted and that recorded": ("run.submitted", "run-killed_2", "hold after"),
    "a trial ended and that recorded": ("sweep.trial_ended", "sweep-killed", "hold before"),
}
"""The event whose writing is held while the host is killed, the stream it is of, and how it is held."""


def test_the_host_is_killed_between_children(world: Intercepted, api: Api) -> None:
    body = {**sweep(api, LOSS, CHOICES), "run_id": "killed"}
    body["run"]["arguments"] = ["--first", "1"]
    for number, (event, stream, act) in enumerate(KILLED.values()):
        trap = world.proxy.trap("cosmos", "POST", EVENTS, event, stream, act=act)
        if number:
            world.system.start_host()
        else:
            start(api, body)
            assert api.http.post("sweeps", json=body).status_code == 200
        trap.wait(40)
        world.system.host.kill()
        world.proxy.clear()
    world.system.start_host()
    world.reconcile_until(lambda: api.run("killed")["status"] in ENDED, 60)
    found = seen(api, "killed")
    assert found["status"] == "Completed", found
    assert [(trial["run_id"], trial["status"]) for trial in found["trials"]] == [
        (f"killed_{number}", "Completed") for number in range(4)]
    until(lambda: len(children(api, "killed", status="Completed")) == 4)
    for trial in found["trials"]:
        x, k = trial["parameters"]["x"], trial["parameters"]["-k"]
        child = api.http.get(f"runs/{trial['run_id']}").json()
        assert child["parent"] == "killed"
        assert child["definition"]["launch"]["arguments"] == ["--first", "1", "-k", k, "--x", str(x)]
        assert api.types(trial["run_id"]).count("run.attempt_opened") == 1
        assert trial["metric"] == (x - 2) ** 2 + (k == "b")
    points = {(trial["parameters"]["x"], trial["parameters"]["-k"]) for trial in found["trials"]}
    assert points == {(x, k) for x in (1.5, 2) for k in "ab"}
    assert (found["best"]["parameters"], found["best"]["metric"]) == ({"-k": "a", "x": 2}, 0)
    assert api.http.post("sweeps", json=body).status_code == 200
    roots = api.http.get("runs", params={"experiment": "sweeps", "root": "true"}).json()["value"]
    assert [run["run_id"] for run in roots] == ["killed"]


def test_bandit_ends_a_bad_trial_while_it_runs(api: Api) -> None:
    """Told apart by what they log; the bad one would go on for a minute."""
    space = {"goodness": {"kind": "choice", "values": [0.9, 0.1]}}
    policy = {"kind": "bandit", "slack_factor": 0.2, "evaluation_interval": 2, "delay_evaluation": 2}
    run_id = start(api, sweep(api, EPOCHS, space, primary_metric="accuracy", goal="maximize", policy=policy))
    good, bad = ended(api, run_id)["trials"]
    assert api.run(run_id)["status"] == "Completed"
    assert (good["status"], good["metric"], good["reason"]) == ("Completed", 0.9, None)
    assert (bad["status"], bad["metric"]) == ("Canceled", 0.1)
    assert bad["reason"]["code"] == "StoppedEarly"
    assert "0.75 was needed" in str(api.run(bad["run_id"])["reason"])


def test_bayesian_sampling_learns_from_what_was_tried(api: Api) -> None:
    space = {"x": {"kind": "uniform", "min": -4, "max": 4}, "-k": {"kind": "choice", "values": ["a"]}}
    run_id = start(api, sweep(api, LOSS, space, "bayesian", max_total_runs=3, max_concurrent_runs=2))
    found = ended(api, run_id)
    assert found["status"] == "Completed", found
    assert len({json.dumps(trial["parameters"]) for trial in found["trials"]}) == 3
    metrics = [trial["metric"] for trial in found["trials"]]
    assert metrics == [(trial["parameters"]["x"] - 2) ** 2 for trial in found["trials"]]
    assert found["best"]["metric"] == min(metrics)


def test_canceling_a_sweep_cancels_its_trials(api: Api) -> None:
    run_id = start(api, sweep(api, WAITING, {"x": {"kind": "randint", "upper": 9}}, "random", max_concurrent_runs=2))
    until(lambda: [child["status"] for child in children(api, run_id)].count("Running") == 2, 30)
    assert {trial["status"] for trial in trials(api, run_id)} == {"Running"}
    assert "trials" in api.http.get(f"runs/{run_id}/why").json()["waiting_for"]
    refused = api.http.post(f"runs/{run_id}/end", json={"outcome": "succeeded"})
    assert refused.status_code == 409, refused.text
    assert api.http.post(f"runs/{run_id}/cancel", json={"reason": "enough"}).status_code == 202
    assert api.run(run_id)["status"] == "Canceled"
    until(lambda: statuses(api, run_id) == {"Canceled"}, 30)
    until(lambda: [trial["status"] for trial in trials(api, run_id)] == ["Canceled"] * 2)
    body = {"experiment": "sweeps", "parent": run_id}
    refused = api.http.post("runs", json=body)
    assert refused.status_code == 409
    assert "gets no more children" in refused.json()["detail"]


def test_canceling_any_parent_cancels_its_children(world: Intercepted, api: Api) -> None:
    parent = str(api.http.post("runs", json={"experiment": "parents"}).json()["run_id"])
    child = api.submit(WAITING, compute_target="sweeps", parent=parent, grace_seconds=1)
    inner = str(api.http.post("runs", json={"experiment": "parents", "parent": parent}).json()["run_id"])
    done = str(api.http.post("runs", json={"experiment": "parents", "parent": parent}).json()["run_id"])
    assert api.http.post(f"runs/{done}/end", json={"outcome": "succeeded"}).status_code == 202
    api.wait(done)
    until(lambda: {run["run_id"] for run in children(api, parent)} == {child, inner, done})
    api.wait(child, "Running")
    assert api.http.post(f"runs/{parent}/cancel", json={}).status_code == 202
    assert api.wait(inner)["status"] == "Canceled"
    assert api.wait(child)["status"] == "Canceled"
    assert parent in str(api.run(child)["reason"])
    assert api.run(done)["status"] == "Completed"


def test_a_sweep_ends_after_its_time(world: Intercepted, api: Api) -> None:
    run_id = start(api, sweep(api, WAITING, {"x": {"kind": "randint", "upper": 9}}, "random", max_concurrent_runs=1,
                              max_duration_seconds=2))
    world.reconcile_until(lambda: api.run(run_id)["status"] in ENDED, 40)
    found = seen(api, run_id)
    assert (found["status"], found["reason"]["code"]) == ("Canceled", "TimeLimit")
    assert [trial["status"] for trial in found["trials"]] == ["Canceled"]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "empty space": ({"sampling": {"kind": "random", "space": {}}}, "is empty"),
    "grid of numbers": ({"sampling": {"kind": "grid", "space": {"x": {"kind": "randint", "upper": 3}}}}, "'choice'"),
    "bayesian of normal": ({"sampling": {"kind": "bayesian", "space": {"x": {"kind": "normal", "mu": 0, "sigma": 1}}}},
                           "takes only 'choice', 'uniform', 'quniform'"),
    "bandit of two slacks": ({"policy": {"kind": "bandit", "slack_factor": 1.0, "slack_amount": 1.0}}, "exactly one"),
    "too many runs": ({"max_total_runs": 1001}, "max_total_runs"),
    "too many at once": ({"max_concurrent_runs": 101}, "max_concurrent_runs"),
    "long id": ({"run_id": "a" * 53}, "too long for a sweep"),
    "no target": ({"run": {"compute_target": "nowhere"}}, "no compute target 'nowhere'"),
    "own machine": ({"run": {"compute_target": "local"}}, "run on a compute target"),
    "own id": ({"run": {"run_id": "mine"}}, "leave 'run_id'"),
    "one output for all": ({"run": {"outputs": {"net": {"path": {"datastore": "workspaceblobstore", "path": "net"}}}}},
                           "{run-id}"),
    "too many arguments": ({"run": {"arguments": ["a"] * 1000}}, "at most 1000 items"),
    "no script": ({"run": {"script": "other.py"}}, "no script 'other.py'"),
}


@pytest.mark.parametrize(("changes", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_swept_is_refused(api: Api, changes: dict[str, Any], words: str) -> None:
    body = sweep(api, LOSS, CHOICES, run_id="refused")
    run = {**body["run"], **changes.get("run", {})}
    answer = api.http.post("sweeps", json={**body, **changes, "run": run})
    assert answer.status_code == 400, answer.text
    assert words in answer.text
    assert api.http.get("runs/refused").status_code == 404


def test_what_is_no_sweep_has_none(api: Api) -> None:
    run_id = str(api.http.post("runs", json={"experiment": "parents"}).json()["run_id"])
    assert api.http.get(f"runs/{run_id}/sweep").status_code == 404
    assert api.http.get("runs/nobody/children").status_code == 404
    refused = api.http.post("runs", json={"experiment": "parents", "parent": "nobody"})
    assert refused.status_code == 400
    assert "There is no run 'nobody'" in refused.text
