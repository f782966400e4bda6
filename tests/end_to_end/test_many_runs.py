"""Many runs submitted at once to few nodes: each ends, once, in its turn."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.end_to_end.conftest import Api, until

RUNS, NODES, CALLERS = 20, 4, 8


@pytest.fixture(scope="module", autouse=True)
def four(api: Api) -> Iterator[None]:
    body = {"name": "four", "vm_size": "standard_d2s_v3", "min_nodes": NODES, "max_nodes": NODES}
    assert api.http.post("compute-targets", json=body).status_code == 201
    yield
    assert api.http.delete("compute-targets/four").status_code in (200, 202, 204)


def submit(api: Api, snapshot: str, number: int) -> tuple[str, str]:
    body = {"experiment": "many", "compute_target": "four", "snapshot_id": snapshot, "run_id": f"many-{number}",
            "command": ["echo", f"number {number}"]}
    answer = api.http.post("runs", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["submitted_at"], answer.json()["run_id"]


def test_twenty_runs_at_once_end_on_four_nodes_in_their_turn(api: Api) -> None:
    snapshot = api.snapshot({"README": "nothing to run"})
    with ThreadPoolExecutor(CALLERS) as pool:
        ids = [run_id for _, run_id in sorted(pool.map(lambda n: submit(api, snapshot, n), range(RUNS)))]
    for run_id in reversed(ids):
        assert api.wait(run_id, seconds=100)["status"] == "Completed", api.run(run_id)

    runs = [api.run(run_id) for run_id in ids]
    started = [str(run["started_at"]) for run in runs]
    overtaken = [sum(other < at for other in started[place:]) for place, at in enumerate(started)]
    assert sum(overtaken) / RUNS < NODES, overtaken  # In no order it would be a quarter of all.
    assert {run["attempt"] for run in runs} == {1}
    for run_id in ids:
        types = api.types(run_id)
        once = ("run.attempt_opened", "run.script_started", "run.attempt_ended", "run.ended")
        assert [types.count(each) for each in once] == [1] * len(once)
        log = api.http.get(f"runs/{run_id}/logs/user_logs/std_log.txt").text
        assert log == f"number {run_id.removeprefix('many-')}\n"

    def listed() -> int:
        page = api.http.get("runs", params={"compute_target": "four", "status": "Completed", "limit": 100}).json()
        return len(page["value"])

    until(lambda: listed() == RUNS)
