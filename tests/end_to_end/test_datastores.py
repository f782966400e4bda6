"""Datastores through the public surface: registered, found, listed, replaced, forgotten; their files; their secrets."""

import base64
import json
import secrets
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, TypedDict

import httpx
import pytest
from azure.storage.blob import BlobServiceClient, ContainerSasPermissions, generate_container_sas

from local.azurite import ACCOUNT_KEY, ACCOUNT_NAME
from local.system import System
from shared.application.tokens import Tokens
from tests.end_to_end.conftest import Api, until
from tests.end_to_end.problem import refused

DEFAULT = "workspaceblobstore"
Json = dict[str, Any]


class File(TypedDict):
    """A file of a datastore, as it is listed."""

    path: str
    size: int
    url: str


class Files(TypedDict):
    """A page of them."""

    value: list[File]
    next: str | None


class Store:
    """A datastore of a container that nobody has made, and what was answered about it."""

    def __init__(self, system: System, api: Api, kind: str) -> None:
        self.api, self.kind = api, kind
        self.name = f"Store_{uuid.uuid4().hex[:8]}"
        self.container = f"c-{uuid.uuid4().hex}"
        self.service = BlobServiceClient.from_connection_string(system.storage.connection_string)
        self.answers: list[str] = []

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        answer = self.api.http.request(method, path, **options)
        self.answers.append(answer.text)
        return answer

    def register(self, **changes: object) -> httpx.Response:
        return self.ask("POST", "datastores", json={
            "name": self.name, "kind": self.kind, "account": ACCOUNT_NAME, "container": self.container, **changes})

    def registered(self, **changes: object) -> Json:
        answer = self.register(create_if_not_exists=True, **changes)
        assert answer.status_code in (200, 201), answer.text
        return dict(answer.json())

    def sas(self, rights: str = "racwl") -> str:
        return str(generate_container_sas(
            ACCOUNT_NAME, self.container, account_key=ACCOUNT_KEY, expiry=datetime.now(UTC) + timedelta(hours=1),
            permission=ContainerSasPermissions.from_string(rights)))

    def upload(self, *paths: str) -> dict[str, str]:
        answer = self.ask("POST", f"datastores/{self.name}/uploads", json={"paths": paths})
        assert answer.status_code == 200, answer.text
        assert answer.json()["kind"] == self.kind
        return dict(answer.json()["urls"])

    def files(self, **query: object) -> Files:
        answer = self.ask("GET", f"datastores/{self.name}/files", params=query)
        assert answer.status_code == 200, answer.text
        page: Files = answer.json()
        return page

    def send(self, url: object, data: bytes) -> int:
        """Write to a URL in the way of the kind."""
        if self.kind != "share":
            return httpx.put(str(url), content=data, headers={"x-ms-blob-type": "BlockBlob"}).status_code
        made = httpx.put(str(url), headers={"x-ms-type": "file", "x-ms-content-length": str(len(data))})
        if made.status_code != 201:
            return made.status_code
        headers = {"x-ms-write": "update", "x-ms-range": f"bytes=0-{len(data) - 1}"}
        return httpx.put(f"{url}&comp=range", content=data, headers=headers).status_code


@pytest.fixture(params=["blob", "gen2", "share"])
def store(system: System, api: Api, request: pytest.FixtureRequest) -> Store:
    return Store(system, api, str(request.param))


@pytest.fixture
def blobs(system: System, api: Api) -> Store:
    return Store(system, api, "blob")


def test_the_life_of_a_datastore(store: Store) -> None:
    refused(store.register(), 400, "there is no", "'create_if_not_exists'")
    made = store.registered()
    assert made.items() >= {"name": store.name, "kind": store.kind, "account": ACCOUNT_NAME, "access": "identity",
                            "container": store.container, "is_default": False}.items()
    assert store.register().status_code == 200
    assert store.ask("GET", f"datastores/{store.name.upper()}").json() == made
    until(lambda: made in store.ask("GET", "datastores", params={"limit": 100}).json()["value"])

    refused(store.register(account_key=ACCOUNT_KEY), 409, "'overwrite'")
    replaced = store.registered(account_key=ACCOUNT_KEY, overwrite=True)
    assert replaced == {**made, "access": "account_key"}
    assert store.register(account_key=ACCOUNT_KEY).status_code == 200

    for _ in range(2):
        assert store.ask("DELETE", f"datastores/{store.name}").json() == replaced
    refused(store.ask("GET", f"datastores/{store.name}"), 404, store.name, DEFAULT)
    refused(store.ask("GET", f"datastores/{store.name}/files"), 404)
    until(lambda: store.name not in store.ask("GET", "datastores", params={"limit": 100}).text)
    assert store.registered()["access"] == "identity"


