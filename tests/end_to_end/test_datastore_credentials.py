"""Credentials of datastores: who gets a SAS, where no credential is to be found, and when none is kept any more."""

import base64
import json
import secrets
from datetime import UTC, datetime

import httpx
import pytest

from local.azurite import ACCOUNT_KEY
from local.system import System
from shared.application.tokens import Tokens
from tests.end_to_end.api import Api, until
from tests.end_to_end.problem import refused
from tests.end_to_end.store import Json, Store


@pytest.fixture
def blobs(system: System, api: Api) -> Store:
    return Store(system, api, "blob")


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
