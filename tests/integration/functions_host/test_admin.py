"""The administrator's routes."""

import json

import pytest

from tests.integration.functions_host.host_process import KEY, HostProcess


def test_status_and_list(host: HostProcess) -> None:
    assert host.admin("GET", "host/status").json() == {"id": host.space, "state": "Running", "errors": []}
    functions = {each["name"]: each for each in host.admin("GET", "functions").json()}
    assert {"echo", "work", "completed", "steady", "tick"} <= functions.keys()
    assert host.admin("GET", "functions/WORK").json() == functions["work"]
    assert functions["work"]["config"]["bindings"][0]["queueName"] == f"work-{host.space}"


@pytest.mark.parametrize("path", ["host/status", "functions", "functions/work", "absent"])
def test_only_the_master_key_opens(host: HostProcess, path: str) -> None:
    assert host.http.get(f"/admin/{path}", headers={"x-functions-key": KEY}).status_code == 401


@pytest.mark.parametrize(("path", "status"), [("functions/absent", 404), ("functions/echo", 400), ("absent", 404)])
def test_what_cannot_be_started(host: HostProcess, path: str, status: int) -> None:
    assert host.admin("POST", path, input="").status_code == status


def test_a_body_that_is_no_json(host: HostProcess) -> None:
    answer = host.http.post("/admin/functions/work", headers={"x-functions-key": "master-key"}, content=b"{")
    assert answer.status_code == 400
    assert "input" in answer.json()["message"]


def test_queue_function_by_hand(host: HostProcess) -> None:
    assert host.admin("POST", "functions/work", input="by hand").status_code == 202
    assert host.journal("work", body="by hand", stage="done")


def test_failing_function_by_hand(host: HostProcess) -> None:
    answer = host.admin("POST", "functions/work", input="fail:9")
    assert (answer.status_code, answer.json()["message"]) == (500, "work: RuntimeError: as told")


def test_blob_and_feed_functions_by_hand(host: HostProcess) -> None:
    host.container("inbox").upload_blob("given", b"12345")
    assert host.admin("POST", "functions/inbox", input=f"inbox-{host.space}/given").status_code == 202
    assert host.admin("POST", "functions/inbox", input=f"inbox-{host.space}/absent").status_code == 400
    assert host.admin("POST", "functions/careless", input=json.dumps([{"id": "by-hand"}])).status_code == 202
    assert host.journal("careless", ids=["by-hand"])
    assert host.admin("POST", "functions/careless", input="{}").status_code == 400
