"""Run configurations: settings, and files."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from runspoor.sdk.distribution import Gloo, Mpi, MpiConfiguration, ParameterServer, PyTorchConfiguration
from runspoor.sdk.docker import DockerConfiguration
from runspoor.sdk.environment import Environment
from runspoor.sdk.exceptions import NotOffered, RunConfigurationException, TrainingException, UserErrorException
from runspoor.sdk.run_configuration import RunConfiguration
from runspoor.sdk.run_data import Data, DataLocation, DataPath

V1_FILE = """
script: train.py
arguments: [--rate, 0.1]
target: cpu
framework: PyTorch
communicator: None
autoPrepareEnvironment: true
maxRunDurationSeconds:
nodeCount: 1
environment:
  name: from-file
  version:
  environmentVariables: {EXAMPLE_ENV_VAR: EXAMPLE_VALUE, A: b}
  python:
    userManagedDependencies: false
    interpreterPath: python
    condaDependenciesFile:
    baseCondaEnvironment:
    condaDependencies:
      channels: [conda-forge]
      dependencies: [python=3.6.2, {pip: [azureml-defaults]}]
  docker:
    enabled: true
    baseImage: mine:1
    baseImageRegistry: {address: my.io, username: , password: }
  spark: {repositories: []}
history: {outputCollection: true, directoriesToWatch: [logs]}
spark: {configuration: {spark.app.name: Azure ML Experiment}}
docker:
mpi: {processCountPerNode: 2}
dataReferences:
  store: {dataStoreName: mine, pathOnDataStore: a/b, mode: download, overwrite: false, pathOnCompute: }
data: {images: {dataLocation: {dataset: {id: an-id}, dataPath: }, mechanism: Mount, pathOnCompute: /tmp/x}}
amlcompute: {vmSize: , vmPriority: }
telemetryValues:
"""


def test_defaults_are_those_of_v1() -> None:
    made = RunConfiguration()
    assert (made.target, made.framework, made.communicator, made.node_count) == ("local", "Python", "None", 1)
    assert (made.max_run_duration_seconds, made.script, made.command, made.source_directory_data_store) == (None,) * 4
    assert (made.arguments, made.data, made.data_references, made.environment_variables) == ([], {}, {}, {})
    assert (made.history.output_collection, made.history.directories_to_watch) == (True, ["logs"])
    docker = DockerConfiguration()
    assert (docker.use_docker, docker.shared_volumes, docker.arguments, docker.shm_size) == (False, True, [], "2g")
    docker.arguments = [*docker.arguments, "-x"]
    assert DockerConfiguration().arguments == []


@pytest.mark.parametrize(("target", "name"), [("cpu", "cpu"), (SimpleNamespace(name="gpu"), "gpu"), (None, "local")])
def test_a_target_is_kept_by_its_name(target: object, name: str) -> None:
    made = RunConfiguration()
    made.target = target
    assert made.target == name


def test_what_is_no_target() -> None:
    with pytest.raises(UserErrorException, match="int is no compute target"):
        RunConfiguration().target = 5


def test_a_typing_error_is_no_setting() -> None:
    with pytest.raises(AttributeError, match="no setting 'node_cuont'"):
        RunConfiguration().node_cuont = 2  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        MpiConfiguration().processes = 2  # type: ignore[attr-defined]
    with pytest.raises(NotOffered, match="Spark in local mode"):
        RunConfiguration().spark = None  # type: ignore[attr-defined]


def test_two_share_nothing() -> None:
    one, other = RunConfiguration(), RunConfiguration()
    one.arguments.append("a")
    one.environment_variables["A"] = "b"
    one.environment.environment_variables["A"] = "b"
    one.mpi.process_count_per_node = 4
    assert (other.arguments, other.environment_variables, other.mpi.process_count_per_node) == ([], {}, 1)
    assert "A" not in other.environment.environment_variables


def test_a_file_of_v1(tmp_path: Path) -> None:
    (tmp_path / "aml_config").mkdir()
    (tmp_path / "aml_config/mine.runconfig").write_text(V1_FILE)
    made = RunConfiguration.load(tmp_path, "mine")
    assert (made.script, made.arguments, made.target, made.framework) == (
        "train.py", ["--rate", 0.1], "cpu", "PyTorch")
    assert made.environment._to_request() == {
        "name": "from-file", "packages": {"python_version": "3.6.2", "pip": ["azureml-defaults"]},
        "image": {"name": "my.io/mine:1"}, "variables": {"A": "b"}}
    assert made.mpi.process_count_per_node == 2
    assert made.docker.shm_size == "2g"
    assert made.data["images"]._to_input() == {"dataset": "an-id", "mode": "mount", "path_on_compute": "/tmp/x"}
    assert made.data_references["store"].to_input("store") == (
        "store", {"path": {"datastore": "mine", "path": "a/b"}, "mode": "download"})


@pytest.mark.parametrize("name", ["mine", None])
def test_what_is_saved_is_loaded_again(tmp_path: Path, name: str | None) -> None:
    made = RunConfiguration("train.py", ["--rate", 0.1], framework="PyTorch")
    made.target = "cpu"
    made.max_run_duration_seconds = 60
    made.environment = Environment("saved")
    made.environment.python.conda_dependencies.add_pip_package("a")
    made.data["x"] = Data(DataLocation(data_path=DataPath("store", "folder")), mechanism="download")
    made.save(tmp_path if name else tmp_path / "file.yml", name)
    again = RunConfiguration.load(tmp_path if name else tmp_path / "file.yml", name)
    assert (again.script, again.arguments, again.framework, again.target, again.max_run_duration_seconds) == (
        "train.py", ["--rate", 0.1], "PyTorch", "cpu", 60)
    assert again.environment._to_request() == {"name": "saved", "packages": {"pip": ["a"]}}
    assert again.data["x"]._to_input() == {"path": {"datastore": "store", "path": "folder"}, "mode": "download"}
    RunConfiguration.delete(tmp_path if name else tmp_path / "file.yml", name or "")
    with pytest.raises(RunConfigurationException, match="There is no run configuration"):
        RunConfiguration.load(tmp_path if name else tmp_path / "file.yml", name)


def test_inputs_that_say_nothing_or_what_is_not_offered() -> None:
    with pytest.raises(UserErrorException, match="neither a dataset nor"):
        Data()._to_input()
    with pytest.raises(NotOffered, match="direct, mount, download"):
        Data(DataLocation(dataset="x"), mechanism="upload")._to_input()
    named = SimpleNamespace(dataset=SimpleNamespace(id="7"), mode="download", path_on_compute=None)
    assert Data.create(named)._to_input() == {"dataset": "7", "mode": "download"}
    unsaved = SimpleNamespace(_saved_in=lambda workspace: f"saved in {workspace}")
    named = SimpleNamespace(dataset=unsaved, mode="download", path_on_compute=None)
    assert Data.create(named).to_input("mine") == ("", {"dataset": "saved in mine", "mode": "download"})
    with pytest.raises(UserErrorException, match="as_named_input"):
        Data.create(5)


def test_distributed_training_goes_with_some_estimators_only() -> None:
    Mpi(2).validate("Estimator")
    Gloo().validate("PyTorch")
    ParameterServer(2, 1).validate("TensorFlow")
    with pytest.raises(TrainingException, match=r"Gloo does not go with TensorFlow: it is for PyTorch\."):
        Gloo().validate("TensorFlow")
    assert PyTorchConfiguration().communication_backend == "Nccl"
