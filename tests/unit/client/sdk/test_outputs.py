"""Outputs of runs as a script says them, and as they are sent."""

import copy
from typing import TYPE_CHECKING, Any, cast

import pytest
from runspoor.sdk.abstract_output import OutputDatasetConfig
from runspoor.sdk.arguments import Declared, arguments
from runspoor.sdk.data_lake_datastore import AzureDataLakeGen2Datastore
from runspoor.sdk.data_types import DataType
from runspoor.sdk.exceptions import NotOffered, UserErrorException
from runspoor.sdk.output_dataset_config import OutputFileDatasetConfig
from runspoor.sdk.output_tables import OutputTabularDatasetConfig
from runspoor.sdk.run_configuration import RunConfiguration
from runspoor.sdk.run_data import (
    DataLocation,
    DataPath,
    GlobsOptions,
    OutputData,
    OutputOptions,
    RegistrationOptions,
    UploadOptions,
)
from runspoor.sdk.run_request import declared
from runspoor.sdk.storage_datastore import AzureBlobDatastore
from runspoor.sdk.workspace import Workspace

from shared.contract.submission import OutputRequest

if TYPE_CHECKING:
    from runspoor.sdk.run import Run

WORKSPACE = Workspace("", "", "")
STORE = AzureBlobDatastore(WORKSPACE, "mine", "container", "account")


def sent(output: OutputFileDatasetConfig | OutputTabularDatasetConfig) -> dict[str, Any]:
    name, body = output.to_output(WORKSPACE)
    assert name == output.name
    OutputRequest.model_validate(body)
    return body


def test_the_least() -> None:
    output = OutputFileDatasetConfig()
    assert output.name.startswith("output_")
    assert len(output.name) == len("output_") + 8
    assert str(output) == f"DatasetOutputConfig:{output.name}"
    assert sent(output) == {"mode": "mount"}


def test_everything() -> None:
    first = OutputFileDatasetConfig("made", (STORE, "/results/{run-id}/"), source="out")
    place = {"path": {"datastore": "mine", "path": "results/{run-id}"}, "path_on_compute": "out"}
    uploaded = first.as_upload(overwrite=True, source_globs="*.csv").register_on_complete("made", "what", {"a": 1})
    assert sent(uploaded) == {**place, "mode": "upload", "overwrite": True, "globs": ["*.csv"],
                              "register_as": {"name": "made", "description": "what", "tags": {"a": "1"}}}
    assert sent(first) == {**place, "mode": "mount"}
    assert sent(uploaded.as_mount()) == {**place, "mode": "mount", "register_as": sent(uploaded)["register_as"]}
    assert sent(first.as_upload()) == {**place, "mode": "upload"}


def test_any_datastore_may_be_the_destination() -> None:
    lake = AzureDataLakeGen2Datastore(WORKSPACE, "lake", "files", "account")
    assert sent(OutputFileDatasetConfig("a", (lake, "b")))["path"] == {"datastore": "lake", "path": "b"}
    assert sent(OutputFileDatasetConfig("a", STORE))["path"] == {"datastore": "mine", "path": ""}


@pytest.mark.parametrize("destination", ["results", ("mine", "results"), (STORE,), (STORE, "a", "b"), (STORE, "../b")])
def test_what_is_no_destination(destination: object) -> None:
    with pytest.raises(UserErrorException):
        OutputFileDatasetConfig("a", destination).to_output(WORKSPACE)


@pytest.mark.parametrize("name", ["1a", "a-b", "ü"])
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(UserErrorException, match="letters, digits and underscores"):
        OutputFileDatasetConfig(name)


def test_what_is_not_offered_says_the_way() -> None:
    for name in ("random_split",):
        with pytest.raises(NotOffered, match="split the dataset it becomes"):
            getattr(OutputFileDatasetConfig("a").read_parquet_files(), name)
    with pytest.raises(NotOffered, match="partition_format"):
        OutputFileDatasetConfig("a", partition_format="{a}")


def test_an_output_among_arguments_is_where_the_node_has_it() -> None:
    data = Declared()
    upload = STORE.as_upload("model.pkl")
    given = arguments([OutputFileDatasetConfig("made"), upload, str(upload), STORE.as_mount()], data, WORKSPACE)
    assert given == [{"output": "made"}, {"output": "mine_upload"}, {"output": "mine_upload"}, {"input": "mine"}]
    assert (list(data.inputs), list(data.outputs)) == (["mine"], ["made", "mine_upload"])


