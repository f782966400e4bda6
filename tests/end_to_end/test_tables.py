"""Tables from a v1 script's view: on the caller's machine and in runs, of the web and of a datastore."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pandas as pd  # type: ignore[import-untyped]  # Its types are another package.
import pytest
from azure.storage.blob import BlobServiceClient
from runspoor.sdk.data_types import DataType
from runspoor.sdk.dataset import Dataset
from runspoor.sdk.dataset_errors import DatasetExecutionError
from runspoor.sdk.experiment import Experiment
from runspoor.sdk.script_run_config import ScriptRunConfig
from runspoor.sdk.tabular_dataset import TabularDataset
from runspoor.sdk.workspace import Workspace

from local.system import System
from tests.end_to_end.api import Api
from tests.integration.runner.flaky_site import Site, serving

TITANIC = "PassengerId,Survived,Name,Age\n1,0,Braund,22\n2,1,Cumings,38\n3,1,NaN,\n4,1,,35\n"
SCRIPT = """
import json, sys
from azureml.core import Dataset, Run
workspace = Run.get_context().experiment.workspace
frames = [Dataset.get_by_id(workspace, id=sys.argv[1]).to_pandas_dataframe(),
          Dataset.get_by_name(workspace=workspace, name="titanic_ds").to_pandas_dataframe(),
          Run.get_context().input_datasets["part"].to_pandas_dataframe()]
json.dump([[len(frame), [*frame], int(frame["Age"].isna().sum())] for frame in frames], open("outputs/seen.json", "w"))
"""


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        site.files = {"/Titanic.csv": TITANIC.encode()}
        yield site


@pytest.fixture
def workspace(api: Api, system: System, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("RUNSPOOR_URL", system.url)
    monkeypatch.setenv("RUNSPOOR_KEY", system.state.key)
    return Workspace("", "", "mine")


def put(system: System, name: str, content: str) -> None:
    with BlobServiceClient.from_connection_string(system.storage.connection_string) as service:
        service.get_blob_client("data", name).upload_blob(content.encode(), overwrite=True)


def test_a_script_reads_tables_by_id_by_name_and_as_input(
    api: Api, system: System, site: Site, workspace: Workspace, tmp_path: Path
) -> None:
    put(system, "tables/titanic/a.csv", TITANIC)
    put(system, "tables/titanic/b.csv", TITANIC)
    of_store = Dataset.Tabular.from_delimited_files((workspace.get_default_datastore(), "tables/titanic/*.csv"),
                                                    set_column_types={"PassengerId": DataType.to_string()})
    registered = of_store.register(workspace, "titanic_ds")
    part = registered.skip(3).take(3).drop_columns("Name")
    (tmp_path / "train.py").write_text(SCRIPT)
    titanic = Dataset.Tabular.from_delimited_files(f"{site.url}/Titanic.csv")
    config = ScriptRunConfig(source_directory=str(tmp_path), script="train.py", compute_target="cpu", arguments=[
        titanic.as_named_input("titanic"), part.as_named_input("part")])
    run = Experiment(workspace, "tables").submit(config)
    ended = api.wait(run.id)
    assert ended["status"] == "Completed", ended
    seen = json.loads(httpx.get(api.http.get(f"runs/{run.id}/files/outputs/seen.json").json()["url"]).content)
    names = ["PassengerId", "Survived", "Name", "Age"]
    assert seen == [[4, names, 1], [8, names, 2], [3, [each for each in names if each != "Name"], 0]]


def test_a_registered_table_knows_when_its_files_are_others(system: System, workspace: Workspace) -> None:
    put(system, "tables/pinned.csv", "a,b\n1,2\n")
    made = Dataset.Tabular.from_delimited_files((workspace.get_default_datastore(), "tables/pinned.csv"))
    made.register(workspace, "pinned-table")
    table = Dataset.get_by_name(workspace, "pinned-table")
    assert isinstance(table, TabularDataset)
    assert len(table.to_pandas_dataframe()) == 1
    put(system, "tables/pinned.csv", "a,b\n3,4\n5,6\n")
    for read in (table, table.take(1)):
        with pytest.raises(DatasetExecutionError, match=r"pinned\.csv has changed since the dataset was registered"):
            read.to_pandas_dataframe()
    assert len(made.take(2).to_pandas_dataframe()) == 2


def test_a_dataframe_becomes_a_table(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    days = pd.to_datetime(["2020-01-02", None, "2021-01-01"])
    frame = pd.DataFrame({"n": [1, 2, 3], "t": ["x", None, "z"], "d": days, "f": [0.5, None, 2]})
    store = workspace.get_default_datastore()
    first = Dataset.Tabular.register_pandas_dataframe(frame, (store, "frames"), "frame", description="prepared",
                                                      tags={"a": "b"}, row_group_size=2)
    second = Dataset.Tabular.register_pandas_dataframe(frame.drop(columns="f"), store, "frame", show_progress=False)
    assert (first.version, first.description, first.tags, second.version) == (1, "prepared", {"a": "b"}, 2)
    back = Dataset.get_by_name(workspace, "frame", version=1)
    assert isinstance(back, TabularDataset)
    pd.testing.assert_frame_equal(back.to_pandas_dataframe(), frame.astype({"d": "datetime64[ns]"}))
    assert [*second.to_pandas_dataframe()] == ["n", "t", "d"]
    steps = back.keep_columns(["n"]).skip(1).register(workspace, "frame-part")
    again = TabularDataset.get_by_id(workspace, str(steps.id))
    assert isinstance(again, TabularDataset)
    assert again.to_pandas_dataframe()["n"].tolist() == [2, 3]
    timed = back.with_timestamp_columns("d").filter((back["f"] > 0.1) & ~(back["t"] == "x")).register(workspace, "late")
    kept = Dataset.get_by_name(workspace, "late")
    assert isinstance(kept, TabularDataset)
    assert (kept.id, kept.timestamp_columns) == (timed.id, ("d", None))
    assert kept.time_after(datetime(2021, 1, 1)).to_pandas_dataframe()["n"].tolist() == [3]
    assert len(kept.time_before(datetime(2020, 6, 1)).to_pandas_dataframe()) == 0
