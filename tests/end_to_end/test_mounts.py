"""Mounts through the public surface: in runs, and on the caller's machine. Where nothing mounts they are downloads."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.storage.blob import BlobServiceClient
from runspoor.sdk.dataset import Dataset
from runspoor.sdk.datastore import Datastore
from runspoor.sdk.exceptions import UserErrorException
from runspoor.sdk.experiment import Experiment
from runspoor.sdk.file_dataset import FileDataset
from runspoor.sdk.script_run_config import ScriptRunConfig
from runspoor.sdk.workspace import Workspace

from local.system import System
from tests.end_to_end.api import Api
from tests.end_to_end.conftest import Submit
from tests.integration.mount.mounts import CAN_MOUNT
from tests.integration.mount.storage import Sparse, Storage, serving

BYTES = 5 * 1024**3 if CAN_MOUNT else 1024
LAST = """
import json, os, sys
with open(os.path.join(sys.argv[1], "huge.bin"), "rb") as file:
    file.seek(-7, os.SEEK_END)
    seen = {"last": file.read().decode(), "size": os.fstat(file.fileno()).st_size, "path": sys.argv[1],
            "names": sorted(os.listdir(sys.argv[1])), "variable": os.environ["AZUREML_DATAREFERENCE_given"]}
json.dump(seen, open("outputs/seen.json", "w"))
"""
IN_RUN = """
import os
from azureml.core import Dataset, Run
workspace = Run.get_context().experiment.workspace
with Dataset.get_by_name(workspace, "mounted-e2e").mount() as mounted:
    print("sees", sorted(os.listdir(mounted.mount_point)), open(os.path.join(mounted.mount_point, "a.csv")).read())
print("gone", not os.path.exists(mounted.mount_point))
"""


@pytest.fixture
def storage() -> Iterator[Storage]:
    with serving() as storage:
        storage.put("data/huge.bin", Sparse(BYTES, b"the end"))
        storage.put("data/other.csv", b"1,2")
        yield storage


@pytest.fixture
def registered(system: System, workspace: Workspace) -> FileDataset:
    with BlobServiceClient.from_connection_string(system.storage.connection_string) as service:
        for name, content in {"mounts/a.csv": "1,2", "mounts/more/b.csv": "3,4"}.items():
            service.get_blob_client("data", name).upload_blob(content, overwrite=True)
    made = Dataset.File.from_files((Datastore.get(workspace, "workspaceblobstore"), "mounts"))
    return made.register(workspace, "mounted-e2e", create_new_version=True)


def test_a_run_reads_only_what_it_touches(api: Api, experiment: Experiment, storage: Storage, tmp_path: Path) -> None:
    dataset = Dataset.File.from_files([f"{storage.url}/files/data/{name}" for name in ("huge.bin", "other.csv")],
                                      validate=False)
    (tmp_path / "source").mkdir()
    (tmp_path / "source/train.py").write_text(LAST)
    place = str(tmp_path / "dataset")
    config = ScriptRunConfig(source_directory=str(tmp_path / "source"), script="train.py", compute_target="cpu",
                             arguments=[dataset.as_named_input("given").as_mount(place)])
    run = experiment.submit(config)
    ended = api.wait(run.id)
    assert ended["status"] == "Completed", ended
    link = api.http.get(f"runs/{run.id}/files/outputs/seen.json").json()["url"]
    assert json.loads(api.http.get(link, headers={"x-functions-key": ""}).content) == {
        "last": "the end", "size": BYTES, "path": place, "names": ["huge.bin", "other.csv"], "variable": place}
    assert storage.bytes < 4_000_000
    said = api.http.get(f"runs/{run.id}/logs/system_logs/runner.log").text
    assert ("input given: mounted read-only at" in said) == CAN_MOUNT
    assert ("this node delivers it as a download" in said) != CAN_MOUNT


def test_a_script_mounts_a_registered_dataset(registered: FileDataset, api: Api, submit: Submit) -> None:
    run = submit(IN_RUN)
    ended = api.wait(run.id)
    assert ended["status"] == "Completed", ended
    log = api.http.get(f"runs/{run.id}/logs/user_logs/std_log.txt").text
    assert "sees ['a.csv', 'more'] 1,2" in log
    assert "gone True" in log


def test_the_caller_mounts_a_registered_dataset(registered: FileDataset, workspace: Workspace) -> None:
    dataset = Dataset.get_by_name(workspace, "mounted-e2e")
    assert isinstance(dataset, FileDataset)
    with dataset.mount() as mounted:
        assert os.path.ismount(mounted.mount_point) == CAN_MOUNT
        assert Path(mounted.mount_point, "more/b.csv").read_text() == "3,4"


def test_a_dataset_that_has_changed_is_not_mounted(registered: FileDataset, system: System, api: Api) -> None:
    with BlobServiceClient.from_connection_string(system.storage.connection_string) as service:
        service.get_blob_client("data", "mounts/a.csv").upload_blob("5,6", overwrite=True)
    with pytest.raises(UserErrorException, match=r"a\.csv"):
        registered.mount().start()
    runs = [api.submit("", inputs={"given": {"dataset": registered.id, "mode": mode}})
            for mode in ("mount", "download")]
    for ended in map(api.wait, runs):
        assert isinstance(ended["reason"], dict)
        assert ended["reason"]["code"] == "InputChanged"
        assert "a.csv" in ended["reason"]["message"]