def test_outputs_of_a_run_configuration() -> None:
    config = RunConfiguration()
    config.data_references = {each.data_reference_name: each.to_config()
                              for each in (STORE.as_download(), STORE.as_upload("bar.pkl"))}
    options = OutputOptions("out", RegistrationOptions("named", "what", {"a": "b"}),
                            UploadOptions(True, GlobsOptions(["*.csv"])))
    config.output_data = {"x": OutputFileDatasetConfig("other"), "y": OutputData(
        DataLocation(data_path=DataPath("mine", "a")), "Upload", options)}
    found = declared(config, WORKSPACE)
    assert (list(found.inputs), list(found.outputs)) == (["mine"], ["mine_upload", "x", "y"])
    assert found.outputs["y"] == sent(OutputFileDatasetConfig("y", (STORE, "a"), "out").as_upload(
        True, ["*.csv"]).register_on_complete("named", "what", {"a": "b"}))
    config.output_data = {"y": OutputData(mechanism="hdfs")}
    with pytest.raises(UserErrorException, match="no mode of an output"):
        declared(config, WORKSPACE)


def test_rows_of_an_output() -> None:
    made = OutputFileDatasetConfig("made", (STORE, "a")).register_on_complete("early")
    rows = made.read_delimited_files(separator=";", path_glob="*.csv", set_column_types={"n": DataType.to_long()})
    assert sent(rows) == {
        "path": {"datastore": "mine", "path": "a"}, "mode": "mount", "register_as": sent(made)["register_as"],
        "table": {"glob": "*.csv", "reading": {
            "format": "delimited", "separator": ";", "header": "same", "include_path": False, "partition_format": None,
            "infer_column_types": False, "column_types": {"n": {"kind": "long"}}}}}
    chosen = rows.as_upload(overwrite=True).keep_columns(["n", "m"]).drop_columns("m").register_on_complete("late")
    said = sent(chosen)
    assert (said["mode"], said["overwrite"], said["register_as"]["name"]) == ("upload", True, "late")
    assert said["table"]["steps"] == [{"kind": "keep_columns", "columns": ["n", "m"]},
                                      {"kind": "drop_columns", "columns": ["m"]}]
    assert sent(rows.as_mount())["mode"] == "mount"
    assert "steps" not in sent(rows)["table"]
    assert sent(made.read_parquet_files())["table"] == {"reading": {
        "format": "parquet", "include_path": False, "partition_format": None}}
    assert str(rows) == "DatasetOutputConfig:made"
    with pytest.raises(UserErrorException, match="read_delimited_files"):
        OutputTabularDatasetConfig()


@pytest.mark.parametrize(("asked", "words"), [
    ({"header": "no"}, "PromoteHeadersBehavior"), ({"set_column_types": {"a": "int"}}, "DataType"),
    ({"partition_format": "/none"}, "names no column")])
def test_rows_that_cannot_be_read(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(UserErrorException, match=words):
        OutputFileDatasetConfig("made").read_delimited_files(**asked)


class Ended:
    """A run that wrote, and the requests about it."""

    id = "first_1"

    def __init__(self, status: str, dataset: str | None) -> None:
        self.status = status
        self._record = self
        self._dataset = dataset

    def get_status(self) -> str:
        return "Running"

    def wait_for_completion(self, raise_on_error: bool = True) -> None:
        assert raise_on_error is False

    def seen(self) -> dict[str, Any]:
        return {"outputs": [{"name": "other", "dataset": "no"}, {"name": "made", "dataset": self._dataset}]}


def read(output: OutputDatasetConfig) -> dict[str, Any]:
    return output.as_input("x").to_input(WORKSPACE)[1]


def test_an_output_is_the_input_of_a_later_run(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever has been made of it meanwhile."""
    output = OutputFileDatasetConfig("made")
    later, rows = output.as_upload(), output.read_parquet_files()
    with pytest.raises(UserErrorException, match="Nothing has been written to the output 'made' yet"):
        read(later)
    data = Declared()
    arguments([later.register_on_complete("nets")], data, WORKSPACE)
    for name, each in data.followed.items():
        each._submitted(cast("Run", Ended("Completed", "an-id")), name)
    assert read(output) == {"dataset": "an-id", "mode": "mount"}
    assert copy.deepcopy(output).as_input().as_download("here").to_input(WORKSPACE)[1] == {
        "dataset": "an-id", "mode": "download", "path_on_compute": "here"}
    assert read(rows) == {"dataset": "an-id", "mode": "direct"}
    assert "Waiting for the run first_1: its output 'made' is to be read." in capsys.readouterr().err
    with pytest.raises(UserErrorException, match="cannot be in mode mount"):
        rows.as_input("x").as_mount()


@pytest.mark.parametrize(("status", "dataset", "words"), [
    ("Failed", "an-id", "ended as Failed"), ("Canceled", None, "ended as Canceled"), ("Completed", None, "no files")])
def test_an_output_that_cannot_be_read(status: str, dataset: str | None, words: str) -> None:
    output = OutputFileDatasetConfig("made")
    output._submitted(cast("Run", Ended(status, dataset)), "made")
    with pytest.raises(UserErrorException, match=words):
        read(output)
