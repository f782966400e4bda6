"""The same key is the same run, however often and however many at once."""

from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.end_to_end.api import Api
from tests.end_to_end.problem import refused

Json = dict[str, object]


def test_an_idempotency_key_makes_one_run(api: Api, body: Json) -> None:
    key = {"Idempotency-Key": "the same"}
    first, second = (api.http.post("runs", json=body, headers=key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["run_id"] == second.json()["run_id"]
    for change in ({"arguments": ["x"]}, {"tags": {"a": "b"}}, {"properties": {"a": "b"}}, {"compute_target": "other"}):
        refused(api.http.post("runs", json={**body, **change}, headers=key), 409, "another Idempotency-Key")
    for bad in ("k" * 256, ""):
        refused(api.http.post("runs", json=body, headers={"Idempotency-Key": bad}), 400, "1 to 255")
    assert api.http.post("runs", json=body, headers={"Idempotency-Key": "k" * 255}).status_code == 201


def test_compute_targets_are_compared_without_case(api: Api, body: Json) -> None:
    run = api.http.post("runs", json={**body, "experiment": "case", "compute_target": "CPU"}).json()
    assert run["compute_target"] == "cpu"
    api.wait(run["run_id"])
    assert api.http.get("compute-targets/CPU").json()["name"] == "cpu"
    for spelled in ("CPU", "cpu"):
        query = {"compute_target": spelled, "experiment": "case"}
        listed = api.http.get("runs", params=query).json()["value"]
        assert [each["run_id"] for each in listed] == [run["run_id"]]


def test_32_submissions_with_one_key_at_once(api: Api, body: Json) -> None:
    request = {**body, "experiment": "at once"}

    def submit(_: int) -> httpx.Response:
        return api.http.post("runs", json=request, headers={"Idempotency-Key": "32"})

    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(submit, range(32)))
    assert sorted(answer.status_code for answer in answers) == [200] * 31 + [201]
    assert len({answer.json()["run_id"] for answer in answers}) == 1
    run_id = answers[0].json()["run_id"]
    api.wait(run_id)
    assert api.types(run_id).count("run.submitted") == 1
    assert api.types(run_id).count("run.attempt_started") == 1
    listed = api.http.get("runs", params={"experiment": "at once"}).json()["value"]
    assert [run["run_id"] for run in listed] == [run_id]
