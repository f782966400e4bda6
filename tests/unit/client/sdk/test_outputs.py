"""Outputs of runs as a script says them, and as they are sent."""

from typing import Any

import pytest
from runspoor.sdk.arguments import Declared, arguments
from runspoor.sdk.data_lake_datastore import AzureDataLakeGen2Datastore
from runspoor.sdk.exceptions import NotOffered, UserErrorException
from runspoor.sdk.output_dataset_config import OutputFileDatasetConfig
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

WORKSPACE = Workspace("", "", "")
STORE = AzureBlobDatastore(WORKSPACE, "mine", "container", "account")


def sent(output: OutputFileDatasetConfig) -> dict[str, Any]:
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
    output = OutputFileDatasetConfig("a")
    for name in ("as_input", "read_delimited_files", "read_parquet_files"):
        with pytest.raises(NotOffered, match=name):
            getattr(output, name)
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
