"""Estimators: parameters, packages, arguments."""

import inspect
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from runspoor.sdk.distribution import Gloo, Mpi, ParameterServer
from runspoor.sdk.docker import ContainerRegistry
from runspoor.sdk.environment import Environment
from runspoor.sdk.estimator import Estimator, MMLBaseEstimator
from runspoor.sdk.exceptions import NotOffered, TrainingException
from runspoor.sdk.frameworks import Chainer, PyTorch, SKLearn, TensorFlow
from runspoor.sdk.run_configuration import RunConfiguration
from runspoor.sdk.run_request import run_request
from runspoor.sdk.workspace import Workspace

WORKSPACE = Workspace("", "", "")


class Named:
    """Data as a submission sees it."""

    name = "images"

    def to_input(self, workspace: Workspace) -> tuple[str, dict[str, Any]]:
        return self.name, {"dataset": "1", "mode": "mount"}


class Reference:
    """A path of a datastore: itself, and as a run configuration has it."""

    data_reference_name = "store"
    is_output = False

    def __str__(self) -> str:
        return f"$AZUREML_DATAREFERENCE_{self.data_reference_name}"

    def to_config(self) -> "Reference":
        return self

    def to_input(self, name: str) -> tuple[str, dict[str, Any]]:
        return name, {"path": {"datastore": "d", "path": ""}, "mode": "mount"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "train.py").write_text("")
    (tmp_path / "requirements.txt").write_text("--pre\nfrom-file==1\n")
    (tmp_path / "conda.yml").write_text("channels: [c]\ndependencies: [python=3.8, numpy, {pip: [from-conda]}]\n")
    return tmp_path


def asked(estimator: MMLBaseEstimator) -> dict[str, Any]:
    return run_request(estimator._to_submit(), Path(estimator.source_directory), WORKSPACE, estimator._error)


def packages(estimator: MMLBaseEstimator) -> Any:
    return asked(estimator)["environment"]["packages"]


def test_the_least(folder: Path) -> None:
    assert asked(Estimator(folder, compute_target="local", entry_script="train.py")) == {
        "compute_target": "local", "script": "train.py"}


def test_script_params_become_arguments_in_order(folder: Path) -> None:
    made = SKLearn(source_directory=str(folder), compute_target=SimpleNamespace(name="cpu"), entry_script="train.py",
                   environment_definition=Environment("mine"), max_run_duration_seconds=60,
                   environment_variables={"A": "b"}, script_params={
                       "--data": Named(), "--rate": 0.5, "--verbose": "", "--debug": None, "--layers": [64, 32],
                       "--zero": 0, "--off": False, "--store": Reference()})
    assert made.run_config.arguments[-1] == "$AZUREML_DATAREFERENCE_store"
    assert asked(made) == {
        "compute_target": "cpu", "script": "train.py", "environment": {"name": "mine", "variables": {"A": "b"}},
        "arguments": ["--data", {"input": "images"}, "--rate", "0.5", "--verbose", "--debug", "--layers", "64", "32",
                      "--zero", "0", "--off", "False", "--store", {"input": "store"}],
        "inputs": {"images": {"dataset": "1", "mode": "mount"},
                   "store": {"path": {"datastore": "d", "path": ""}, "mode": "mount"}},
        "max_run_duration_seconds": 60,
    }


def test_inputs_are_read_without_an_argument(folder: Path) -> None:
    made = Estimator(folder, compute_target="cpu", entry_script="train.py", inputs=[Named(), Reference()])
    assert list(asked(made)["inputs"]) == ["store", "images"]
    assert "arguments" not in asked(made)
    with pytest.raises(TrainingException, match="inputs cannot have str"):
        Estimator(folder, compute_target="cpu", inputs=["a"])


