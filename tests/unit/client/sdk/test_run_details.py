"""The dictionary about a run, filters by tags, and names of files."""

import copy
from pathlib import Path
from typing import Any

import pytest
from runspoor.sdk.file_names import below, local_path, stored_name
from runspoor.sdk.label_filter import Wanted, fits
from runspoor.sdk.run_details import Details, details, error, failure
from runspoor.sdk.run_status import RunStatus

RUN: dict[str, Any] = {
    "run_id": "r", "compute_target": "cpu", "status": "Failed", "started_at": "2026-01-01T00:00:00Z", "ended_at": None,
    "reason": {"code": "ScriptFailed", "message": "It ended with 1."}, "last_lines": ["Traceback", "ValueError: ü"],
    "cancel": None, "definition": {
        "launch": {"script": "train.py", "arguments": ["--data", {"input": "mnist"}, "1", {"output": "o"}]},
        "compute_target": "cpu",
        "environment": {"name": "e", "version": "2", "python": "/usr/bin/python3", "variables": {"A": "b"}},
        "inputs": {"mnist": {"dataset": "d1", "mode": "mount", "path_on_compute": "/data"},
                   "raw": {"path": {"datastore": "s", "path": ""}, "mode": "download"}}},
    "outputs": [{"name": "o", "dataset": "d2", "complete": True, "registered_as": "made", "version": 3},
                {"name": "later", "dataset": None, "complete": False}],
}


def test_keys_are_those_of_v1_and_what_has_no_value_is_left_out() -> None:
    found = details(RUN, {"p": "1"}, {"user_logs/std_log.txt": "url"})
    assert list(found) == ["runId", "target", "status", "startTimeUtc", "services", "error", "warnings", "properties",
                           "inputDatasets", "outputDatasets", "runDefinition", "logFiles"]
    assert found["runDefinition"]["arguments"] == ["--data", "DatasetConsumptionConfig:mnist", "1",
                                                    "DatasetOutputConfig:o"]
    assert found["inputDatasets"] == [{"dataset": {"id": "d1"}, "consumptionDetails": {
        "type": "RunInput", "inputName": "mnist", "mechanism": "Mount", "pathOnCompute": "/data"}}]
    assert found["outputDatasets"] == [{
        "identifier": {"savedId": "d2", "registeredId": "made", "registeredVersion": "3"}, "outputType": "RunOutput",
        "outputDetails": {"outputName": "o"}, "dataset": {"id": "d2"}, "complete": True}]
    assert found["error"]["error"]["code"] == "ScriptFailed"


def test_entries_are_attributes_too_and_it_is_a_dictionary() -> None:
    found = details(RUN, {}, {})
    assert found.status == found["status"] == "Failed"
    assert isinstance(found, dict)
    assert copy.copy(found) == found
    with pytest.raises(AttributeError, match="no 'endTimeUtc'"):
        found.endTimeUtc  # noqa: B018
    assert not hasattr(Details(), "status")


def test_only_what_failed_has_an_error() -> None:
    assert error({**RUN, "status": "Canceled"}) is None
    assert error({**RUN, "reason": None}) is not None
    text = failure(RUN, "It waits for nothing.")
    assert "It waits for nothing." in text
    assert "ValueError: ü" in text


LABELS = {"a": "1", "b": "", "c": "True"}


@pytest.mark.parametrize(("wanted", "found"), [
    (None, True), ("a", True), ("z", False), ({"a": "1"}, True), ({"a": 1}, True), ({"a": "2"}, False),
    ({"a": None}, True), ({"z": None}, False), (["a", "b"], True), (["a", "z"], False), ({"c": True}, True), ({}, True),
])
def test_filters(wanted: Wanted, found: bool) -> None:
    assert fits(LABELS, wanted) is found


@pytest.mark.parametrize(("name", "stored"), [
    ("model.pkl", "outputs/model.pkl"), ("outputs/model.pkl", "outputs/model.pkl"),
    ("./outputs/a/../b", "outputs/b"), ("/x", "outputs/x"), ("logs/a.txt", "logs/a.txt"), ("a\\b", "outputs/a/b"),
    ("outputs2/x", "outputs/outputs2/x"),
])
def test_names_outside_of_the_folders_of_a_run_are_outputs(name: str, stored: str) -> None:
    assert stored_name(name) == stored


@pytest.mark.parametrize(("folder", "name", "rest"), [
    ("outputs", "outputs/a/b", "a/b"), ("outputs/", "outputs/a", "a"), ("outputs", "outputs2/a", ""),
    ("outputs/a", "outputs/a", "a"), ("", "outputs/a", ""),
])
def test_what_lies_below_a_folder(folder: str, name: str, rest: str) -> None:
    assert below(folder, name) == rest


def test_where_downloads_go(tmp_path: Path) -> None:
    assert local_path("outputs/a.txt", None) == Path("a.txt")
    assert local_path("outputs/a.txt", "new/") == Path("new/a.txt")
    assert local_path("outputs/a.txt", tmp_path) == tmp_path / "a.txt"
    assert local_path("outputs/a.txt", tmp_path / "b.txt") == tmp_path / "b.txt"


def test_statuses() -> None:
    assert len(RunStatus.list()) == len(set(RunStatus.list())) == 15
    assert RunStatus.get_post_processing_statuses() == ["CancelRequested", "Finalizing"]
    assert RunStatus.get_running_statuses()[0] == "NotStarted"
