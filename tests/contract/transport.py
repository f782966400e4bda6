"""What every ``Transport`` does, with a server that is slow, busy, or hangs up. Test classes say how to make one."""

import json
import ssl
import subprocess
import sys
import time
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from runspoor import errors
from runspoor.transport import AccessFile, Transport, exchange, over_httpx

from tests.contract.transport_tests import TransportTests
from tests.scripted_server import Answer, Asked, ScriptedServer

RUN = Answer(201, b'{"run_id": "a"}')


def self_signed(folder: Path) -> Path:
    """A file with a new key and a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "pem").write_bytes(pem + made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    return folder / "pem"


FORKING = """
import os
from runspoor.transport.api import ApiTransport
from {module} import {name}
api = ApiTransport("{url}", None, {name}(), 5)
api.get("parent/1")
child = os.fork()
if not child:
    api.get("child/1")
    api.get("child/2")
    raise SystemExit
api.get("parent/2")
assert os.waitpid(child, 0)[1] == 0
api.get("parent/3")
"""


class TransportContract(TransportTests):
    """Requests to the API."""

    def test_a_read_shows_the_key_and_gives_status_headers_and_json(
        self, backend: ScriptedServer, api: Transport
    ) -> None:
        backend.answers = [Answer(200, '{"name": "ä"}'.encode(), {"X-Some-Thing": "ok"})]
        answer = api.get("runs", {"status": "a b/ä", "limit": 3, "cursor": None})
        assert (answer.status, answer.headers["x-some-thing"], answer.json()) == (200, "ok", {"name": "ä"})
        (asked,) = backend.asked
        assert (asked.method, asked.path) == ("GET", "/api/runs?status=a+b%2F%C3%A4&limit=3")
        assert asked.headers["x-functions-key"] == "the-key"
        assert api.url == f"{backend.url}/api"

    def test_a_write_is_json_with_an_idempotency_key(self, backend: ScriptedServer, api: Transport) -> None:
        for key in (None, None, "mine"):
            api.write("PATCH", "runs/a", {"name": "ä", "n": 1.5}, key)
        first, second, third = (asked.headers["idempotency-key"] for asked in backend.asked)
        assert first != second
        assert third == "mine"
        assert {asked.headers["content-type"] for asked in backend.asked} == {"application/json"}
        assert json.loads(backend.asked[0].body) == {"name": "ä", "n": 1.5}
        api.write("DELETE", "runs/a")
        assert (backend.asked[3].method, backend.asked[3].body) == ("DELETE", b"")
        with pytest.raises(ValueError, match="not JSON compliant"):
            api.write("POST", "runs", {"n": float("nan")})

    @pytest.mark.parametrize("trouble", [Answer(0), *map(Answer, (408, 429, 502, 503, 504)), Answer(200, cut=1),
                                         Answer(503, delay=0.3)])
    def test_trouble_that_passes_is_not_seen_and_all_tries_are_the_same(
        self, backend: ScriptedServer, api: Transport, trouble: Answer
    ) -> None:
        backend.answers = [trouble, trouble, RUN]
        assert api.write("POST", "runs", {"a": 1}).json() == {"run_id": "a"}
        assert len(backend.asked) == 3
        assert len({(asked.headers["idempotency-key"], asked.body) for asked in backend.asked}) == 1

    def test_retry_after_is_waited_for(self, backend: ScriptedServer, api: Transport) -> None:
        backend.answers = [Answer(503, headers={"Retry-After": "1"}), RUN]
        began = time.monotonic()
        api.get("runs/a")
        assert time.monotonic() - began >= 1

    def test_retry_after_may_be_a_date(self, backend: ScriptedServer, api: Transport) -> None:
        at = int(time.time()) + 2
        backend.answers = [Answer(429, headers={"Retry-After": formatdate(at, usegmt=True)}), RUN]
        api.get("runs/a")
        assert time.time() >= at

    @pytest.mark.parametrize("said", ["soon", "-1", "1e9", "²", "Fri, 99 Foo 2026 00:00:00 GMT"])
    def test_a_retry_after_that_says_nothing_is_none(
        self, backend: ScriptedServer, api: Transport, said: str
    ) -> None:
        backend.answers = [Answer(429, headers={"Retry-After": said.encode().decode("latin-1")}), RUN]
        assert api.get("runs/a").status == 201

    def test_what_takes_the_backend_minutes_is_waited_for(
        self, backend: ScriptedServer, api: Transport, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(exchange, "READ_SECONDS", 0.1)
        monkeypatch.setattr(over_httpx, "TIMEOUT", 0.1)
        backend.answers = [Answer(), Answer(delay=0.7)]
        api.get("runs")
        api.write("POST", "datasets", {"kind": "file"})
        api.get("dataset-ids/a/files", {"check": "true"})
        assert [asked.path for asked in backend.asked] == ["/api/runs", "/api/datasets",
                                                           "/api/dataset-ids/a/files?check=true"]
        with pytest.raises(errors.Unreachable, match="it takes too long"):
            self.make(backend.url, patience=0.3).get("datasets")

    def test_nobody_waits_longer_than_patience(self, backend: ScriptedServer) -> None:
        api = self.make(backend.url, patience=0.5)
        backend.answers = [Answer(503, b'{"detail": "The database is busy."}')]
        with pytest.raises(errors.Unavailable, match="database is busy") as caught:
            api.get("runs")
        assert caught.value.status == 503
        assert len(backend.asked) > 1
        backend.answers, backend.asked = [Answer(429, headers={"Retry-After": "3600"})], []
        with pytest.raises(errors.Unavailable):
            api.get("runs")
        assert len(backend.asked) == 1
        api.close()

    def test_nobody_listens(self) -> None:
        with pytest.raises(errors.Unreachable, match=r"http://127\.0\.0\.1:9 does not answer \(it refuses connec"):
            self.make("http://127.0.0.1:9/api", patience=0.3).get("runs")

    def test_a_server_that_cannot_prove_itself_is_not_asked_again(
        self, backend: ScriptedServer, tmp_path: Path
    ) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self_signed(tmp_path))
        backend.server.socket = context.wrap_socket(backend.server.socket, server_side=True)
        began = time.monotonic()
        with pytest.raises(errors.Unreachable, match="certificate is not trusted"):
            self.make(backend.url.replace("http:", "https:"), patience=60).get("runs")
        assert time.monotonic() - began < 30

    @pytest.mark.parametrize(("status", "kind"), [
        (400, errors.BadRequest), (401, errors.NotAuthenticated), (403, errors.Forbidden), (404, errors.NotFound),
        (409, errors.Conflict), (413, errors.BadRequest), (422, errors.BadRequest), (500, errors.Unavailable),
    ])
    def test_a_refusal_is_an_error_with_the_backends_words_and_is_not_repeated(
        self, backend: ScriptedServer, api: Transport, status: int, kind: type[errors.ServiceError]
    ) -> None:
        problem = {"title": "T", "status": status, "detail": "Do it otherwise.", "errors": ["name: missing"]}
        backend.answers = [Answer(status, json.dumps(problem).encode())]
        with pytest.raises(kind, match=r"Do it otherwise\.") as caught:
            api.write("POST", "runs", {})
        assert type(caught.value) is kind
        assert (caught.value.status, caught.value.errors) == (status, ("name: missing",))
        assert len(backend.asked) == 1

    @pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'{"errors": 1}', b"\xff"])
    def test_an_answer_without_a_problem_is_an_error_all_the_same(
        self, backend: ScriptedServer, api: Transport, body: bytes
    ) -> None:
        backend.answers = [Answer(404, body)]
        with pytest.raises(errors.NotFound, match="The backend answered 404"):
            api.get("runs/a")

    def test_a_token_is_asked_for_anew_in_every_try(self, backend: ScriptedServer, tmp_path: Path) -> None:
        file = tmp_path / "access.json"

        def renewed(asked: Asked) -> Answer:
            file.write_text('{"url": "u", "token": "second"}')
            return Answer(503)

        file.write_text(json.dumps({"url": f"{backend.url}/api/node", "token": "first"}))
        access = AccessFile(file)
        api = self.make(access.url, access)
        backend.answers = [renewed, Answer()]
        api.get("runs/a")
        assert [asked.headers["authorization"] for asked in backend.asked] == ["Bearer first", "Bearer second"]
        assert all("x-functions-key" not in asked.headers for asked in backend.asked)
        file.unlink()
        with pytest.raises(errors.NotConfigured, match="has the run ended"):
            api.get("runs/a")
        api.close()

    def test_all_pages_are_read_as_they_are_needed(self, backend: ScriptedServer, api: Transport) -> None:
        backend.answers = [Answer(200, b'{"value": [1, 2], "next": "x"}'), Answer(200, b'{"value": [3], "next": null}')]
        items = api.pages("runs", {"status": "Failed"}, cursor="after", start="0")
        assert next(items) == 1
        assert len(backend.asked) == 1
        assert list(items) == [2, 3]
        assert [asked.path for asked in backend.asked] == [
            "/api/runs?limit=100&after=0&status=Failed", "/api/runs?limit=100&after=x&status=Failed"]

    def test_connections_are_kept_and_shared(self, backend: ScriptedServer, api: Transport) -> None:
        other = self.make(backend.url)
        for one in (api, other, api):
            one.get("runs")
        other.close()
        api.get("runs")
        assert len({asked.port for asked in backend.asked}) == 1

    def test_a_fork_has_its_own_connections(self, backend: ScriptedServer) -> None:
        exchange = type(self.exchange())
        code = FORKING.format(module=exchange.__module__, name=exchange.__name__, url=backend.url)
        done = subprocess.run([sys.executable, "-X", "dev", "-c", code], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        ports = {asked.path: asked.port for asked in backend.asked}
        assert ports["/parent/1"] == ports["/parent/2"] == ports["/parent/3"]
        assert ports["/child/1"] == ports["/child/2"] != ports["/parent/1"]

    def test_a_proxy_is_asked_when_the_environment_names_one(
        self, backend: ScriptedServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("http_proxy", "HTTP_PROXY"):
            monkeypatch.setenv(name, backend.url.replace("//", "//me:p%40ss@"))
        api = self.make("http://runspoor.invalid/api")
        api.get("runs", {"limit": 1})
        assert backend.asked[0].path == "http://runspoor.invalid/api/runs?limit=1"
        assert backend.asked[0].headers["host"] == "runspoor.invalid"
        assert backend.asked[0].headers["proxy-authorization"] == f"Basic {b64encode(b'me:p@ss').decode()}"
        api.close()

    def test_many_threads_may_use_it_at_once(self, backend: ScriptedServer, api: Transport) -> None:
        backend.answers = [lambda asked: Answer(200, json.dumps(asked.path).encode())]
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda number: api.get(f"runs/{number}").json(), range(200)))
        assert answers == [f"/api/runs/{number}" for number in range(200)]
        assert len({asked.port for asked in backend.asked}) <= 16
