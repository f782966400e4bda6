"""What of a ScriptRunConfig is sent."""

import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from runspoor.sdk.arguments import Declared, arguments, command, text
from runspoor.sdk.distribution import MpiConfiguration, PyTorchConfiguration, TensorflowConfiguration
from runspoor.sdk.docker import DockerConfiguration
from runspoor.sdk.environment import Environment
from runspoor.sdk.exceptions import NotOffered, RunConfigurationException, TrainingException, UserErrorException
from runspoor.sdk.run_configuration import RunConfiguration
from runspoor.sdk.run_request import run_request, script_path
from runspoor.sdk.script_run_config import ScriptRunConfig
from runspoor.sdk.workspace import Workspace

from shared.contract.submission import DistributionRequest

WORKSPACE = Workspace("", "", "")


class Named:
    """Data as a submission sees it."""

    def __init__(self, name: str, dataset: str = "1") -> None:
        self.name, self.dataset = name, dataset

    def to_input(self, workspace: Workspace) -> tuple[str, dict[str, Any]]:
        assert workspace is WORKSPACE
        return self.name, {"dataset": self.dataset, "mode": "mount"}


class Reference:
    """A path of a datastore, as a run configuration has it."""

    is_output = False

    def to_input(self, name: str) -> tuple[str, dict[str, Any]]:
        return name, {"path": {"datastore": "d", "path": ""}, "mode": "download"}


class Kind(str):
    """A text that shows itself otherwise, as members of an Enum do."""

    def __str__(self) -> str:
        return f"Kind({self!r})"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sub").mkdir()
    for name in ("train.py", "sub/train.py"):
        (tmp_path / name).write_text("")
    return tmp_path


def asked(config: ScriptRunConfig) -> dict[str, Any]:
    return run_request(config._to_submit(), Path(config.source_directory), WORKSPACE, config._error)


@pytest.mark.parametrize(("value", "seen"), [
    ("a b", "a b"), ("", ""), (1, "1"), (0.8, "0.8"), (1e-05, "1e-05"), (True, "True"), (None, "None"),
    (float("nan"), "nan"), (np.float32(0.1), "0.1"), (np.int64(3), "3"), (np.bool_(True), "True"),
    (np.array(2.5), "2.5"), (Decimal("1.50"), "1.50"), (PurePosixPath("/a"), "/a"), (Kind("fast"), "fast"),
])
def test_an_argument_is_the_text_that_python_prints(value: object, seen: str) -> None:
    assert text(value) == seen


@pytest.mark.parametrize("value", [object(), {"a": 1}, b"x", np.array([1, 2]), {1}])
def test_what_is_no_argument(value: object) -> None:
    with pytest.raises(UserErrorException, match="cannot be an argument"):
        text(value)


def test_a_dataset_needs_a_name() -> None:
    class Bare:
        as_named_input = None

    with pytest.raises(UserErrorException, match="as_named_input"):
        text(Bare())


@pytest.mark.parametrize("value", ["--a 1", {"--a": 1}, None, 5])
def test_arguments_are_a_list(value: object) -> None:
    with pytest.raises(UserErrorException, match="has to be a list"):
        arguments(value, Declared(), WORKSPACE)


def test_data_among_arguments_becomes_inputs_and_of_one_name_the_first_counts() -> None:
    declared = Declared()
    given = ["--data", Named("x", "1"), ["--more", Named("x", "2")], "$AZUREML_DATAREFERENCE_x",
             "$AZUREML_DATAREFERENCE_y", "--at=$AZUREML_DATAREFERENCE_x"]
    assert arguments(given, declared, WORKSPACE) == [
        "--data", {"input": "x"}, "--more", {"input": "x"}, {"input": "x"}, "$AZUREML_DATAREFERENCE_y",
        "--at=$AZUREML_DATAREFERENCE_x"]
    assert declared.inputs == {"x": {"dataset": "1", "mode": "mount"}}


@given(st.lists(st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none())))
def test_every_scalar_is_one_text(values: list[object]) -> None:
    made = arguments(values, Declared(), WORKSPACE)
    assert made == [str(value) for value in values]


@pytest.mark.parametrize(("value", "words"), [
    ("python train.py --rate 0.1", ["python", "train.py", "--rate", "0.1"]),
    ("python -c 'print(1); x = 2' \"a b\"", ["python", "-c", "print(1); x = 2", "a b"]),
    (["python train.py"], ["python", "train.py"]),
    (["python", "train.py", "a b", 1], ["python", "train.py", "a b", 1]),
    (["bash", "-c", "a && b"], ["bash", "-c", "a && b"]),
    ("echo a#b", ["echo", "a#b"]),
])
def test_a_command_is_an_argument_vector(value: object, words: list[object]) -> None:
    assert command(value) == words


