"""What callers say about runs and experiments, and how it is found again: tags, properties, archives, lists."""

from datetime import datetime

import httpx
import pytest

from tests.end_to_end.conftest import Api, until
from tests.end_to_end.problem import refused


@pytest.fixture(scope="module")
def run_id(api: Api) -> str:
    """A run that has ended, in an experiment of its own, with a log of its own."""
    found = api.submit("open('logs/more.txt', 'w').write('more')", experiment="labels", tags={"team": "a"})
    assert api.wait(found)["status"] == "Completed"
    return found


def names(answer: httpx.Response, field: str) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [str(each[field]) for each in answer.json()["value"]]


def test_tags_change_and_can_be_set_after_the_end(api: Api, run_id: str) -> None:
    api.http.post(f"runs/{run_id}/tags", json={"tags": {"team": "b", "note": "best so far"}})
    assert api.run(run_id)["tags"] == {"team": "b", "note": "best so far"}
    version = api.run(run_id)["version"]
    assert api.http.post(f"runs/{run_id}/tags", json={"tags": {"team": "b"}}).json()["version"] == version


def test_properties_never_change(api: Api, run_id: str) -> None:
    first = api.http.post(f"runs/{run_id}/properties", json={"properties": {"commit": "5f2c"}})
    assert (first.status_code, first.json()["properties"]) == (200, {"commit": "5f2c"})
    refused(api.http.post(f"runs/{run_id}/properties", json={"properties": {"commit": "81a0"}}), 409, "use a tag")


def test_archived_experiments_are_hidden_until_they_are_reactivated(api: Api) -> None:
    def listed(archived: str) -> bool:
        return "hidden" in names(api.http.get("experiments", params={"archived": archived, "limit": 100}), "name")

    body = {"name": "hidden", "description": "for a while", "tags": {"a": "b"}}
    assert [api.http.post("experiments", json=body).status_code for _ in range(2)] == [201, 200]
    until(lambda: listed("false"))
    assert api.http.post("experiments/hidden/archive").json()["archived"] is True
    until(lambda: listed("true") and not listed("false"))
    assert api.http.post("experiments/hidden/reactivate").json()["archived"] is False
    until(lambda: listed("false") and not listed("true"))
    assert api.http.get("experiments/hidden").json()["description"] == "for a while"


def test_runs_are_listed_by_what_they_are(api: Api, run_id: str) -> None:
    def found(**where: str) -> list[str]:
        return names(api.http.get("runs", params=where), "run_id")

    until(lambda: found(experiment="labels", status="Completed", compute_target="CPU") == [run_id])
    assert found(experiment="labels", status="Failed") == []


def test_a_list_says_how_far_it_is(api: Api, run_id: str) -> None:
    ended = datetime.fromisoformat(str(api.run(run_id)["ended_at"]))

    def as_of() -> datetime:
        return datetime.fromisoformat(api.http.get("runs", params={"limit": 1}).json()["as_of"])

    until(lambda: as_of() >= ended)


def test_logs_are_listed_the_script_s_own_first(api: Api, run_id: str) -> None:
    found = names(api.http.get(f"runs/{run_id}/logs"), "name")
    assert found[:3] == ["user_logs/std_log.txt", "logs/more.txt", "system_logs/runner.log"]
    assert all(name.startswith("batch/") for name in found[3:])


def test_a_snapshot_s_files_are_known(api: Api) -> None:
    snapshot = api.snapshot({"b.py": "2", "a/c.py": "1"})
    files = api.http.get(f"snapshots/{snapshot}").json()["files"]
    assert [(file["path"], file["size"]) for file in files] == [("a/c.py", 1), ("b.py", 1)]