def test_files_are_written_and_read_by_urls_for_them_alone(store: Store) -> None:
    store.registered(account_key=ACCOUNT_KEY)
    names = ["a/ü b#%.txt", "a/b/c.csv", "b.csv"]
    urls = store.upload(*names)
    assert [store.send(urls[name], name.encode()) for name in names] == [201, 201, 201]

    first = store.files(limit=2)
    rest = store.files(limit=2, cursor=first["next"])
    shown = [*first["value"], *rest["value"]]
    assert [(file["path"], file["size"]) for file in shown] == [(name, len(name.encode())) for name in sorted(names)]
    assert rest["next"] is None
    assert [httpx.get(file["url"]).content for file in shown] == [name.encode() for name in sorted(names)]
    assert len(store.files(prefix="a/b")["value"]) == 1

    write, read = str(urls["b.csv"]), shown[-1]["url"]
    for url in (write, read):
        for other in ("c.csv", "a/b/c.csv", "b.csv2"):
            assert store.send(url.replace("/b.csv?", f"/{other}?"), b"stolen") == 403
            assert httpx.get(url.replace("/b.csv?", f"/{other}?")).status_code in (403, 404)
        assert httpx.delete(url).status_code == 403
        assert httpx.get(url.replace("/b.csv?", "?restype=container&comp=list&")).status_code in (403, 404)
    assert store.send(read, b"changed") == 403
    assert [file["path"] for file in store.files()["value"]] == sorted(names)


def test_the_default(store: Store) -> None:
    assert store.ask("GET", "default-datastore").json()["name"] == DEFAULT
    refused(store.ask("POST", "default-datastore", json={"name": store.name}), 404, "There is no datastore")
    store.registered()
    try:
        assert store.ask("POST", "default-datastore", json={"name": store.name.lower()}).json()["is_default"]
        assert store.ask("GET", "default-datastore").json()["name"] == store.name
        assert store.ask("GET", f"datastores/{DEFAULT}").json()["is_default"] is False
        refused(store.ask("DELETE", f"datastores/{store.name}"), 409, "make another one the default first")
    finally:
        assert store.ask("POST", "default-datastore", json={"name": DEFAULT}).json()["is_default"]
    assert store.ask("DELETE", f"datastores/{store.name}").status_code == 200


def test_a_sas_is_what_every_url_carries(blobs: Store) -> None:
    blobs.service.create_container(blobs.container)
    sas = blobs.sas()
    assert blobs.registered(sas=f"?{sas}")["access"] == "sas"
    (url,) = blobs.upload("a.txt").values()
    assert str(url).endswith(f"/{blobs.container}/a.txt?{sas}")
    assert blobs.send(url, b"1") == 201
    refused(blobs.register(sas=blobs.sas("w"), overwrite=True), 400, "the SAS is refused")
    refused(blobs.register(sas=sas.replace("sr=c", "sr=b")), 400, "for something else than a container")


SLEEP = "import time; time.sleep(60)"


