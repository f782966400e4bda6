"""Source folders as snapshots: what is sent, what is stored, and what never leaves the machine."""

import hashlib
import io
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from azure.storage.blob import BlobServiceClient
from runspoor.client import Client
from runspoor.snapshot.freeze import freeze

from local.azurite import ACCOUNT_NAME
from local.system import System
from tests.end_to_end.api import Api
from tests.end_to_end.problem import refused
from tests.end_to_end.runspoor_command import Command

FILES = 2_000
SECRET = "s3cr3t-t0ken-of-the-remote"


@pytest.fixture(scope="module")
def client(system: System, api: Api) -> Iterator[Client]:
    with Client(system.url, system.state.key) as made:
        yield made


@pytest.fixture(scope="module")
def blobs(system: System) -> Iterator[BlobServiceClient]:
    with BlobServiceClient.from_connection_string(system.storage.connection_string) as service:
        yield service


def stored(blobs: BlobServiceClient) -> set[str]:
    """The names of all source files that are kept."""
    return set(blobs.get_container_client("snapshots").list_blob_names(name_starts_with="files/"))


def paths(api: Api, snapshot_id: str) -> dict[str, str]:
    files = api.http.get(f"snapshots/{snapshot_id}").json()["files"]
    return {file["path"]: file["sha256"] for file in files}


def test_two_thousand_files_and_then_only_what_changed(
    client: Client, api: Api, blobs: BlobServiceClient, tmp_path: Path
) -> None:
    for number in range(FILES):
        file = tmp_path / f"part{number % 20}" / f"{number}.txt"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"this is file {number} of many\n")
    before = stored(blobs)
    said = io.StringIO()
    first = freeze(client.api, tmp_path, said)
    assert (first.files, first.uploaded_files, first.uploaded_bytes) == (FILES, FILES, first.bytes)
    assert re.fullmatch(r"snapshot: 2,000 files, [0-9.]+ kB; uploaded 2,000 files, [0-9.]+ kB\n", said.getvalue())
    assert len(stored(blobs) - before) == FILES
    again = freeze(client.api, tmp_path, io.StringIO())
    assert (again.id, again.uploaded_files, again.uploaded_bytes) == (first.id, 0, 0)

    (tmp_path / "part1" / "1.txt").write_text("changed")
    (tmp_path / "part2" / "new.txt").write_text("new")
    (tmp_path / "part3" / "3.txt").unlink()
    (tmp_path / "part4" / "4.txt").rename(tmp_path / "moved.txt")
    before = stored(blobs)
    said = io.StringIO()
    changed = freeze(client.api, tmp_path, said)
    assert said.getvalue().endswith("; uploaded 2 files, 10 B\n")
    assert stored(blobs) - before == {f"files/{hashlib.sha256(text).hexdigest()}" for text in (b"changed", b"new")}
    held = paths(api, changed.id)
    assert len(held) == FILES
    assert "part3/3.txt" not in held
    assert held["moved.txt"] == hashlib.sha256(b"this is file 4 of many\n").hexdigest()


def test_git_and_the_secrets_of_its_remote_never_leave(
    system: System, api: Api, blobs: BlobServiceClient, tmp_path: Path
) -> None:
    began = datetime.now(UTC).replace(microsecond=0)
    source = tmp_path / "source"
    source.mkdir()
    (source / "train.py").write_text("print(1)")
    for arguments in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-qm", "first"),
                      ("remote", "add", "origin", f"https://me:{SECRET}@example.com/team/repo.git")):
        subprocess.run(["git", "-c", "user.name=me", "-c", "user.email=me@example.com", *arguments], cwd=source,
                       check=True)
    (source / "config").symlink_to(".git/config")
    (source / ".amlignore").write_text("!.git\n!.git/**\n")
    assert SECRET in (source / ".git" / "config").read_text()
    done = Command(system, tmp_path).run("submit", "-e", "git", "-c", "cpu", "source", "train.py")
    assert done.returncode == 0, done.stderr
    assert "config: left out, a link into .git" in done.stderr
    assert SECRET not in done.stdout + done.stderr
    run = api.wait(done.stdout.strip())
    assert run["properties"] == {
        "azureml.git.repository_uri": "https://example.com/team/repo.git", "azureml.git.branch": "main",
        "azureml.git.dirty": "True", "mlflow.source.git.repoURL": "https://example.com/team/repo.git",
        "mlflow.source.git.branch": "main",
        **dict.fromkeys(("azureml.git.commit", "mlflow.source.git.commit"), _commit(source)),
    }
    definition = api.http.get(f"runs/{run['run_id']}").json()["definition"]
    assert paths(api, definition["snapshot"]["id"]).keys() == {".amlignore", "train.py"}
    assert SECRET not in api.http.get(f"runs/{run['run_id']}/events?limit=100").text
    for container in ("snapshots", "runs", "signals", "metrics"):
        for blob in blobs.get_container_client(container).list_blobs():
            if blob.last_modified >= began:
                assert SECRET.encode() not in blobs.get_blob_client(container, blob.name).download_blob().readall()


