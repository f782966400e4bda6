"""Runs that are a notebook or a shell of the caller's: they log, upload, and say how they ended."""

import uuid

import httpx
import pytest

from tests.end_to_end.api import Api
from tests.end_to_end.problem import refused

BLOCK = {"x-ms-blob-type": "BlockBlob"}
EVENTS = ["run.submitted", "run.attempt_opened", "run.attempt_started", "run.script_started"]


@pytest.fixture
def run_id(api: Api) -> str:
    return begun(api)


def begun(api: Api, **settings: object) -> str:
    answer = api.http.post("runs", json={"experiment": "notebooks", **settings})
    assert answer.status_code == 201, answer.text
    assert answer.json()["status"] == "Running", answer.text
    return str(answer.json()["run_id"])


def end(api: Api, run_id: str, outcome: str = "succeeded", key: str | None = None, **why: str) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return api.http.post(f"runs/{run_id}/end", json={"outcome": outcome, **why}, headers=headers)


def log(api: Api, run_id: str, name: str, *values: float) -> None:
    body = {"metrics": [{"name": name, "values": list(values)}]}
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    assert api.http.post(f"runs/{run_id}/metrics", json=body, headers=headers).status_code == 201


def upload(api: Api, run_id: str, **files: bytes) -> None:
    names = {f"outputs/{name}": content for name, content in files.items()}
    answer = api.http.post(f"runs/{run_id}/uploads", json={"names": list(names)})
    assert answer.status_code == 200, answer.text
    for name, url in answer.json()["urls"].items():
        assert httpx.put(url, content=names[name], headers=BLOCK).status_code == 201


def test_it_runs_at_once_and_completes(api: Api, run_id: str) -> None:
    run = api.run(run_id)
    assert (run["status"], run["attempt"], run["node"], run["compute_target"]) == ("Running", 1, "caller", "local")
    assert api.types(run_id) == EVENTS
    log(api, run_id, "loss", 3, 2)
    log(api, run_id, "loss", 1)
    upload(api, run_id, model=b"abc", notes=b"12345")
    ended = end(api, run_id)
    assert ended.status_code == 202, ended.text
    run = api.wait(run_id)
    assert (run["status"], run["reason"]) == ("Completed", None)
    assert run["left"] == {"files": 2, "bytes": 8}
    assert api.http.get(f"runs/{run_id}/metrics/loss").json()["values"] == [3.0, 2.0, 1.0]
    assert api.types(run_id) == [*EVENTS, "run.attempt_ended", "run.ended"]
    assert httpx.get(api.http.get(f"runs/{run_id}/files/outputs/model").json()["url"]).content == b"abc"
    assert api.http.get("experiments/notebooks").status_code == 200


def test_the_end_said_twice_is_said_once(api: Api, run_id: str) -> None:
    for key in ("k", "k", None):
        answer = end(api, run_id, "failed", key, code="BadData", message="No rows.")
        assert answer.status_code == 202, answer.text
    run = api.wait(run_id)
    assert run["status"] == "Failed"
    assert run["reason"] == {"code": "BadData", "message": "No rows."}
    refused(end(api, run_id), 409, "Failed already")
    assert api.types(run_id).count("run.ended") == 1


def test_a_failure_without_words(api: Api, run_id: str) -> None:
    end(api, run_id, "failed")
    assert api.wait(run_id)["reason"] == {"code": "RunFailed", "message": "Its caller ended the run as failed."}


def test_cancel_ends_it_at_once(api: Api, run_id: str) -> None:
    answer = api.http.post(f"runs/{run_id}/cancel", json={"reason": "enough"})
    assert answer.status_code == 202
    assert answer.json()["status"] == "Canceled"
    refused(end(api, run_id), 409, "Canceled already")
    refused(api.http.post(f"runs/{run_id}/uploads", json={"names": ["outputs/a"]}), 409, "while an attempt")


def test_the_same_submission_is_the_same_run(api: Api) -> None:
    answers = [api.http.post("runs", json={"experiment": "notebooks"}, headers={"Idempotency-Key": "one"})
               for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json()["run_id"] == answers[1].json()["run_id"]


@pytest.mark.parametrize("name", ["", "a", "system_logs/a", "batch/x", "outputs", "outputs/", "outputs/../a",
                                  "/outputs/a", "outputs.jsonl", "alive.json", "outputs/a\nb", "signals/lost.json"])
def test_only_files_of_a_run_are_uploaded(api: Api, run_id: str, name: str) -> None:
    refused(api.http.post(f"runs/{run_id}/uploads", json={"names": ["outputs/fine", name]}), 400)


def test_what_is_no_end(api: Api, run_id: str) -> None:
    wrong: tuple[object, ...] = (
        {}, [], {"outcome": "canceled"}, {"outcome": "failed", "code": ""}, {"outcome": "failed", "code": "c" * 101},
        {"outcome": "failed", "message": "m" * 3001}, {"outcome": "succeeded", "message": "why"})
    for body in wrong:
        refused(api.http.post(f"runs/{run_id}/end", json=body), 400)
    refused(end(api, "nobody"), 404)
    refused(api.http.post("runs/nobody/uploads", json={"names": ["outputs/a"]}), 404)
    refused(api.http.post(f"runs/{run_id}/local-attempt", json={}), 409, "something to run")
    assert api.run(run_id)["status"] == "Running"


def test_other_runs_end_by_themselves(api: Api) -> None:
    run_id = api.submit("print(1)")
    refused(end(api, run_id), 409, "ends when its script does")
    api.wait(run_id)


def test_why(api: Api, run_id: str) -> None:
    why = api.http.get(f"runs/{run_id}/why").json()
    assert (why["waiting_for"], why["status"]) == ("caller", "Running")
    assert "interactive" in why["summary"]
    end(api, run_id)
    api.wait(run_id)
    assert api.http.get(f"runs/{run_id}/why").json()["waiting_for"] == "nothing"


def test_a_run_is_renamed_and_described(api: Api) -> None:
    run_id = begun(api, display_name="first", description="before")

    def change(**body: str | None) -> tuple[object, object]:
        answer = api.http.patch(f"runs/{run_id}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()["display_name"], answer.json()["description"]

    assert change() == ("first", "before")
    assert change(display_name="second") == ("second", "before")
    assert change(description="after", display_name=None) == ("second", "after")
    assert change(description="") == ("second", None)
    end(api, run_id)
    assert change(display_name="done") == ("done", None)
    assert api.types(run_id).count("run.described") == 4
    api.wait(run_id)
    refused(api.http.patch(f"runs/{run_id}", json={"display_name": "n" * 257}), 400)
    refused(api.http.patch(f"runs/{run_id}", json={"name": "x"}), 400)
    refused(api.http.patch("runs/nobody", json={}), 404)


def test_tags_are_removed(api: Api) -> None:
    run_id = begun(api, tags={"stage": "1", "a/b ü": "2", "kept": "3"})
    for name in ("stage", "a%2Fb%20%C3%BC", "stage", "unknown"):
        assert api.http.delete(f"runs/{run_id}/tags/{name}").status_code == 200
    assert api.run(run_id)["tags"] == {"kept": "3"}
    assert api.types(run_id).count("run.tag_removed") == 2
    refused(api.http.delete("runs/nobody/tags/a"), 404)
