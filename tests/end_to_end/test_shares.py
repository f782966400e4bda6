"""A file share from the first file to a pinned dataset: uploads, runs that read and write, and a changed file."""

import os
import uuid
from pathlib import Path

import httpx
import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.fileshare import ShareClient, ShareServiceClient
from runspoor.sdk.datastore import Datastore
from runspoor.sdk.workspace import Workspace

from local.azurite import ACCOUNT_KEY, ACCOUNT_NAME
from local.system import System
from tests.end_to_end.api import Api

ODD = "Größen 100%/#1.csv"
COPY = """
import pathlib, sys
given, made = map(pathlib.Path, sys.argv[1:])
for path in sorted(path for path in given.rglob("*") if path.is_file()):
    target = made / "copies" / path.relative_to(given)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(path.read_bytes())
    print(path.relative_to(given), path.stat().st_size)
"""


class Shared:
    """A datastore of a new share, and the share behind it."""

    def __init__(self, system: System, workspace: Workspace) -> None:
        self.name = f"share_{uuid.uuid4().hex[:8]}"
        service = ShareServiceClient(f"{system.files_url}/{ACCOUNT_NAME}",
                                     credential=AzureNamedKeyCredential(ACCOUNT_NAME, ACCOUNT_KEY))
        self.share: ShareClient = service.get_share_client(self.name.replace("_", "-"))
        self.datastore = Datastore.register_azure_file_share(
            workspace, self.name, self.share.share_name, ACCOUNT_NAME, account_key=ACCOUNT_KEY,
            create_if_not_exists=True)

    def read(self, path: str) -> bytes:
        return bytes(self.share.get_file_client(path).download_file().readall())


@pytest.fixture
def shared(system: System, workspace: Workspace) -> Shared:
    return Shared(system, workspace)


def test_files_go_to_a_share_and_come_back(shared: Shared, tmp_path: Path) -> None:
    large = os.urandom(9 * 1024 * 1024)
    source = tmp_path / "src"
    (source / ODD).parent.mkdir(parents=True)
    (source / ODD).write_bytes(b"a,b\n")
    (source / "large.bin").write_bytes(large)
    shared.datastore.upload(str(source), "in")
    assert (shared.read(f"in/{ODD}"), shared.read("in/large.bin")) == (b"a,b\n", large)
    assert shared.datastore.download(str(tmp_path / "back"), "in") == 2
    assert (tmp_path / "back" / "in" / ODD).read_bytes() == b"a,b\n"
    assert (tmp_path / "back" / "in" / "large.bin").read_bytes() == large


@pytest.mark.parametrize("mode", ["download", "mount"])
def test_a_run_reads_a_share_and_writes_to_it(api: Api, shared: Shared, mode: str) -> None:
    shared.share.create_directory("in").upload_file("x.bin", large := os.urandom(5 * 1024 * 1024))
    shared.share.create_directory("in/Größen 100%").upload_file("#1.csv", b"a,b\n")
    place = {"datastore": shared.name}
    run = api.wait(api.submit(
        COPY, arguments=[{"input": "given"}, {"output": "made"}],
        inputs={"given": {"path": {**place, "path": "in"}, "mode": mode}},
        outputs={"made": {"path": {**place, "path": "out/{run-id}"}, "mode": "mount"}}))
    assert run["status"] == "Completed", run
    output = run["outputs"][0]  # type: ignore[index]
    assert (output["files"], output["complete"]) == (2, True)
    assert shared.read(f"out/{run['run_id']}/copies/x.bin") == large
    assert shared.read(f"out/{run['run_id']}/copies/{ODD}") == b"a,b\n"
    listed = api.http.get(f"dataset-ids/{output['dataset']}/files").json()["value"]
    assert {file["path"]: file["size"] for file in listed} == {"copies/x.bin": len(large), f"copies/{ODD}": 4}


def test_a_dataset_of_a_share_notices_a_changed_file(api: Api, shared: Shared) -> None:
    for number in range(3):
        shared.share.get_file_client(f"{number}.csv").upload_file(b"1")
    source = {"datastore": shared.name, "path": "*.csv"}
    made = api.http.post("datasets", json={"name": shared.name, "kind": "file", "sources": [source]})
    assert made.status_code == 201, made.text
    dataset = made.json()["id"]
    listed = api.http.get(f"dataset-ids/{dataset}/files").json()["value"]
    assert [httpx.get(file["url"]).headers["etag"] for file in listed] == [file["etag"] for file in listed]
    shared.share.get_file_client("1.csv").upload_file(b"2")
    refused = api.http.get(f"dataset-ids/{dataset}/files", params={"check": "true"})
    assert refused.status_code == 409
    assert "1.csv" in refused.json()["detail"]
    run = api.wait(api.submit(COPY, arguments=[{"input": "given"}, "."],
                              inputs={"given": {"dataset": dataset, "mode": "download"}}))
    assert (run["status"], run["reason"]["code"]) == ("Failed", "InputChanged")  # type: ignore[index]
