"""Retries, keys and errors."""

import json
import time

import pytest
from runspoor import errors
from runspoor.client import Client

from tests.unit.client.conftest import Answer, Backend

RUN = Answer(201, b'{"run_id": "a"}')


@pytest.mark.parametrize("trouble", [Answer(0), Answer(429), Answer(502), Answer(503), Answer(504)])
def test_trouble_that_passes_is_not_seen_and_all_tries_carry_one_idempotency_key(
    backend: Backend, client: Client, trouble: Answer
) -> None:
    backend.answers = [trouble, trouble, RUN]
    assert client.submit("e", "s", "c", script="x.py")["run_id"] == "a"
    assert len(backend.asked) == 3
    assert len({asked.headers["idempotency-key"] for asked in backend.asked}) == 1
    assert len({asked.body for asked in backend.asked}) == 1


def test_two_writes_have_two_keys_unless_told_otherwise(backend: Backend, client: Client) -> None:
    for key in (None, None, "mine"):
        client.submit("e", "s", "c", idempotency_key=key)
    first, second, third = (asked.headers["idempotency-key"] for asked in backend.asked)
    assert first != second
    assert third == "mine"


def test_retry_after_is_waited_for(backend: Backend, client: Client) -> None:
    backend.answers = [Answer(503, headers={"Retry-After": "1"}), RUN]
    began = time.monotonic()
    client.run("a")
    assert time.monotonic() - began >= 1


def test_patience_ends(backend: Backend) -> None:
    backend.answers = [Answer(503, b'{"detail": "The database is busy."}')]
    with Client(backend.url, patience=0.5) as client, pytest.raises(errors.Unavailable, match="database is busy") as e:
        client.run("a")
    assert e.value.status == 503
    assert len(backend.asked) > 1


def test_nobody_listens() -> None:
    with Client("http://127.0.0.1:9", "k", patience=0.3) as client, pytest.raises(
        errors.Unreachable, match=r"http://127\.0\.0\.1:9 does not answer"
    ):
        client.run("a")


@pytest.mark.parametrize(("status", "kind"), [
    (400, errors.BadRequest), (401, errors.NotAuthenticated), (403, errors.Forbidden), (404, errors.NotFound),
    (409, errors.Conflict), (413, errors.BadRequest), (422, errors.BadRequest), (500, errors.Unavailable),
    (418, errors.BadRequest),
])
def test_a_refusal_is_an_error_with_the_backends_words_and_is_not_repeated(
    backend: Backend, client: Client, status: int, kind: type[errors.ServiceError]
) -> None:
    problem = {"title": "T", "status": status, "detail": "Do it otherwise.", "errors": ["name: missing"]}
    backend.answers = [Answer(status, json.dumps(problem).encode())]
    with pytest.raises(kind, match=r"Do it otherwise\.") as caught:
        client.run("a")
    assert type(caught.value) is kind
    assert (caught.value.status, caught.value.errors) == (status, ("name: missing",))
    assert isinstance(caught.value, errors.RunspoorError)
    assert len(backend.asked) == 1


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'{"errors": 1}'])
def test_an_answer_without_a_problem_is_an_error_all_the_same(backend: Backend, client: Client, body: bytes) -> None:
    backend.answers = [Answer(404, body)]
    with pytest.raises(errors.NotFound, match="The backend answered 404"):
        client.run("a")


def test_the_key_is_shown_to_the_backend_and_not_in_the_representation(backend: Backend, client: Client) -> None:
    assert "the-key" not in repr(client)
    client.run("a")
    assert backend.asked[0].headers["x-functions-key"] == "the-key"


def test_from_environment(monkeypatch: pytest.MonkeyPatch, backend: Backend) -> None:
    monkeypatch.delenv("RUNSPOOR_URL", raising=False)
    with pytest.raises(errors.NotConfigured, match="RUNSPOOR_URL is not set"):
        Client.from_environment()
    monkeypatch.setenv("RUNSPOOR_URL", f"{backend.url}/api/")
    monkeypatch.setenv("RUNSPOOR_KEY", "from-outside")
    with Client.from_environment() as client:
        client.run("a b/c")
    assert backend.asked[0].path == "/api/runs/a%20b%2Fc"
    assert backend.asked[0].headers["x-functions-key"] == "from-outside"
