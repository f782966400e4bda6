"""Submitting in v1's way, against a whole system: scripts with arguments, commands, estimators, environments."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runspoor.sdk.conda_dependencies import CondaDependencies
from runspoor.sdk.environment import Environment
from runspoor.sdk.estimator import Estimator
from runspoor.sdk.exceptions import SnapshotException, TrainingException, UserErrorException
from runspoor.sdk.experiment import Experiment
from runspoor.sdk.frameworks import SKLearn
from runspoor.sdk.run import Run
from runspoor.sdk.script_run_config import ScriptRunConfig
from runspoor.sdk.workspace import Workspace

from local.system import System
from tests.end_to_end.api import Api
from tests.packages import wheel
from tests.web_folder import web_folder

TRAIN = """
import json, os, sys
import runspoor
runspoor.log("rate", 0.5)
os.makedirs("outputs", exist_ok=True)
found = {"arguments": sys.argv[1:], "python": sys.executable, "variable": os.environ.get("MINE"),
         "example": os.environ.get("EXAMPLE_ENV_VAR")}
json.dump(found, open("outputs/found.json", "w"))
"""
Found = Callable[[Run], dict[str, object]]


@pytest.fixture
def experiment(system: System, api: Api, monkeypatch: pytest.MonkeyPatch) -> Experiment:
    monkeypatch.setenv("RUNSPOOR_URL", system.url)
    monkeypatch.setenv("RUNSPOOR_KEY", system.state.key)
    return Experiment(Workspace("a-subscription", "a-group", "a-workspace"), "submitted")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "source").mkdir()
    (tmp_path / "source/train.py").write_text(TRAIN)
    return tmp_path / "source"


@pytest.fixture
def found(api: Api, tmp_path: Path) -> Found:
    """What the script of a run says it found, once it has completed."""
    def read(run: Run) -> dict[str, object]:
        ended = api.wait(run.id, seconds=90)
        assert ended["status"] == "Completed", ended
        run.download_file("outputs/found.json", str(tmp_path / f"{run.id}.json"))
        return dict(json.loads((tmp_path / f"{run.id}.json").read_text()))

    return read


def here(name: str) -> Environment:
    """This Python, as an environment that the user manages."""
    made = Environment(name)
    made.python.user_managed_dependencies = True
    made.python.interpreter_path = sys.executable
    return made


@pytest.mark.parametrize("target", ["cpu", "local"])
def test_one_script_runs_on_a_cluster_and_on_this_machine(api: Api, experiment: Experiment, folder: Path,
                                                          found: Found, target: str) -> None:
    environment = here("this-python")
    environment.environment_variables["MINE"] = "of the environment"
    config = ScriptRunConfig(source_directory=str(folder), script="train.py", environment=environment,
                             compute_target=target, arguments=["--rate", 0.1, "--flag", True, "--none", None,
                                                               "--layers", [64, 32], "two words", "$HOME"])
    config.run_config.environment_variables["MINE"] = "of the run"
    config.run_config.source_directory_data_store = "workspaceblobstore"
    tags: dict[str, Any] = {"stage": "test", "number": 1}
    run = experiment.submit(config=config, tags=tags)
    assert found(run) == {
        "arguments": ["--rate", "0.1", "--flag", "True", "--none", "None", "--layers", "64", "32", "two words",
                      "$HOME"],
        "python": sys.executable, "variable": "of the run", "example": None}
    assert run.id.startswith("submitted_")
    assert run.get_tags() == {"stage": "test", "number": "1"}
    kind = {"cpu": "amlcompute", "local": "local"}[target]
    properties = run.get_properties()
    assert properties["_azureml.ComputeTargetType"] == kind
    snapshot = api.http.get(f"snapshots/{properties['ContentSnapshotId']}").json()
    assert snapshot["datastore"] == "workspaceblobstore"
    assert run.get_metrics() == {"rate": 0.5}


def test_a_local_run_without_an_environment_has_this_python(experiment: Experiment, folder: Path,
                                                            found: Found) -> None:
    assert found(experiment.submit(ScriptRunConfig(folder, "train.py")))["python"] == sys.executable


def test_a_command_is_run_without_a_shell(experiment: Experiment, folder: Path, found: Found) -> None:
    config = ScriptRunConfig(folder, command="python train.py --name 'two words' '$HOME;ls'", compute_target="cpu")
    assert found(experiment.submit(config))["arguments"] == ["--name", "two words", "$HOME;ls"]


def test_an_estimator_with_script_params(experiment: Experiment, folder: Path, found: Found) -> None:
    estimator = SKLearn(source_directory=str(folder), compute_target="cpu", entry_script="train.py",
                        environment_definition=here("for-sklearn"), environment_variables={"MINE": "yes"},
                        script_params={"--regularization": 0.5, "--verbose": "", "--layers": [1, 2]})
    run = experiment.submit(config=estimator)
    assert found(run) == {"arguments": ["--regularization", "0.5", "--verbose", "--layers", "1", "2"],
                          "python": sys.executable, "variable": "yes", "example": None}


def test_packages_of_an_estimator_are_installed_and_those_of_v1_are_not(
    experiment: Experiment, folder: Path, tmp_path: Path, api: Api
) -> None:
    archive = wheel(tmp_path, "tinysubmit", "1.0", "VALUE = 7")
    (folder / "train.py").write_text("import tinysubmit\nprint('VALUE', tinysubmit.VALUE)\n"
                                     "from azureml.core import Run\nRun.get_context().log('value', 7)\n")
    with web_folder(tmp_path) as site:
        packages = ["azureml-sdk", "azureml-dataprep>=1.1.14", f"tinysubmit @ {site}/{archive.name}"]
        estimator = Estimator(folder, compute_target="cpu", entry_script="train.py", pip_packages=packages)
        assert list(estimator.conda_dependencies.pip_packages) == packages
        run = experiment.submit(estimator)
        ended = api.wait(run.id, seconds=110)
    log = api.http.get(f"runs/{run.id}/logs/system_logs/environment.txt").text
    assert ended["status"] == "Completed", log
    assert run.get_metrics() == {"value": 7}
    assert "azureml-sdk" in log


def test_environments_are_registered_by_hand_and_by_submitting(experiment: Experiment, folder: Path,
                                                               found: Found) -> None:
    workspace = experiment.workspace
    mine = Environment("by-hand")
    mine.python.conda_dependencies = CondaDependencies.create(pip_packages=["a==1"], conda_packages=["b=2"],
                                                              python_version="3.8")
    assert mine.register(workspace).version == "1"
    assert mine.register(workspace).version == "1"
    mine.python.conda_dependencies.add_pip_package("a==2")
    assert mine.register(workspace).version == "2"
    first = Environment.get(workspace, "by-hand", version="1")
    assert first.python.conda_dependencies.as_dict()["dependencies"] == ["python=3.8", "b=2", {"pip": ["a==1"]}]
    assert Environment.get(workspace, "by-hand", label="Latest").version == "2"
    with pytest.raises(UserErrorException, match="nothing-here"):
        Environment.get(workspace, "nothing-here")
    run = experiment.submit(ScriptRunConfig(folder, "train.py", compute_target="cpu", environment=here("by-submit")))
    found(run)
    assert Environment.get(workspace, "by-submit").python.interpreter_path == sys.executable


def test_a_curated_environment_is_there_and_a_clone_of_it_can_be_changed(experiment: Experiment, folder: Path,
                                                                         found: Found) -> None:
    workspace = experiment.workspace
    curated = Environment.get(workspace=workspace, name="AzureML-Minimal")
    assert curated.name == "AzureML-Minimal"
    assert "AzureML-Minimal" in Environment.list(workspace)
    with pytest.raises(UserErrorException):
        curated.register(workspace)
    clone = curated.clone("my-minimal")
    clone.environment_variables["MINE"] = "cloned"
    clone.python.user_managed_dependencies = True
    assert clone.register(workspace).version == "1"
    run = experiment.submit(ScriptRunConfig(folder, "train.py", compute_target="cpu", environment=clone))
    assert found(run)["variable"] == "cloned"


def test_what_cannot_be_submitted_leaves_no_run(experiment: Experiment, folder: Path, tmp_path: Path, api: Api) -> None:
    before = len(list(experiment.get_runs()))
    with pytest.raises(UserErrorException, match=r"no compute target 'gpu' .*there are: .*cpu"):
        experiment.submit(ScriptRunConfig(folder, "train.py", compute_target="gpu"))
    with pytest.raises(TrainingException, match=r"no file 'other\.py'"):
        experiment.submit(Estimator(folder, compute_target="cpu", entry_script="other.py"))
    with (folder / "large.bin").open("wb") as file:
        file.truncate(314_572_801)
    with pytest.raises(SnapshotException, match=r"314,572,800 \(300 MiB\)"):
        experiment.submit(ScriptRunConfig(folder, "train.py", compute_target="cpu"))
    assert len(list(experiment.get_runs())) == before
