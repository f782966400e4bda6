"""Who may do what: callers with a key, nodes with a run token, and a granted URL for one blob and one right."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import cast

import httpx
import jwt
import pytest
from azure.storage.blob import BlobServiceClient

from local.system import System
from shared.adapters.storage_blobs import StorageBlobs
from shared.application.tokens import ALGORITHM, Tokens
from shared.contract.routes import FOR_NODES, ROUTES, Route
from tests.end_to_end.api import Api, until
from tests.end_to_end.problem import refused

CALLER = [route for route in ROUTES.values() if route.auth == "caller"]
BLOCK = {"x-ms-blob-type": "BlockBlob"}
LOOP = "import time\nwhile True: time.sleep(.1)"
Granted = dict[str, dict[str, str]]


def address(route: Route) -> str:
    """The path of a route with something in every place."""
    return re.sub(r"\{\*?\w+\}", "something", route.path)


@pytest.fixture(scope="module")
def running(api: Api) -> Iterator[str]:
    """A run whose script runs until the tests are over."""
    run_id = api.submit(LOOP, grace_seconds=0)
    api.wait(run_id, "Running")
    yield run_id
    api.http.post(f"runs/{run_id}/cancel")
    api.wait(run_id)


@pytest.fixture
def nobody(system: System) -> Iterator[httpx.Client]:
    """A client without any key."""
    with httpx.Client(base_url=f"{system.url}/", timeout=30) as client:
        yield client


def token(system: System, run_id: str, attempt: int = 1) -> str:
    return Tokens(system.state.token_key).issue(run_id, attempt, datetime.now(UTC))


def ask(client: httpx.Client, run_id: str, shown: str | None, at: object = 1, **names: list[str]) -> httpx.Response:
    headers = {} if shown is None else {b"Authorization": shown.encode("latin-1")}
    return client.post(f"runs/{run_id}/attempts/{at}/grants", json=names, headers=headers)


def granted(system: System, client: httpx.Client, run_id: str, **names: list[str]) -> Granted:
    answer = ask(client, run_id, f"Bearer {token(system, run_id)}", **names)
    assert answer.status_code == 200, answer.text
    return cast("Granted", answer.json())


@pytest.mark.parametrize("route", CALLER, ids=lambda route: route.name)
def test_callers_need_the_key(system: System, nobody: httpx.Client, running: str, route: Route) -> None:
    key = system.state.key
    run_token = token(system, running)
    wrong = (("x-functions-key", ""), ("x-functions-key", "wrong"), ("x-functions-key", key[:-1]),
             ("x-functions-key", f"{key}x"), ("x-functions-key", "ünï"), ("Authorization", f"Bearer {key}"),
             ("Authorization", f"Bearer {run_token}"), ("x-functions-key", run_token), ("x-other", key))
    for name, value in wrong:
        headers = {name.encode(): value.encode()}
        answer = nobody.request(route.method, address(route), headers=headers, content=b"{}")
        assert answer.status_code == 401, (headers, answer.status_code)
        assert key not in answer.text
    for query in ("?code=wrong", "?code="):
        assert nobody.request(route.method, address(route) + query).status_code == 401
    with_key = nobody.request(route.method, address(route), headers={"x-functions-key": key}, content=b"[]")
    assert with_key.status_code != 401


def test_health_is_for_all(nobody: httpx.Client) -> None:
    assert nobody.get("health").json()["status"] == "ok"
    assert [route.name for route in ROUTES.values() if route.auth == "none"] == ["health"]
    by_token = {route.name for route in ROUTES.values() if route.auth == "run"}
    assert by_token == {"grant", "list_input_files", "output_uploads", *(f"node_{name}" for name in FOR_NODES)}


def test_what_is_no_run_token(system: System, api: Api, nobody: httpx.Client, running: str) -> None:
    now, key = datetime.now(UTC), system.state.token_key
    claims = {"sub": running, "attempt": 1, "exp": now + timedelta(hours=1)}
    good = token(system, running)
    head, payload, signature = good.split(".")
    none = jwt.encode(claims, "", algorithm="none")
    wrong = {
        "nothing": None, "empty": "", "no scheme": good, "another scheme": f"Basic {good}", "only a scheme": "Bearer",
        "garbage": "Bearer abc", "dots": "Bearer a.b.c", "long": f"Bearer {'a' * 8_000}", "bytes": "Bearer \xff\xfe",
        "expired": f"Bearer {jwt.encode({**claims, 'exp': now - timedelta(seconds=1)}, key, algorithm=ALGORITHM)}",
        "no end": f"Bearer {jwt.encode({'sub': running, 'attempt': 1}, key, algorithm=ALGORITHM)}",
        "no run": f"Bearer {jwt.encode({'attempt': 1, 'exp': claims['exp']}, key, algorithm=ALGORITHM)}",
        "a run that is a number": f"Bearer {jwt.encode({**claims, 'sub': 1}, key, algorithm=ALGORITHM)}",
        "an attempt that is none": f"Bearer {jwt.encode({**claims, 'attempt': [1]}, key, algorithm=ALGORITHM)}",
        "another key": f"Bearer {jwt.encode(claims, 'k' * 64, algorithm=ALGORITHM)}",
        "another algorithm": f"Bearer {jwt.encode(claims, key, algorithm='HS512')}",
        "algorithm none": f"Bearer {none}", "algorithm none, signed": f"Bearer {none}{signature}",
        "other claims": f"Bearer {head}.{payload[:-4]}AAAA.{signature}", "no signature": f"Bearer {head}.{payload}.",
        "the caller's key": f"Bearer {system.state.key}", "the token key": f"Bearer {key}",
    }
    for case, shown in wrong.items():
        answer = ask(nobody, running, shown)
        assert answer.status_code == 401, case
        refused(answer, 401, "token")
        assert good not in answer.text
        assert key not in answer.text
    refused(ask(api.http, running, None), 401, "run's token")


def test_a_token_of_another(system: System, api: Api, nobody: httpx.Client, running: str) -> None:
    other = api.submit("print('other')")
    assert ask(nobody, running, f"Bearer {token(system, running)}").status_code == 200
    for run_id, attempt, place, number in ((other, 1, running, 1), (running, 2, running, 1), (running, 1, running, 2),
                                           (running, 0, running, 0), (running, 1, running, "01"),
                                           (running, 1, running, "%31x"), ("nobody", 1, "nobody", 1),
                                           (running, 2, running, 2), (running, -1, running, -1)):
        refused(ask(nobody, place, f"Bearer {token(system, run_id, attempt)}", number), 403)
    api.wait(other)
    refused(ask(nobody, other, f"Bearer {token(system, other)}"), 403, "does not count any more")


def test_a_token_after_the_end(system: System, api: Api, nobody: httpx.Client) -> None:
    run_id = api.submit(LOOP, grace_seconds=0)
    api.wait(run_id, "Running")
    renewed = cast("dict[str, str]", granted(system, nobody, run_id))["token"]
    assert ask(nobody, run_id, f"Bearer {renewed}").status_code == 200
    api.http.post(f"runs/{run_id}/cancel")
    api.wait(run_id)
    refused(ask(nobody, run_id, f"Bearer {renewed}", write=["outputs/late"]), 403, "must stop")


BAD_NAMES = ("../x", "outputs/../../x", "/outputs/x", "outputs//x", "outputs", "outputs/", "outputs/.", "outputs/..",
             "outputs\\x", "outputs/a\0b", "outputs/a\nb", "task.json", "", "x" * 901, "signals/x.json",
             "signals/started.json/x", "signals/../signals/started.json", "metrics/1.json", "metrics/00000000.json/x",
             "metrics/000000000.json", "metrics/٠٠٠٠٠٠٠٠.json", "outputs.jsonl/x", "outputs.jsonl\n", "Outputs/x",
             "batch/stdout.txt", "outputs/\ud7ff\ufffe/..", "outputs/...")


@pytest.mark.parametrize("kind", ["write", "create", "read"])
def test_names_of_grants_are_confined(system: System, nobody: httpx.Client, running: str, kind: str) -> None:
    shown = f"Bearer {token(system, running)}"
    beyond = {"read": ("outputs/x", "signals/completed.json"), "write": ("signals/cancel.json",)}.get(kind, ())
    for name in (*BAD_NAMES, *beyond):
        refused(ask(nobody, running, shown, **{kind: [name]}), 400)
        mixed = {"write": ["outputs/fine"], kind: ["signals/cancel.json" if kind == "read" else "outputs/fine", name]}
        refused(ask(nobody, running, shown, **mixed), 400)


def test_grants_of_files(system: System, nobody: httpx.Client, running: str) -> None:
    shown = f"Bearer {token(system, running)}"
    for digest in ("../manifests/x", "A" * 64, "0" * 63, "0" * 65, "0" * 64 + "\n", ""):
        refused(ask(nobody, running, shown, files=[digest]), 400)
    refused(ask(nobody, running, shown, write=[f"outputs/{number}" for number in range(1001)]), 400, "at most 1000")
    for content in (b"[]", b"{", b'{"write": "outputs/x"}', b'{"list": []}', b"\xff", b'{"write": [1]}'):
        answer = nobody.post(f"runs/{running}/attempts/1/grants", content=content, headers={"Authorization": shown})
        refused(answer, 400)


def test_a_url_is_for_one_blob_and_one_right(system: System, nobody: httpx.Client, running: str) -> None:
    names = ["outputs/a.txt", "outputs/b.txt"]
    urls = granted(system, nobody, running, write=names, create=["outputs/once"], read=["signals/cancel.json"])
    a, b = (urls["write"][name] for name in names)
    assert httpx.put(a, content=b"1", headers=BLOCK).status_code == 201
    assert httpx.put(a, content=b"2", headers=BLOCK).status_code == 201
    assert httpx.put(a.replace("a.txt", "b.txt"), content=b"x", headers=BLOCK).status_code == 403
    assert httpx.put(a.replace("/runs/", "/signals/"), content=b"x", headers=BLOCK).status_code == 403
    assert httpx.get(a.replace("/1/outputs/a.txt", "/1/task.json")).status_code == 403
    assert httpx.delete(a).status_code == 403
    container = a.split("?")[0].rsplit("/", 4)[0] + "?restype=container&comp=list&" + a.split("?")[1]
    assert httpx.get(container).status_code == 403
    assert httpx.get(b.split("?")[0]).status_code in (401, 403, 404)

    once = urls["create"]["outputs/once"]
    assert httpx.get(once).status_code == 403
    assert httpx.put(once, content=b"1", headers=BLOCK).status_code == 201
    assert httpx.put(once, content=b"2", headers=BLOCK).status_code == 403

    cancel = urls["read"]["signals/cancel.json"]
    assert httpx.get(cancel).status_code == 404
    assert httpx.put(cancel, content=b"{}", headers=BLOCK).status_code == 403
    snapshot = cast("dict[str, str]", urls)["snapshot"]
    manifest = httpx.get(snapshot)
    assert manifest.status_code == 200
    assert httpx.put(snapshot, content=b"{}", headers=BLOCK).status_code == 403
    digest = json.loads(manifest.content)["files"][0]["sha256"]
    file = granted(system, nobody, running, files=[digest])["files"][digest]
    assert httpx.get(file).text == LOOP
    assert httpx.put(file, content=b"evil", headers=BLOCK).status_code == 403


@pytest.mark.parametrize("change", [("se=", "se=2099-01-01T00%3A00%3A00Z&x="), ("sp=", "sp=racwdl&x="),
                                    ("sig=", "sig=AAAA")])
def test_a_url_cannot_be_changed(system: System, nobody: httpx.Client, running: str, change: tuple[str, str]) -> None:
    url = granted(system, nobody, running, write=["outputs/c"])["write"]["outputs/c"]
    assert change[0] in url
    assert httpx.put(url.replace(*change), content=b"x", headers=BLOCK).status_code == 403


def test_urls_expire(system: System, api: Api, nobody: httpx.Client, running: str) -> None:
    answer = granted(system, nobody, running, write=["outputs/d"])
    until_when = datetime.fromisoformat(cast("dict[str, str]", answer)["expires_at"])
    assert timedelta(minutes=5) < until_when - datetime.now(UTC) <= timedelta(minutes=60)
    blobs = StorageBlobs(BlobServiceClient.from_connection_string(system.storage.connection_string))
    for right in ("write", "create", "read"):
        late = blobs.grant("runs", f"{running}/1/outputs/d", right, datetime.now(UTC) - timedelta(seconds=2))
        method, sent = ("GET", b"") if right == "read" else ("PUT", b"x")
        assert httpx.request(method, late, content=sent, headers=BLOCK).status_code == 403


def test_callers_links_only_read(api: Api) -> None:
    run_id = api.submit("open('outputs/a', 'w').write('a')")
    api.wait(run_id)
    url = api.http.get(f"runs/{run_id}/files/outputs/a").json()["url"]
    assert httpx.get(url).text == "a"
    assert httpx.put(url, content=b"b", headers=BLOCK).status_code == 403
    assert httpx.get(url.replace("outputs/a", "task.json")).status_code == 403
    digest = "ab" * 32
    missing = api.http.post("snapshots", json={"files": [{"path": "x", "sha256": digest, "size": 1}]}).json()["missing"]
    upload = missing[0]["url"]
    assert httpx.put(upload.replace(digest, "cd" * 32), content=b"x", headers=BLOCK).status_code == 403
    assert httpx.put(upload, content=b"x", headers=BLOCK).status_code == 201


def test_a_run_token_is_worth_nothing_elsewhere(system: System, nobody: httpx.Client, running: str) -> None:
    shown = {"Authorization": f"Bearer {token(system, running)}"}
    for route in CALLER:
        place = address(route).replace("something", running)
        assert nobody.request(route.method, place, headers=shown, content=b"{}").status_code == 401
    until(lambda: nobody.get("health").status_code == 200)