def test_who_gets_a_sas_and_who_does_not(system: System, api: Api, blobs: Store) -> None:
    blobs.service.create_container(blobs.container).upload_blob("in/a.txt", b"1")
    sas = blobs.sas("rl")
    signature = sas.partition("sig=")[2]
    blobs.registered(sas=sas)
    reading = {"x": {"path": {"datastore": blobs.name, "path": "in"}, "mode": "download"}}
    reader, other = api.submit(SLEEP, inputs=reading), api.submit(SLEEP)
    for run_id in (reader, other):
        api.wait(run_id, "Running")
    tokens = {run_id: Tokens(system.state.token_key).issue(run_id, 1, datetime.now(UTC)) for run_id in (reader, other)}

    def ask(run_id: str, method: str, path: str, body: Json | None = None) -> httpx.Response:
        return httpx.request(method, f"{system.url}/{path}", json=body, timeout=30,
                             headers={"Authorization": f"Bearer {tokens[run_id]}"})

    files = f"runs/{reader}/attempts/1/inputs/x"
    assert signature in ask(reader, "GET", files).text
    paths: Json = {"paths": ["a.txt"]}
    answers = [ask(other, *asked) for asked in (
        ("GET", files), ("GET", f"runs/{other}/attempts/1/inputs/x"),
        ("POST", f"runs/{other}/attempts/1/outputs/x", paths), ("GET", "node/datastores"),
        ("GET", f"node/datastores/{blobs.name}"), ("GET", "node/datasets"),
        ("GET", f"node/datastores/{blobs.name}/files"), ("GET", f"datastores/{blobs.name}/files"),
        ("POST", f"datastores/{blobs.name}/uploads", paths), ("GET", f"node/runs/{reader}"),
        ("GET", f"node/runs/{other}"), ("POST", f"runs/{other}/attempts/1/grants", {"write": ["outputs/a"]}),
    )]
    assert [answer.status_code for answer in answers] == [403, 404, 404, 200, 200, 200, 404, 401, 401, 403, 200, 200]
    answers += [blobs.ask("GET", path) for path in ("datastores", f"datastores/{blobs.name}", f"runs/{reader}",
                                                    f"runs/{reader}/events", f"runs/{reader}/why")]
    assert [answer.url for answer in answers if signature in answer.text] == []

    blobs.registered(account_key=ACCOUNT_KEY, overwrite=True)
    (file,) = ask(reader, "GET", files).json()["value"]
    assert (httpx.get(file["url"]).content, blobs.send(file["url"], b"2")) == (b"1", 403)
    assert httpx.get(file["url"].replace("/in/a.txt?", "?restype=container&comp=list&")).status_code in (403, 404)
    for run_id in (reader, other):
        api.http.post(f"runs/{run_id}/cancel", json={})
        api.wait(run_id)


@pytest.mark.parametrize(("changes", "status", "words"), [
    ({"account_key": "AAAA"}, 400, ["the account key is refused"]),
    ({"account_key": "?"}, 400, ["'account_key' is none"]),
    ({"account_key": "AAAA", "sas": "sr=c&sig=a"}, 400, ["not both"]),
    ({"sas": "sr=c&se=2099-01-01&sig=a"}, 400, ["the SAS is refused"]),
    ({"sas": "sr=c&sig=a"}, 400, ["neither when it ends"]),
    ({"sas": "sr=c&se=2020-01-01&sig=a"}, 400, ["has expired"]),
    ({"sas": "sr=c&se=2099-01-01&sp=racwdl&sig=a", "skip_validation": True}, 400, ["no other rights (sp)"]),
    ({"sas": "sr=c&ss=b&srt=sco&se=2099-01-01&sp=rl&sig=a", "skip_validation": True}, 400, ["something else than"]),
    ({"container": "metrics"}, 400, ["backend's own account"]),
    ({"endpoint": "https://elsewhere.example"}, 400, ["own identity goes to"]),
    ({"endpoint": "http://elsewhere.example", "account_key": "AAAA"}, 400, ["not encrypted"]),
    ({"endpoint": "http://127.0.0.1:9/devstoreaccount1", "account_key": "AAAA"}, 400, ["cannot be reached"]),
    ({"name": "a-b"}, 400, ["letters (a-z, A-Z), digits and '_'"]),
    ({"name": DEFAULT, "overwrite": True}, 409, ["comes with the backend"]),
    ({"kind": "sql"}, 400, ["kind"]), ({"account": "No!"}, 400, ["account"]), ({"container": "../a"}, 400, []),
])
def test_what_is_refused_leaves_nothing(blobs: Store, changes: Json, status: int, words: list[str]) -> None:
    refused(blobs.register(**changes), status, *words)
    refused(blobs.ask("GET", f"datastores/{blobs.name}"), 404)


def test_paths_and_pages_that_cannot_be(blobs: Store) -> None:
    blobs.registered()
    for paths in (["../a"], ["a", "a"], ["a", "a/b"], ["/a"], ["a\\b"], ["a\0"], [""], [], ["x" * 901], ["a"] * 1001):
        refused(blobs.ask("POST", f"datastores/{blobs.name}/uploads", json={"paths": paths}), 400)
    for query in ({"limit": 0}, {"limit": 1001}, {"prefix": "\0"}, {"cursor": "x" * 3000}):
        refused(blobs.ask("GET", f"datastores/{blobs.name}/files", params=query), 400)
    assert blobs.files(prefix="nothing") == {"value": [], "next": None}


