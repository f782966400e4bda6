"""Models on this machine: which files are meant, where they lie, how they are looked for."""

from collections.abc import Callable
from pathlib import Path

import pytest
from runspoor.sdk.exceptions import (
    ModelNotFoundException,
    ModelPathNotFoundException,
    UserErrorException,
    WebserviceException,
)
from runspoor.sdk.model import Model
from runspoor.sdk.model_document import request
from runspoor.sdk.model_files import files_at
from runspoor.sdk.model_list import Wanted, pairs
from runspoor.sdk.resource_configuration import ResourceConfiguration


@pytest.fixture(autouse=True)
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for variable in ("AZUREML_MODEL_DIR", "RUNSPOOR_ACCESS_FILE"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


def put(*paths: str) -> None:
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(path)


@pytest.mark.parametrize(("path", "children", "found"), [
    ("net", None, ["net/a.bin", "net/b/c.bin"]), ("./net/", None, ["net/a.bin", "net/b/c.bin"]),
    ("net/b", None, ["b/c.bin"]), ("net/a.bin", None, ["a.bin"]), ("net", ["b"], ["net/b/c.bin"]),
    ("net", ["a.bin", "b/c.bin", "b"], ["net/a.bin", "net/b/c.bin"]),
])
def test_the_files_of_a_path(path: str, children: list[str] | None, found: list[str]) -> None:
    put("net/a.bin", "net/b/c.bin", "other")
    assert sorted(files_at(path, children)) == found


@pytest.mark.parametrize(("path", "children"), [
    ("none", None), ("net", ["none"]), ("net", ["../other"]), ("empty", None)])
def test_a_path_without_files(path: str, children: list[str] | None) -> None:
    put("net/a.bin", "other")
    Path("empty").mkdir()
    with pytest.raises(ModelPathNotFoundException, match="to make a model of"):
        files_at(path, children)


@pytest.mark.parametrize(("files", "version", "path"), [
    (["azureml-models/net/2/net.pkl", "azureml-models/net/10/net.pkl"], None, "azureml-models/net/10/net.pkl"),
    (["azureml-models/net/2/net.pkl", "azureml-models/net/10/net.pkl"], 2, "azureml-models/net/2/net.pkl"),
    (["azureml-models/net/1/a", "azureml-models/net/1/b"], 1, "azureml-models/net/1"),
    (["put/net/3/net.pkl", "azureml-models/net/10/net.pkl"], None, "put/net/3/net.pkl"),
    (["put/net", "azureml-models/net/10/net.pkl"], None, "put/net"),
    (["net/saved.pb"], None, "net"),
])
def test_where_a_model_lies(
    files: list[str], version: int | None, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(*files)
    monkeypatch.setenv("AZUREML_MODEL_DIR", "put")
    assert Model.get_model_path("net", version) == path


@pytest.mark.parametrize(("files", "version"), [([], None), (["net"], 3), (["azureml-models/net/1/a"], 2)])
def test_a_model_that_is_not_here(files: list[str], version: int | None) -> None:
    put(*files)
    with pytest.raises(ModelNotFoundException, match="give _workspace"):
        Model.get_model_path("net", version)


@pytest.mark.parametrize(("wanted", "found"), [
    (None, {}), ("a", {"a": None}), (["a", ["b", 1]], {"a": None, "b": 1}), ({"a": "x"}, {"a": "x"}),
    ([("a", "x")], {"a": "x"}),
])
def test_v1_s_ways_to_name_tags(wanted: Wanted, found: dict[str, object]) -> None:
    assert pairs(wanted) == found


@pytest.mark.parametrize("wanted", [[1], [["a"]], [["a", "b", "c"]]])
def test_tags_that_are_none(wanted: Wanted) -> None:
    with pytest.raises(WebserviceException, match="a list of names"):
        pairs(wanted)


def test_what_is_not_said_is_not_sent() -> None:
    assert request() == {}
    needs = ResourceConfiguration(gpu=1)
    assert request({"a": 1}, {"b": None}, "", resources=needs, datasets=[("training", "id")]) == {
        "tags": {"a": "1"}, "properties": {"b": ""}, "description": "",
        "resources": {"cpu": None, "memory_in_gb": None, "gpu": 1},
        "datasets": [{"scenario": "training", "dataset_id": "id"}]}


def test_resources_are_written_as_v1_writes_them() -> None:
    needs = ResourceConfiguration(cpu=0.5, memory_in_gb=2, gpu=1)
    assert needs.serialize() == {"cpu": 0.5, "memoryInGB": 2, "gpu": 1}
    again = ResourceConfiguration.deserialize({"cpu": 0.5, "memoryInGB": 2, "gpu": 1})
    assert again
    assert again.serialize() == needs.serialize()


@pytest.mark.parametrize("wrong", [{"cpu": -1}, {"gpu": True}, {"memory_in_gb": "2"}])
def test_resources_are_numbers(wrong: dict[str, object]) -> None:
    make: Callable[..., ResourceConfiguration] = ResourceConfiguration
    with pytest.raises(UserErrorException, match="is a number that is not negative"):
        make(**wrong)