@pytest.mark.parametrize("value", ["a && b", "a | b", "a; b", "a > b", ["a", "&&", "b"], "a&&b", ["a | b"]])
def test_a_command_that_wants_a_shell_is_refused(value: object) -> None:
    with pytest.raises(UserErrorException, match="without a shell"):
        command(value)


@pytest.mark.parametrize(("value", "sentence"), [([], "has to be a list"), (5, "has to be a list"),
                                                 ("a 'b", "cannot be split")])
def test_what_is_no_command(value: object, sentence: str) -> None:
    with pytest.raises(UserErrorException, match=sentence):
        command(value)


def test_the_least(folder: Path) -> None:
    assert asked(ScriptRunConfig(folder, "train.py")) == {
        "compute_target": "local", "script": "train.py", "max_run_duration_seconds": 2_592_000}


def test_everything(folder: Path) -> None:
    environment = Environment("mine")
    environment.environment_variables = {"A": "1", "B": "1"}
    config = ScriptRunConfig(folder, "sub/train.py", ["--rate", 0.1, Named("x")], compute_target="cpu",
                             environment=environment, max_run_duration_seconds=60)
    config.run_config.environment_variables = {"B": "2"}
    config.run_config.data["y"] = Named("other", "2")
    config.run_config.data_references["z"] = Reference()
    assert asked(config) == {
        "compute_target": "cpu", "script": "sub/train.py", "arguments": ["--rate", "0.1", {"input": "x"}],
        "environment": {"name": "mine", "variables": {"A": "1", "B": "2"}},
        "inputs": {"z": {"path": {"datastore": "d", "path": ""}, "mode": "download"},
                   "y": {"dataset": "2", "mode": "mount"}, "x": {"dataset": "1", "mode": "mount"}},
        "max_run_duration_seconds": 60,
    }


def test_a_command(folder: Path) -> None:
    config = ScriptRunConfig(folder, command="python train.py", arguments=["--x", Named("x")])
    assert asked(config)["command"] == ["python", "train.py", "--x", {"input": "x"}]
    config.script = "train.py"
    with pytest.raises(UserErrorException, match="a run has one of them"):
        asked(config)


@pytest.mark.parametrize(("target", "use_docker", "sent"), [("cpu", False, True), ("local", False, False),
                                                            ("local", True, True)])
def test_on_this_machine_an_image_is_used_when_asked_for(folder: Path, target: str, use_docker: bool,
                                                         sent: bool) -> None:
    environment = Environment.from_docker_image("mine", "x:1")
    config = ScriptRunConfig(folder, "train.py", compute_target=target, environment=environment,
                             docker_runtime_config=DockerConfiguration(use_docker))
    assert ("image" in asked(config)["environment"]) == sent


