"""Pinned datasets through the public surface, against storage that changes behind them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx
import pytest
from azure.storage.blob import BlobServiceClient, ContainerClient

from local.system import System
from shared.application.tokens import Tokens
from tests.end_to_end.api import Api
from tests.end_to_end.problem import refused

Json = dict[str, object]
STORE = "workspaceblobstore"
PRECONDITION_FAILED = 412


@pytest.fixture
def service(system: System) -> Iterator[BlobServiceClient]:
    with BlobServiceClient.from_connection_string(system.storage.connection_string) as service:
        yield service


@pytest.fixture
def data(service: BlobServiceClient) -> ContainerClient:
    """The container of the datastore that is always there."""
    return service.get_container_client("data")


@pytest.fixture
def folder(data: ContainerClient, request: pytest.FixtureRequest) -> str:
    """A folder of the test's own, with three files."""
    folder = f"pinned/{request.node.originalname}"
    for name in ("a.csv", "b/c.csv", "d.txt"):
        data.upload_blob(f"{folder}/{name}", name, overwrite=True)
    return folder


def body(path: str, datastore: str = STORE, **more: object) -> Json:
    return {"kind": "file", "sources": [{"datastore": datastore, "path": path}], **more}


def made(api: Api, wanted: Json, status: int = 201) -> Json:
    answer = api.http.post("datasets", json=wanted)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


def files(api: Api, id: object, **query: object) -> httpx.Response:
    return api.http.get(f"dataset-ids/{id}/files", params={key: str(value) for key, value in query.items()})


def paths(page: httpx.Response) -> list[str]:
    return [file["path"] for file in page.json()["value"]]


def test_content_that_changes_is_noticed_and_is_another_version(api: Api, data: ContainerClient, folder: str) -> None:
    wanted = body(folder, name="pinned-e2e")
    first = made(api, wanted)
    assert made(api, wanted, 200) == first
    page = files(api, first["id"], limit=2, check="true").json()
    assert (page["files"], page["bytes"], page["is_file"]) == (3, 17, False)
    assert paths(files(api, first["id"], limit=2, cursor=page["next"])) == ["d.txt"]
    read = {"If-Match": page["value"][0]["etag"], "x-functions-key": ""}
    assert api.http.get(page["value"][0]["url"], headers=read).content == b"a.csv"

    data.upload_blob(f"{folder}/a.csv", "other", overwrite=True)
    data.upload_blob(f"{folder}/new.csv", "new", overwrite=True)
    assert api.http.get(page["value"][0]["url"], headers=read).status_code == PRECONDITION_FAILED
    refused(files(api, first["id"], check="true"), 409, f"'{folder}/a.csv'", "has changed")
    refused(api.http.post("datasets", json=wanted), 409, "create_new_version")
    second = made(api, {**wanted, "create_new_version": True})
    assert paths(files(api, second["id"], check="true")) == ["a.csv", "b/c.csv", "d.txt", "new.csv"]
    assert paths(files(api, first["id"])) == ["a.csv", "b/c.csv", "d.txt"]

    data.delete_blob(f"{folder}/d.txt")
    refused(files(api, second["id"], check="true"), 409, f"'{folder}/d.txt'", "has gone")
    listed = api.http.get("datasets/pinned-e2e/versions", params={"limit": 1}).json()
    assert listed["value"] == [second]
    following = api.http.get("datasets/pinned-e2e/versions", params={"cursor": listed["next"]}).json()
    assert (following["value"], following["next"]) == ([first], None)


def test_patterns_and_steps(api: Api, folder: str) -> None:
    assert paths(files(api, made(api, body(f"{folder}/**/*.csv"))["id"])) == ["a.csv", "b/c.csv"]
    split = [made(api, body(folder, steps=[{"kind": "skip", "count": 1},
                                           {"kind": "sample", "share": 0.5, "seed": 3, "complement": complement}]))
             for complement in (False, True)]
    assert sorted(path for each in split for path in paths(files(api, each["id"]))) == ["b/c.csv", "d.txt"]
    assert all(file["etag"] for each in split for file in files(api, each["id"]).json()["value"])


