"""Snapshots, pages, logs, metrics and downloads."""

import hashlib
import io
import json
import math
from pathlib import Path

import pytest
from runspoor import errors
from runspoor.client import Client

from tests.scripted_server import Answer, ScriptedServer


def answer(body: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(body).encode())


def log(text: bytes, attempt: int, offset: int, complete: bool = False) -> Answer:
    return Answer(200, text, {"x-runspoor-attempt": str(attempt), "x-runspoor-next-offset": str(offset),
                              "x-runspoor-complete": "true" if complete else "false"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    for name in ("train.py", "lib/model.py", ".git/config", "lib/__pycache__/model.pyc", ".venv/bin/python"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(name)
    (source / "train.py").chmod(0o755)
    return source


def test_only_missing_files_are_uploaded_and_the_upload_shows_no_key(
    folder: Path, backend: ScriptedServer, client: Client
) -> None:
    digest = hashlib.sha256(b"train.py").hexdigest()
    missing = [{"sha256": digest, "url": f"{backend.url}/blob?sig=x"}]
    backend.answers = [answer({"complete": False, "missing": missing}, 202), Answer(201),
                       answer({"complete": True, "snapshot_id": "the-id", "missing": []}, 201)]
    said = io.StringIO()
    assert client.snapshot(folder, stream=said) == "the-id"
    first, upload, second = backend.asked
    assert (upload.method, upload.path, upload.body) == ("PUT", "/blob?sig=x", b"train.py")
    assert upload.headers["x-ms-blob-type"] == "BlockBlob"
    assert "x-functions-key" not in upload.headers
    assert first.body == second.body
    assert [file["path"] for file in json.loads(first.body)["files"]] == ["lib/model.py", "train.py"]
    assert said.getvalue() == "snapshot: 2 files, 20 B; uploaded 1 file, 8 B\n"


def test_an_upload_that_breaks_off_is_repeated_and_one_whose_url_has_expired_gets_a_new_one(
    folder: Path, backend: ScriptedServer, client: Client
) -> None:
    missing = [{"sha256": hashlib.sha256(b"train.py").hexdigest(), "url": f"{backend.url}/blob"}]
    incomplete = answer({"complete": False, "missing": missing}, 202)
    backend.answers = [incomplete, Answer(0), Answer(403), incomplete, Answer(201),
                       answer({"complete": True, "snapshot_id": "the-id", "missing": []}, 201)]
    said = io.StringIO()
    assert client.snapshot(folder, stream=said) == "the-id"
    assert said.getvalue() == "snapshot: 2 files, 20 B; uploaded 1 file, 8 B\n"


@pytest.mark.parametrize(("status", "kind"), [(403, errors.Forbidden), (201, errors.Corrupt)])
def test_what_never_arrives_is_not_sent_for_ever(
    folder: Path, backend: ScriptedServer, client: Client, status: int, kind: type[errors.RunspoorError]
) -> None:
    missing = [{"sha256": hashlib.sha256(b"train.py").hexdigest(), "url": f"{backend.url}/blob"}]
    incomplete = answer({"complete": False, "missing": missing}, 202)
    backend.answers = [incomplete, Answer(status), incomplete, Answer(status), incomplete]
    with pytest.raises(kind):
        client.snapshot(folder, stream=io.StringIO())


def test_all_pages_are_read(backend: ScriptedServer, client: Client) -> None:
    backend.answers = [answer({"value": [{"version": 0}], "next": "1"}),
                       answer({"value": [{"version": 1}], "next": None})]
    assert [event["version"] for event in client.events("a")] == [0, 1]
    assert [asked.path for asked in backend.asked] == [
        "/api/runs/a/events?limit=100&after=0", "/api/runs/a/events?limit=100&after=1"
    ]


def test_a_log_is_followed_to_its_end_over_characters_that_come_in_halves(
    backend: ScriptedServer, client: Client
) -> None:
    backend.answers = [log(b"", 0, 0), log(b"a\xc3", 1, 2), log(b"\xa4b", 1, 4), log(b"", 1, 4, complete=True)]
    assert list(client.logs("a", poll_seconds=0)) == ["a", "äb"]
    assert [asked.path.partition("=")[2] for asked in backend.asked] == ["0", "0", "2", "4"]


def test_a_new_attempt_begins_its_log_anew(backend: ScriptedServer, client: Client) -> None:
    backend.answers = [log(b"first", 1, 5), log(b"nd", 2, 7), log(b"second", 2, 6), log(b"", 2, 6, complete=True)]
    assert list(client.logs("a", poll_seconds=0)) == ["first", "second"]
    assert [asked.path.partition("=")[2] for asked in backend.asked] == ["0", "5", "0", "6"]


def test_metric_values_are_numbers_again(backend: ScriptedServer, client: Client) -> None:
    backend.answers = [answer({"values": [1, {"$float": "NaN"}, {"$int": "9007199254740993"}], "next": 3}),
                       answer({"values": [{"x": {"$float": "-Infinity"}, "y": "text"}], "next": None})]
    one, nan, big, row = client.points("a", "loss/train")
    assert (one, big, row) == (1, 9007199254740993, {"x": -math.inf, "y": "text"})
    assert isinstance(nan, float)
    assert math.isnan(nan)
    assert backend.asked[1].path == "/api/runs/a/metrics/loss/train?after=3&limit=10000"


def test_a_download_is_checked_and_leaves_nothing_when_it_is_wrong(
    backend: ScriptedServer, client: Client, tmp_path: Path
) -> None:
    link = {"url": f"{backend.url}/blob", "size": 4, "modified": "", "sha256": hashlib.sha256(b"good").hexdigest()}
    backend.answers = [answer(link), Answer(200, b"good"), answer(link), Answer(200, b"evil")]
    target = tmp_path / "model"
    assert client.download("a", "outputs/model", target)["sha256"] == link["sha256"]
    assert target.read_bytes() == b"good"
    assert "x-functions-key" not in backend.asked[1].headers
    with pytest.raises(errors.Corrupt):
        client.download("a", "outputs/model", tmp_path / "other")
    assert list(tmp_path.iterdir()) == [target]