def test_a_run_config_says_what_the_parameters_do_not(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    run_config = RunConfiguration("sub/train.py", ["--a"])
    run_config.target = "cpu"
    config = ScriptRunConfig(folder, run_config=run_config, compute_target="other")
    assert asked(config) == {"compute_target": "cpu", "script": "sub/train.py", "arguments": ["--a"]}
    assert "compute_target: not looked at" in caplog.text
    assert asked(ScriptRunConfig(folder, "train.py", ["--b"], run_config))["script"] == "train.py"
    assert (run_config.script, run_config.arguments) == ("sub/train.py", ["--a"])


@pytest.mark.parametrize(("given", "found"), [
    ("train.py", "train.py"), ("./sub/../train.py", "train.py"), ("./train.py", "train.py"),
    ("sub\\train.py", "sub/train.py"), ("FOLDER/sub/train.py", "sub/train.py"),
])
def test_paths_of_scripts(folder: Path, given: str, found: str) -> None:
    assert script_path(folder, given.replace("FOLDER", str(folder))) == found


@pytest.mark.parametrize(("given", "sentence"), [
    ("none.py", "no file 'none.py'"), ("sub", "no file 'sub'"), (sys.executable, "is not in"),
    ("../../../../../../../../../etc/passwd", "is not in"),
])
def test_scripts_that_are_not_in_the_folder(folder: Path, given: str, sentence: str) -> None:
    for error in (UserErrorException, TrainingException):
        with pytest.raises(error, match=sentence):
            script_path(folder, given, error)


@pytest.mark.parametrize(("change", "error", "sentence"), [
    (lambda c: setattr(c, "node_count", 2), UserErrorException, "how processes are started"),
    (lambda c: setattr(c, "node_count", True), UserErrorException, "a whole number, 1 or more"),
    (lambda c: setattr(c, "communicator", "ParallelTask"), NotOffered, "use MpiConfiguration"),
    (lambda c: setattr(c, "communicator", "Horovod"), RunConfigurationException, "Nccl, Gloo or ParameterServer"),
    (lambda c: setattr(c, "priority", "high"), UserErrorException, "below 0 for low"),
    (lambda c: setattr(c, "framework", "PySpark"), NotOffered, "Spark"),
    (lambda c: setattr(c, "target", "amlcompute"), NotOffered, "min_nodes=0"),
    (lambda c: setattr(c, "output_data", {"a": 1}), UserErrorException, r"OutputFileDatasetConfig\('a'\)"),
    (lambda c: setattr(c, "credential_passthrough", True), NotOffered, "identity"),
    (lambda c: setattr(c, "data", {"a": 1}), UserErrorException, r"as_named_input\('a'\)"),
    (lambda c: setattr(c, "script", None), UserErrorException, "nothing to run"),
])
def test_what_cannot_be_run(folder: Path, change: Callable[[RunConfiguration], None], error: type[Exception],
                            sentence: str) -> None:
    run_config = RunConfiguration("train.py")
    change(run_config)
    with pytest.raises(error, match=sentence):
        run_request(run_config, folder, WORKSPACE)


def test_what_makes_no_difference_is_said(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    run_config = RunConfiguration("train.py")
    run_config.source_directory_data_store = "store"
    run_request(run_config, folder, WORKSPACE)
    assert not caplog.records
    run_config.services = {"a": 1}
    run_config.docker.arguments = ["--net=host"]
    run_request(run_config, folder, WORKSPACE)
    assert "arguments of docker, services: set in the run configuration" in caplog.text


@pytest.mark.parametrize(("distribution", "framework", "communicator", "sent"), [
    (MpiConfiguration(2, 3), "Python", "IntelMpi", {"kind": "mpi", "nodes": 3, "processes": 6}),
    (MpiConfiguration(), "Python", "IntelMpi", {"kind": "mpi", "nodes": 1, "processes": 1}),
    (PyTorchConfiguration(node_count=2), "PyTorch", "nccl",
     {"kind": "pytorch", "nodes": 2, "processes": 2, "backend": "nccl"}),
    (PyTorchConfiguration("Gloo", 6, 2), "PyTorch", "gloo",
     {"kind": "pytorch", "nodes": 2, "processes": 6, "backend": "gloo"}),
    (TensorflowConfiguration(2), "TensorFlow", "ParameterServer",
     {"kind": "tensorflow", "nodes": 2, "parameter_servers": 1}),
    (TensorflowConfiguration(2, 0), "TensorFlow", "ParameterServer",
     {"kind": "tensorflow", "nodes": 2, "parameter_servers": 0}),
])
def test_distributions(folder: Path, distribution: Any, framework: str, communicator: str,
                       sent: dict[str, object]) -> None:
    config = ScriptRunConfig(folder, "train.py", compute_target="cpu", distributed_job_config=distribution)
    kept = config.run_config
    assert (kept.framework, kept.communicator, kept.node_count) == (framework, communicator, sent["nodes"])
    assert distribution in (kept.mpi, kept.pytorch, kept.tensorflow)
    assert asked(config)["distribution"] == sent
    assert DistributionRequest.model_validate(sent)


@pytest.mark.parametrize(("communicator", "kind"), [
    ("OpenMpi", "mpi"), ("Mpi", "mpi"), ("intelmpi", "mpi"), ("Nccl", "pytorch"), ("Gloo", "pytorch")])
def test_a_run_configuration_names_its_communicator(folder: Path, communicator: str, kind: str) -> None:
    run_config = RunConfiguration("train.py", communicator=communicator)
    run_config.target, run_config.node_count = "cpu", 2
    assert run_request(run_config, folder, WORKSPACE)["distribution"]["kind"] == kind


@pytest.mark.parametrize(("distribution", "target", "sentence"), [
    (MpiConfiguration(0), "cpu", "process_count_per_node has to be"),
    (MpiConfiguration(1, 0), "cpu", "node_count has to be"),
    (MpiConfiguration(1, 2), "local", "This machine is one node"),
    (PyTorchConfiguration("Nccl", 3, 2), "cpu", "does not divide over node_count=2"),
    (TensorflowConfiguration(1, -1), "cpu", "parameter_server_count has to be"),
])
def test_distributions_that_cannot_be(folder: Path, distribution: Any, target: str, sentence: str) -> None:
    config = ScriptRunConfig(folder, "train.py", compute_target=target, distributed_job_config=distribution)
    with pytest.raises(UserErrorException, match=sentence):
        asked(config)


@pytest.mark.parametrize(("priority", "sent"), [(None, None), (0, None), (-5, "low"), (1, "high")])
def test_priorities(folder: Path, priority: int | None, sent: str | None) -> None:
    run_config = RunConfiguration("train.py")
    run_config.priority = priority
    assert run_request(run_config, folder, WORKSPACE).get("priority") == sent


def test_what_is_no_distribution(folder: Path) -> None:
    with pytest.raises(RunConfigurationException, match="cannot be str"):
        ScriptRunConfig(folder, "train.py", distributed_job_config="mpi")  # type: ignore[arg-type]