@pytest.mark.parametrize(("more", "said"), [
    ({"sources": [{"datastore": STORE, "path": "pinned/nothing"}]}, "has nothing at 'pinned/nothing'"),
    ({"sources": [{"datastore": STORE, "path": "pinned/**/*.gz"}]}, "no file that matches 'pinned/**/*.gz'"),
    ({"sources": [{"datastore": "none"}]}, "no datastore 'none'"),
    ({"sources": [{"url": "https://a.example/x"}, {"url": "https://a.example/x/y"}]}, "a file and a folder at once"),
    ({"steps": [{"kind": "take", "share": 0.5}]}, "a step 'take' has 'count' and nothing else"),
    ({"steps": [{"kind": "sample", "share": 1.5}]}, "less than or equal to 1"),
    ({"steps": [{"kind": "drop_columns", "columns": ["a"]}]}, "files have no columns"),
])
def test_what_cannot_be_a_dataset(api: Api, folder: str, more: Json, said: str) -> None:
    for name in ({}, {"name": "never"}):
        refused(api.http.post("datasets", json={**body(folder), **name, **more}), 400, said)
    refused(api.http.get("datasets/never/versions"), 404)


def test_a_file_and_a_folder_of_one_name(api: Api, data: ContainerClient, folder: str) -> None:
    data.upload_blob(f"{folder}/b", "b", overwrite=True)
    refused(api.http.post("datasets", json=body(folder, name="never")), 400, "'b' is a file and a folder at once")


def test_without_validation_data_may_come_later(api: Api, data: ContainerClient) -> None:
    later = made(api, body("pinned/later", name="later-e2e", validate=False))
    assert later["pin"] is None
    refused(files(api, later["id"]), 404, "has nothing at 'pinned/later'")
    data.upload_blob("pinned/later/x", "x", overwrite=True)
    assert paths(files(api, later["id"])) == ["x"]


def test_a_datastore_that_is_no_more(api: Api, service: BlobServiceClient) -> None:
    with service.create_container("pinned-things") as container:
        container.upload_blob("a/x.csv", "x")
    answer = api.http.post("datastores", json={"name": "pinned_things", "kind": "blob", "container": "pinned-things",
                                               "account": service.account_name})
    assert answer.status_code == 201, answer.text
    dataset = made(api, body("a", "pinned_things", name="things-e2e"))
    assert paths(files(api, dataset["id"], check="true")) == ["x.csv"]
    service.delete_container("pinned-things")
    refused(files(api, dataset["id"], check="true"), 422, "pinned-things")
    refused(api.http.post("datasets", json=body("a", "pinned_things", name="never")), 422, "pinned-things")
    assert api.http.delete("datastores/pinned_things").status_code == 200
    refused(files(api, dataset["id"]), 404, "no datastore 'pinned_things'")


def test_a_node_sees_pins_too(api: Api, system: System, data: ContainerClient, folder: str) -> None:
    dataset = made(api, body(folder, name="node-e2e"))
    run_id = api.submit("import time; time.sleep(60)", inputs={
        "digits": {"dataset": dataset["id"], "mode": "download"}})
    api.wait(run_id, "Running")
    shown = {"Authorization": f"Bearer {Tokens(system.state.token_key).issue(run_id, 1, datetime.now(UTC))}"}
    data.delete_blob(f"{folder}/a.csv")
    for address in (f"runs/{run_id}/attempts/1/inputs/digits", f"node/dataset-ids/{dataset['id']}/files"):
        page = api.http.get(address, headers=shown).json()
        assert (len(page["value"]), page["files"]) == (3, 3)
        refused(api.http.get(f"{address}?check=true", headers=shown), 409, f"'{folder}/a.csv'", "has gone")
    versions = api.http.get("node/datasets/node-e2e/versions", headers=shown).json()
    assert [each["version"] for each in versions["value"]] == [1]
    api.http.post(f"runs/{run_id}/cancel", json={})
    api.wait(run_id)


def test_many_who_register_the_same_at_once_make_one_version(api: Api, folder: str) -> None:
    wanted = body(folder, name="at-once-e2e", create_new_version=True)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: api.http.post("datasets", json=wanted), range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].json()["version"] == 1