def test_a_key_that_is_replaced_in_storage_is_said(blobs: Store) -> None:
    """As when somebody rotates the keys of the account."""
    assert blobs.register(account_key="AAAA", skip_validation=True).status_code == 201
    refused(blobs.ask("GET", f"datastores/{blobs.name}/files"), 422, "the account key is refused")


def test_a_storage_that_is_away_is_said(blobs: Store) -> None:
    away = {"endpoint": "http://127.0.0.1:9/away", "account_key": "AAAA", "skip_validation": True}
    assert blobs.register(**away).status_code == 201
    answer = blobs.ask("GET", f"datastores/{blobs.name}/files")
    refused(answer, 503, "http://127.0.0.1:9/away cannot be reached")
    assert answer.headers["Retry-After"]


def test_the_same_registration_twice_with_one_key_is_one(blobs: Store) -> None:
    options: Json = {"account_key": ACCOUNT_KEY, "create_if_not_exists": True}
    body = {"name": blobs.name, "kind": "blob", "account": ACCOUNT_NAME, "container": blobs.container, **options}
    key = {"Idempotency-Key": uuid.uuid4().hex}
    assert [blobs.ask("POST", "datastores", json=body, headers=key).status_code for _ in range(2)] == [201, 200]
    other = {**body, "sas": blobs.sas(), "account_key": None, "overwrite": True}
    refused(blobs.ask("POST", "datastores", json=other, headers=key), 409, "Idempotency-Key")


def test_a_credential_is_in_no_event_no_log_and_no_answer(system: System, blobs: Store) -> None:
    blobs.service.create_container(blobs.container)
    key, sas = base64.b64encode(secrets.token_bytes(64)).decode(), blobs.sas()
    signature = sas.partition("sig=")[2]
    said = {"a key": key, "a signature": signature, "the account's key": ACCOUNT_KEY}
    blobs.register(account_key=key)
    blobs.register(account_key=key, skip_validation=True)
    blobs.register(account_key=key, endpoint="http://127.0.0.1:9/a", overwrite=True)
    blobs.ask("GET", f"datastores/{blobs.name}/files")
    blobs.register(sas=sas, overwrite=True)
    blobs.register(sas=sas, endpoint="http://127.0.0.1:9/a", overwrite=True, skip_validation=True)
    blobs.ask("GET", f"datastores/{blobs.name}/files")
    blobs.register(sas=f"{sas}&ss=b", kind="share", overwrite=True)
    blobs.register(account_key=ACCOUNT_KEY, sas=sas)
    blobs.register(account_key=ACCOUNT_KEY, overwrite=True)
    blobs.register(account_key=f"{key} ", sas=5)
    until(lambda: "account_key" in _listed(blobs), what=lambda: _listed(blobs))

    texts = {"the answers": "\n".join(blobs.answers)}
    for folder in ("cosmos", "logs", "host"):
        files = [path for path in (system.state.root / folder).rglob("*") if path.is_file()]
        texts[folder] = "\n".join(path.read_bytes().decode("latin-1") for path in files)
    texts["the file of secrets"] = (system.state.root / "secrets.json").read_text()
    assert blobs.container in texts["cosmos"], "the events are read"
    assert "datastore-store-" in texts["the file of secrets"]
    assert [f"{what} is in {where}" for where, text in texts.items()
            for what, secret in said.items() if secret in text] == []


def test_a_credential_that_is_of_no_use_any_more_is_deleted(system: System, blobs: Store) -> None:
    def kept() -> int:
        secrets_of_it = f'"datastore-{blobs.name.lower().replace("_", "-")}-'
        return (system.state.root / "secrets.json").read_text().count(secrets_of_it)

    blobs.registered(account_key=ACCOUNT_KEY)
    blobs.registered(sas=blobs.sas(), overwrite=True)
    until(lambda: kept() == 1)
    assert blobs.ask("DELETE", f"datastores/{blobs.name}").status_code == 200
    until(lambda: kept() == 0)


def _listed(blobs: Store) -> str:
    """The datastore as lists have it."""
    value = blobs.ask("GET", "datastores", params={"limit": 100}).json()["value"]
    return json.dumps([each for each in value if each["name"] == blobs.name])
