"""Datastores through the public surface: registered, found, listed, replaced, forgotten; and their files."""

import uuid

import httpx
import pytest

from local.azurite import ACCOUNT_KEY, ACCOUNT_NAME
from local.system import System
from tests.end_to_end.conftest import Api, until
from tests.end_to_end.problem import refused
from tests.end_to_end.store import DEFAULT, Json, Store


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