def _commit(folder: Path) -> str:
    return subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True,
                          check=True).stdout.strip()


def test_links_and_odd_names_arrive(client: Client, api: Api, tmp_path: Path) -> None:
    source, outside = tmp_path / "source", tmp_path / "outside"
    (source / "lib").mkdir(parents=True)
    outside.mkdir()
    (outside / "shared.py").write_text("NAME = 'shared'")
    (source / "lib" / "a.py").write_text("NAME = 'a'")
    (source / "common").symlink_to(outside)
    (source / "same.py").symlink_to("lib/a.py")
    (source / "lib" / "loop").symlink_to("..")
    (source / "ü #%+&=.txt").write_text("odd")
    (source / "tool.sh").write_text("#!/bin/sh\necho tool")
    (source / "tool.sh").chmod(0o755)
    (source / "train.py").write_text(
        "import subprocess, pathlib\nfrom common.shared import NAME\nimport same\n"
        "print(NAME, same.NAME, pathlib.Path('ü #%+&=.txt').read_text(), "
        "subprocess.check_output(['./tool.sh'], text=True), end='')\n")
    said = io.StringIO()
    snapshot = freeze(client.api, source, said)
    assert f"common: a link that leads out of the folder, taken from {outside}" in said.getvalue()
    assert "lib/loop: left out, a link to a folder it lies in" in said.getvalue()
    run = client.submit("links", snapshot.id, "cpu", script="train.py")
    assert api.wait(run["run_id"])["status"] == "Completed"
    assert "".join(client.logs(run["run_id"])) == "shared a odd tool\n"


def test_a_datastore_that_keeps_the_files(client: Client, api: Api, blobs: BlobServiceClient, tmp_path: Path) -> None:
    """Uploaded once there, and nowhere else; the node reads them there."""
    store = {"name": "sources", "kind": "blob", "account": ACCOUNT_NAME, "container": "e2e-sources",
             "create_if_not_exists": True}
    assert api.http.post("datastores", json=store).status_code == 201
    (tmp_path / "train.py").write_text("from package import said\nprint(said, 'kept in a datastore')")
    (tmp_path / "package").mkdir()
    (tmp_path / "package/__init__.py").write_text("said = 'I was'")
    (tmp_path / "empty.txt").touch()
    before = stored(blobs)
    first = freeze(client.api, tmp_path, io.StringIO(), "sources")
    assert freeze(client.api, tmp_path, io.StringIO(), "sources").uploaded_files == 0
    assert (first.uploaded_files, stored(blobs)) == (3, before)
    assert set(blobs.get_container_client("e2e-sources").list_blob_names()) == {
        f"snapshots/files/{digest}" for digest in paths(api, first.id).values()}
    assert freeze(client.api, tmp_path, io.StringIO()).id != first.id
    run = client.submit("tests", first.id, "cpu", script="train.py")
    assert api.wait(str(run["run_id"]))["last_lines"] == ["I was kept in a datastore"]
    links = api.http.get(f"snapshots/{first.id}/files").json()["value"]
    assert {httpx.get(link["url"]).status_code for link in links} == {200}


def test_a_datastore_that_cannot_keep_them(api: Api) -> None:
    store = {"name": "sources_lake", "kind": "gen2", "account": ACCOUNT_NAME, "container": "e2e-lake",
             "create_if_not_exists": True}
    assert api.http.post("datastores", json=store).status_code == 201
    files = [{"path": "train.py", "sha256": "a" * 64, "size": 1}]
    for name, said in (("sources_lake", "of kind 'gen2'"), ("nobody", "There is no datastore 'nobody'")):
        refused(api.http.post("snapshots", json={"files": files, "datastore": name}), 400, said)
    inline = {"files": [{"path": "train.py", "content": "pass"}], "datastore": "workspaceblobstore"}
    refused(api.http.post("snapshots", json=inline), 400, "are uploaded")
