"""The face of the API: authentication, versions, filters, pages, and what a bad request is told."""

import functools
import operator
from typing import Any

import httpx
import pytest
from azure.batch import models as m
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest

from tests.integration.batch_emulator.running import Running, client, pool_options


def send(emulator: Running, method: str, path: str, **content: Any) -> Any:
    """A request as the SDK would sign it, whatever is in it."""
    request = HttpRequest(method, f"{emulator.url}{path}?api-version=2025-06-01", **content)
    if "json" in content:
        request.headers["content-type"] = "application/json; odata=minimalmetadata"
    try:
        return emulator.client.send_request(request)
    except HttpResponseError as error:
        return error.response


def body_of(error: pytest.ExceptionInfo[HttpResponseError]) -> Any:
    assert error.value.response is not None
    return error.value.response.json()  # type: ignore[attr-defined]


def test_a_wrong_key_is_refused(emulator: Running) -> None:
    with client(emulator.url, key="d3Jvbmc=") as stranger, pytest.raises(HttpResponseError) as refused:
        stranger.get_pool("shared")
    assert (refused.value.status_code, body_of(refused)["code"]) == (401, "AuthenticationFailed")


def test_signatures_cover_queries_bodies_and_versions(emulator: Running, job: str) -> None:
    emulator.task(job, "t1", "/bin/true")
    assert [
        task.id for task in emulator.client.list_tasks(job, filter="id eq 't1' or id eq 'a&b+c'", select=["id"])
    ] == ["t1"]


@pytest.mark.parametrize(
    ("body", "code", "name"),
    [
        ({"id": "x"}, "MissingRequiredProperty", "poolInfo"),
        ({"id": "x", "poolInfo": {}, "colour": 1}, "InvalidRequestBody", "colour"),
        ({"id": "x", "poolInfo": {}, "priority": "high"}, "InvalidRequestBody", "priority"),
        (
            {"id": "x", "poolInfo": {}, "onAllTasksComplete": "TerminateJob"},
            "InvalidPropertyValue",
            "onAllTasksComplete",
        ),
        (
            {"id": "x", "poolInfo": {}, "constraints": {"maxWallClockTime": "1h"}},
            "InvalidPropertyValue",
            "maxWallClockTime",
        ),
        ({"id": "x y", "poolInfo": {"poolId": "shared"}}, "InvalidPropertyValue", "id"),
        ({"id": "x" * 65, "poolInfo": {"poolId": "shared"}}, "InvalidPropertyValue", "id"),
    ],
)
def test_a_bad_body_is_refused_by_the_name_of_the_property(
    emulator: Running, pool: str, body: dict[str, object], code: str, name: str
) -> None:
    answer = send(emulator, "POST", "/jobs", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert {"key": "PropertyName", "value": name} in answer.json()["values"]


def test_a_body_that_is_not_json_is_refused(emulator: Running) -> None:
    answer = send(emulator, "POST", "/jobs", content=b"{", headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidRequestBody")


def test_another_api_version_is_refused(emulator: Running) -> None:
    with pytest.raises(HttpResponseError) as refused:
        emulator.client.send_request(HttpRequest("GET", f"{emulator.url}/pools?api-version=2024-07-01"))
    assert (refused.value.status_code, body_of(refused)["code"]) == (400, "UnsupportedRequestVersion")


def test_what_is_not_served_says_so(emulator: Running) -> None:
    assert httpx.get(f"{emulator.url}/jobschedules").json()["code"] == "InvalidUri"
    assert httpx.put(f"{emulator.url}/pools").status_code == 405


def test_creating_twice_conflicts_whatever_the_case_of_the_id(emulator: Running, job: str, name: str) -> None:
    for create in (
        lambda: emulator.job(job.upper(), "shared"),
        lambda: emulator.client.create_pool(pool_options("SHARED")),
    ):
        with pytest.raises(HttpResponseError) as refused:
            create()
        assert refused.value.status_code == 409
    assert emulator.client.get_job(job.upper()).id == job


def test_a_change_is_refused_when_the_version_is_another(emulator: Running, job: str) -> None:
    seen = emulator.client.get_job(job).etag
    options = m.BatchJobUpdateOptions(priority=1)
    emulator.client.update_job(job, options, etag=seen, match_condition=MatchConditions.IfNotModified)
    with pytest.raises(HttpResponseError) as refused:
        emulator.client.update_job(job, options, etag=seen, match_condition=MatchConditions.IfNotModified)
    assert (refused.value.status_code, body_of(refused)["code"]) == (412, "ConditionNotMet")


def test_state_changes_keep_the_version(emulator: Running, job: str) -> None:
    emulator.task(job, "t1", "/bin/true")
    first = emulator.client.get_task(job, "t1").etag
    assert emulator.completed(job, "t1").etag == first


def test_lists_are_filtered_selected_and_paged(emulator: Running, name: str) -> None:
    job = emulator.job(name, emulator.pool(name, nodes=0))
    emulator.client.create_tasks(job, [m.BatchTaskCreateOptions(id=f"t{n}", command_line="x") for n in range(7)])
    emulator.client.terminate_task(job, "t3")
    assert [task.id for task in emulator.client.list_tasks(job, filter="state eq 'completed'")] == ["t3"]
    assert (
        len(list(emulator.client.list_tasks(job, filter="stateTransitionTime ge datetime'2020-01-01T00:00:00Z'"))) == 7
    )
    assert not list(emulator.client.list_tasks(job, filter="stateTransitionTime gt datetime'2999-01-01T00:00:00Z'"))
    pages = [
        [task.id for task in page] for page in emulator.client.list_tasks(job, max_results=3, select=["id"]).by_page()
    ]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert sorted(functools.reduce(operator.iadd, pages, [])) == [f"t{n}" for n in range(7)]


@pytest.mark.parametrize("text", ["state", "state like 'x'", "state eq 'x", "state eq 'x' extra"])
def test_a_filter_that_cannot_be_read_is_refused(emulator: Running, job: str, text: str) -> None:
    with pytest.raises(HttpResponseError) as refused:
        list(emulator.client.list_tasks(job, filter=text))
    assert (refused.value.status_code, body_of(refused)["code"]) == (400, "InvalidQueryParameterValue")


@pytest.mark.parametrize("size", [0, 1001])
def test_a_page_has_1_to_1000_items(emulator: Running, job: str, size: int) -> None:
    with pytest.raises(HttpResponseError) as refused:
        list(emulator.client.list_tasks(job, max_results=size))
    assert body_of(refused)["code"] == "InvalidQueryParameterValue"


def test_a_task_without_a_job_is_told_so(emulator: Running) -> None:
    with pytest.raises(HttpResponseError) as refused:
        emulator.client.get_task("no-such-job", "t1")
    assert body_of(refused)["code"] == "JobNotFound"


def test_a_pool_exists(emulator: Running, pool: str) -> None:
    assert emulator.client.pool_exists(pool)