def test_packages_come_from_all_places(folder: Path) -> None:
    made = Estimator(folder, compute_target="cpu", entry_script="train.py", conda_packages=["pandas", "numpy=1"],
                     pip_packages=["a", "from-file==2"], conda_dependencies_file="conda.yml",
                     pip_requirements_file=folder / "requirements.txt")
    assert packages(made) == {"python_version": "3.8", "channels": ["c"], "conda": ["pandas", "numpy=1"],
                              "pip": ["--pre", "from-conda", "a", "from-file==2"]}
    assert list(made.conda_dependencies.conda_channels) == ["c"]
    older = Estimator(folder, compute_target="cpu", entry_script="train.py",
                      conda_dependencies_file_path="conda.yml", pip_requirements_file_path="requirements.txt")
    assert packages(older)["pip"] == ["from-conda", "--pre", "from-file==1"]


@pytest.mark.parametrize(("made", "pip"), [
    (SKLearn, ["scikit-learn"]), (PyTorch, ["torch", "torchvision", "tensorboard"]), (TensorFlow, ["tensorflow"]),
    (Chainer, ["chainer"]),
])
def test_a_framework_brings_its_packages(folder: Path, made: type[SKLearn], pip: list[str]) -> None:
    def of(**settings: Any) -> MMLBaseEstimator:
        return made(folder, compute_target="cpu", entry_script="train.py", **settings)

    assert packages(of()) == {"pip": pip}
    assert packages(of(pip_packages=["a"])) == {"pip": [*pip, "a"]}
    assert packages(of(framework_version="1.4"))["pip"][0] == f"{pip[0]}==1.4.*"
    assert packages(of(framework_version="0.20.3"))["pip"][0] == f"{pip[0]}==0.20.3"
    assert packages(of(conda_dependencies_file="conda.yml"))["pip"] == ["from-conda"]
    assert "environment" not in asked(of(user_managed=True))
    assert made(folder, compute_target="cpu", framework_version="1.4").framework_version == "1.4"
    assert made(folder, compute_target="cpu").framework_version is None
    assert made.DEFAULT_VERSION in made.get_supported_versions()
    assert made.__name__ == made.FRAMEWORK_NAME


def test_chainer_on_a_gpu(folder: Path) -> None:
    assert packages(Chainer(folder, compute_target="gpu", entry_script="train.py", use_gpu=True)) == {
        "pip": ["chainer", "cupy"]}


@pytest.mark.parametrize("name", ["custom_docker_image", "custom_docker_base_image"])
def test_an_image_of_a_registry(folder: Path, name: str) -> None:
    registry = ContainerRegistry()
    registry.address = "my.io"
    made = Estimator(folder, compute_target="cpu", entry_script="train.py", user_managed=True,
                     image_registry_details=registry, **{name: "x:1"})
    assert asked(made)["environment"] == {"image": {"name": "my.io/x:1"}}


def test_the_run_configuration_may_be_changed_until_it_is_submitted(folder: Path) -> None:
    made = Estimator(folder, compute_target="cpu", entry_script="train.py", shm_size="4g",
                     source_directory_data_store=SimpleNamespace(name="store"))
    assert (made.run_config.docker.shm_size, made.run_config.source_directory_data_store) == ("4g", "store")
    made.run_config.environment = Environment("other")
    made.run_config.target = "local"
    assert asked(made) == {"compute_target": "local", "script": "train.py", "environment": {"name": "other"}}
    base = MMLBaseEstimator(folder, compute_target="cpu", estimator_config=RunConfiguration("train.py"))
    assert asked(base) == {"compute_target": "cpu", "script": "train.py"}


