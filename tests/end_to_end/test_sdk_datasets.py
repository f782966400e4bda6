"""Datasets from a v1 script's view: made here, registered, and read by runs."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from azure.storage.blob import BlobServiceClient
from runspoor.sdk.dataset import Dataset
from runspoor.sdk.estimator import Estimator
from runspoor.sdk.exceptions import UserErrorException
from runspoor.sdk.experiment import Experiment
from runspoor.sdk.file_dataset import FileDataset
from runspoor.sdk.opendatasets import MIRROR, MNIST
from runspoor.sdk.script_run_config import ScriptRunConfig
from runspoor.sdk.tabular_dataset import TabularDataset
from runspoor.sdk.workspace import Workspace

from local.system import System
from tests.end_to_end.api import Api
from tests.integration.runner.flaky_site import Site, serving

FILES = {name: gzip.compress(name.encode()) for name in (
    "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz")}
SHOW = """
import json, os, sys
def seen(path):
    return {"files": sorted(os.listdir(path))} if os.path.isdir(path) else {"size": os.path.getsize(path)} \\
        if os.path.isfile(path) else path
names = {name: os.path.exists(value) for name, value in os.environ.items() if name.startswith("AZUREML_DATAREFERENCE")}
json.dump({"seen": [seen(path) for path in sys.argv[1:]], "variables": names}, open("outputs/seen.json", "w"))
"""


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A mirror of the open datasets."""
    with serving() as site:
        site.files = {f"/{name}": content for name, content in FILES.items()}
        monkeypatch.setenv(MIRROR, site.url)
        yield site


@pytest.fixture
def workspace(api: Api, system: System, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("RUNSPOOR_URL", system.url)
    monkeypatch.setenv("RUNSPOOR_KEY", system.state.key)
    return Workspace("", "", "mine")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "train.py").write_text(SHOW)
    return tmp_path / "src"


def outcome(api: Api, workspace: Workspace, config: object) -> dict[str, object]:
    """What the script of a submitted run saw."""
    run = Experiment(workspace, "datasets").submit(config)
    ended = api.wait(run.id)
    assert ended["status"] == "Completed", ended
    link = api.http.get(f"runs/{run.id}/files/outputs/seen.json").json()["url"]
    return dict(json.loads(httpx.get(link).content))


def test_an_open_dataset_is_downloaded_registered_and_mounted(
    api: Api, site: Site, workspace: Workspace, folder: Path, tmp_path: Path
) -> None:
    made = MNIST.get_file_dataset()
    found = made.download(str(tmp_path / "data"), overwrite=True)
    assert {Path(path).name: Path(path).read_bytes() for path in found} == FILES
    registered = made.register(workspace=workspace, name="mnist_opendataset", description="training and test dataset",
                               create_new_version=True)
    assert (registered.name, registered.version, registered.description) == (
        "mnist_opendataset", 1, "training and test dataset")
    assert made.id is None
    estimator = Estimator(source_directory=str(folder), entry_script="train.py", compute_target="cpu", script_params={
        "--data-folder": registered.as_named_input("mnist").as_mount(), "--regularization": 0.5})
    assert outcome(api, workspace, estimator)["seen"] == ["--data-folder", {"files": sorted(FILES)}, "--regularization",
                                                          "0.5"]


def test_names_versions_and_tags(site: Site, workspace: Workspace) -> None:
    first, second = MNIST.get_file_dataset("train"), MNIST.get_file_dataset("test")
    one = first.register(workspace, "digits-sdk", tags={"team": "vision"})
    assert first.register(workspace, "digits-sdk", tags={"team": "vision"}).version == one.version == 1
    with pytest.raises(UserErrorException, match="create_new_version"):
        second.register(workspace, "digits-sdk")
    two = second.register(workspace, "digits-sdk", create_new_version=True)
    newest = Dataset.get_by_name(workspace, "digits-sdk")
    assert isinstance(newest, FileDataset)
    assert (newest.version, newest.id, newest.to_path()) == (2, two.id, second.to_path())
    assert Dataset.get_by_name(workspace, "digits-sdk", version=1).id == one.id
    assert FileDataset.get_by_id(workspace, str(one.id)).version == 1
    assert one.add_tags({"stage": "1"}).tags == {"team": "vision", "stage": "1"}
    assert one.remove_tags(["team"]).update(description="Ziffern").tags == {"stage": "1"}
    assert Dataset.get_by_name(workspace, "digits-sdk", version="1").description == "Ziffern"
    with pytest.raises(UserErrorException, match="There is no dataset 'none'"):
        Dataset.get_by_name(workspace, "none")
    with pytest.raises(UserErrorException, match="There is nothing called 'none'"):
        Dataset.get_by_id(workspace, "none")
    with pytest.raises(UserErrorException, match="has no version 9"):
        Dataset.get_by_name(workspace, "digits-sdk", version=9)


def test_a_datastore_and_datasets_of_it(api: Api, system: System, workspace: Workspace, folder: Path,
                                        tmp_path: Path) -> None:
    with BlobServiceClient.from_connection_string(system.storage.connection_string) as service:
        for name in ("sdk/a.csv", "sdk/more/b.csv"):
            service.get_blob_client("data", name).upload_blob(name, overwrite=True)
    store = workspace.get_default_datastore()
    made = Dataset.File.from_files((store, "sdk"))
    assert made.to_path() == ["/a.csv", "/more/b.csv"]
    (first, second) = made.download(tmp_path / "here")
    assert (Path(first).read_text(), Path(second).read_text()) == ("sdk/a.csv", "sdk/more/b.csv")
    inner = store.path("sdk/a.csv").as_download()
    config = ScriptRunConfig(source_directory=str(folder), script="train.py", compute_target="cpu", arguments=[
        inner, made.as_named_input("table").as_mount("tmp/table"), made.as_named_input("direct")])
    found = outcome(api, workspace, config)
    assert found["seen"] == [{"size": 9}, {"files": ["a.csv", "more"]}, made.id]
    assert found["variables"] == {"AZUREML_DATAREFERENCE_table": True, "AZUREML_DATAREFERENCE_direct": False,
                                  f"AZUREML_DATAREFERENCE_{inner.data_reference_name}": True}
    whole = Estimator(source_directory=str(folder), entry_script="train.py", compute_target="cpu",
                      script_params={"--data-folder": store.as_mount(), "--regularization": 0.8})
    found = outcome(api, workspace, whole)
    assert found["variables"] == {"AZUREML_DATAREFERENCE_workspaceblobstore": True}


def test_a_table_is_known_by_its_id(api: Api, site: Site, workspace: Workspace, folder: Path) -> None:
    table = Dataset.Tabular.from_delimited_files(path=f"{site.url}/titanic.csv", separator=";")
    config = ScriptRunConfig(source_directory=str(folder), script="train.py", compute_target="cpu",
                             arguments=["--input-data", table.as_named_input("titanic")])
    assert outcome(api, workspace, config)["seen"] == ["--input-data", table.id]
    found = Dataset.get_by_id(workspace, str(table.id))
    assert isinstance(found, TabularDataset)
    assert found._definition["reading"]["separator"] == ";"
