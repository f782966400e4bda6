"""Tags, metrics and names: what may be in them, and what comes back."""

from urllib.parse import quote

import httpx
import pytest

from tests.end_to_end.api import Api, until
from tests.end_to_end.problem import refused

Json = dict[str, object]


def test_tags_properties_and_cancellation(api: Api, run_id: str) -> None:
    def post(what: str, body: object) -> httpx.Response:
        return api.http.post(f"runs/{run_id}/{what}", json=body)

    refused(post("tags", {"tags": {}}), 400, "at least 1 item")
    refused(post("tags", {"tags": {"a": "v" * 1001}}), 400, "at most 1000")
    refused(post("tags", {"tags": {f"t{i}": "" for i in range(51)}}), 400, "at most 50")
    assert post("tags", {"tags": {"größe": "ß😀\n"}}).json()["tags"]["größe"] == "ß😀\n"
    assert post("properties", {"properties": {"p": "1"}}).status_code == 200
    refused(post("properties", {"properties": {"p": "2"}}), 409, "'p'", "never change")
    refused(post("cancel", {}), 409, "Completed already")
    refused(post("cancel", {"reason": "r" * 1001}), 400, "at most 1000")
    for what, sent in (("tags", {"tags": {"a": "b"}}), ("properties", {"properties": {"a": "b"}}), ("cancel", {})):
        refused(api.http.post(f"runs/nobody/{what}", json=sent), 404, "no run 'nobody'")
        refused(api.http.post(f"runs/No%20Body/{what}", json=sent), 404)


METRIC_NAMES = ("..", "../../x", "a/b/c", "%2e%2e%2f", "\0", "\n", "ünï 😀", "'; DROP", "$int", " ", "/", "n" * 255)


def test_metric_names_are_merely_data(api: Api) -> None:
    run_id = api.submit("import runspoor; runspoor.log('a/ü b', 1)")
    for name in METRIC_NAMES:
        answer = api.http.post(f"runs/{run_id}/metrics", json={"metrics": [{"name": name, "values": [1, 2]}]})
        assert answer.status_code == 201, answer.text
    api.wait(run_id)
    listed = {metric["name"]: metric for metric in api.http.get(f"runs/{run_id}/metrics?limit=100").json()["value"]}
    assert set(listed) == {*METRIC_NAMES, "a/ü b"}
    for name in ("a/b/c", "ünï 😀", "n" * 255, "%2e%2e%2f"):
        answer = api.http.get(f"runs/{run_id}/metrics/{quote(name, safe='')}")
        assert answer.json()["values"] == [1, 2], (name, answer.text)
    assert api.http.get(f"runs/{run_id}/metrics/{quote('a/ü b')}").json()["values"] == [1]


@pytest.mark.parametrize(("series", "said"), [
    ({"name": "", "values": [1]}, "at least 1 character"),
    ({"name": "n" * 256, "values": [1]}, "at most 255"),
    ({"name": "a", "values": []}, "at least 1 item"),
    ({"name": "a", "values": [[1]]}, "a value is a number"),
    ({"name": "a", "values": [{"x": {"y": 1}}]}, "a value is a number"),
    ({"name": "a", "values": [{"x": 1}]}, "'scalar' has plain values"),
    ({"name": "a", "kind": "row", "values": [1]}, "'row' or 'image' has objects"),
    ({"name": "a", "values": [1], "steps": [1, 2]}, "one entry per value"),
    ({"name": "a", "values": [1], "at": []}, "one entry per value"),
    ({"name": "a", "values": [1], "steps": [2**60]}, "less than or equal to"),
    ({"name": "a", "values": [1] * 10_001}, "10001 points"),
    ({"name": "a", "values": ["x" * 1_500_000]}, "too large"),
])
def test_metrics_that_cannot_be(api: Api, run_id: str, series: Json, said: str) -> None:
    refused(api.http.post(f"runs/{run_id}/metrics", json={"metrics": [series]}), 400, said)


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_json_has_not(api: Api, run_id: str, token: str) -> None:
    content = f'{{"metrics": [{{"name": "a", "values": [{token}]}}]}}'
    refused(api.http.post(f"runs/{run_id}/metrics", content=content), 400, "$float")


def test_values_come_back_exactly(api: Api, run_id: str) -> None:
    values = [0, -1, 2**53, 2**53 + 1, -(10**100), 1e300, -0.5, True, None, "ü😀\0", {"$float": "NaN"}, {"$int": "7"}]
    sent = api.http.post(f"runs/{run_id}/metrics", json={"metrics": [{"name": "exact", "values": values}]})
    assert sent.status_code == 201, sent.text
    read = api.http.get(f"runs/{run_id}/metrics/exact").json()["values"]
    exact = {3: {"$int": str(2**53 + 1)}, 4: {"$int": str(-(10**100))}}
    assert read == [exact.get(at, value) for at, value in enumerate(values)]
    assert read[7] is True


def test_unicode_everywhere(api: Api) -> None:
    script = "import sys\nprint('Grüße 😀', *sys.argv[1:])\nopen('outputs/日本 %41#?.txt', 'w').write('ü')\n"
    name = "café/日本 %41#+&.py"
    snapshot = api.snapshot({name: script})
    body = {"experiment": "Größe 測試", "snapshot_id": snapshot, "compute_target": "cpu", "script": name,
            "arguments": ["ä\n", "'\"$(x)", "😀"], "display_name": "Ünï\u202e", "tags": {"ключ": "значение"}}
    answer = api.http.post("runs", json=body)
    assert answer.status_code == 201, answer.text
    run = api.wait(answer.json()["run_id"])
    assert (run["status"], run["tags"], run["display_name"]) == ("Completed", {"ключ": "значение"}, "Ünï\u202e")
    log = api.http.get(f"runs/{run['run_id']}/logs/user_logs/std_log.txt")
    assert log.content.decode() == "Grüße 😀 ä\n '\"$(x) 😀\n"
    files = [file["name"] for file in api.http.get(f"runs/{run['run_id']}/files?prefix=outputs/").json()["value"]]
    assert files == ["outputs/日本 %41#?.txt"]
    link = api.http.get(f"runs/{run['run_id']}/files/{quote(files[0], safe='')}").json()["url"]
    assert httpx.get(link).text == "ü"
    until(lambda: bool(api.http.get("runs", params={"experiment": "Größe 測試"}).json()["value"]))
    assert api.http.get(f"experiments/{quote('Größe 測試')}").json()["name"] == "Größe 測試"


def test_experiments(api: Api) -> None:
    refused(api.http.post("experiments", json={"name": "a/b"}), 400, "letters")
    refused(api.http.post("experiments", json={"name": "e", "description": "d" * 5001}), 400, "at most 5000")
    refused(api.http.post("experiments", json={"name": "e", "tags": {"t" * 101: ""}}), 400, "at most 100 char")
    many = {str(number): "" for number in range(51)}
    refused(api.http.post("experiments", json={"name": "e", "tags": many}), 400, "at most 50")
    refused(api.http.get("experiments/nothing"), 404, "create it")
    refused(api.http.post("experiments/nothing/archive"), 404, "create it")
    assert api.http.post("experiments", json={"name": "e" * 255, "description": "d" * 5000}).status_code == 201