@pytest.mark.parametrize(("settings", "sentence"), [
    ({"compute_target": None}, "give compute_target"),
    ({"environment_definition": Environment("a"), "pip_packages": ["b"]}, "put what pip_packages says into it"),
    ({"environment_definition": Environment("a"), "use_gpu": True, "shm_size": "1g"}, "use_gpu, shm_size"),
    ({"custom_docker_image": "a", "custom_docker_base_image": "b"}, "give custom_docker_image alone"),
    ({"conda_dependencies_file": "a", "conda_dependencies_file_path": "b"}, "conda_dependencies_file alone"),
    ({"distributed_backend": "mpi", "distributed_training": Mpi()}, "distributed_training alone"),
    ({"node_count": 2}, "distributed_backend='mpi'"),
    ({"process_count_per_node": 2}, "needs distributed_training"),
    ({"distributed_backend": "horovod"}, "use one of mpi, ps, gloo, nccl"),
    ({"distributed_training": Gloo()}, "Gloo does not go with Estimator"),
    ({"script_params": ["--a"]}, "has to be a dict"),
])
def test_parameters_that_contradict_each_other(folder: Path, settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(TrainingException, match=sentence):
        Estimator(folder, **{"compute_target": "cpu", **settings})


@pytest.mark.parametrize(("estimator", "settings", "communicator", "sent"), [
    (Estimator, {"distributed_backend": "mpi", "node_count": 2}, "IntelMpi",
     {"kind": "mpi", "nodes": 2, "processes": 2}),
    (Estimator, {"distributed_training": Mpi(4), "node_count": 2}, "Mpi", {"kind": "mpi", "nodes": 2, "processes": 8}),
    (PyTorch, {"distributed_training": Gloo(), "node_count": 2, "process_count_per_node": 2}, "Gloo",
     {"kind": "pytorch", "nodes": 2, "processes": 4, "backend": "gloo"}),
    (PyTorch, {"distributed_backend": "nccl", "node_count": 2}, "Nccl",
     {"kind": "pytorch", "nodes": 2, "processes": 2, "backend": "nccl"}),
    (TensorFlow, {"distributed_training": ParameterServer(2, 3), "node_count": 2}, "ParameterServer",
     {"kind": "tensorflow", "nodes": 2, "parameter_servers": 3}),
    (TensorFlow, {"distributed_backend": "ps", "worker_count": 2, "node_count": 2}, "ParameterServer",
     {"kind": "tensorflow", "nodes": 2, "parameter_servers": 1}),
    (TensorFlow, {"distributed_backend": "mpi", "process_count_per_node": 3}, "IntelMpi",
     {"kind": "mpi", "nodes": 1, "processes": 3}),
])
def test_distributions(folder: Path, estimator: type[Estimator], settings: dict[str, Any], communicator: str,
                       sent: dict[str, object]) -> None:
    made = estimator(folder, compute_target="cpu", entry_script="train.py", **settings)
    assert made.run_config.communicator == communicator
    assert asked(made)["distribution"] == sent


def test_workers_that_are_not_nodes_are_refused_when_it_is_submitted(folder: Path) -> None:
    made = TensorFlow(folder, compute_target="cpu", entry_script="train.py", node_count=3,
                      distributed_training=ParameterServer(2, 1))
    with pytest.raises(TrainingException, match="worker_count=2 and node_count=3 differ"):
        asked(made)


def test_a_cluster_for_one_run_is_refused_when_it_is_submitted(folder: Path) -> None:
    made = Estimator(folder, vm_size="STANDARD_D2_V2", entry_script="train.py")
    assert made.run_config.amlcompute.vm_size == "STANDARD_D2_V2"
    with pytest.raises(NotOffered, match="min_nodes=0"):
        asked(made)


def test_a_missing_script_is_found_when_it_is_submitted(folder: Path) -> None:
    for entry_script, sentence in (("none.py", "no file 'none.py'"), (None, "entry_script")):
        made = Estimator(folder, compute_target="cpu", entry_script=entry_script)
        with pytest.raises(TrainingException, match=sentence):
            asked(made)


def test_each_estimator_shows_and_takes_its_own_parameters(folder: Path) -> None:
    assert "distributed_backend" not in inspect.signature(SKLearn).parameters
    assert "worker_count" in inspect.signature(TensorFlow).parameters
    with pytest.raises(TypeError, match=r"SKLearn\(\) has no parameter 'node_count'"):
        SKLearn(folder, compute_target="cpu", node_count=1)
    with pytest.raises(TypeError, match="entryscript"):
        Estimator(folder, compute_target="cpu", entryscript="train.py")
