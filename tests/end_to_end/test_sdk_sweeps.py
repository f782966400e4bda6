"""Children and sweeps in v1's way, against a whole system."""

import json
import sys
from pathlib import Path

import pytest
from runspoor.sdk.environment import Environment
from runspoor.sdk.exceptions import UserErrorException
from runspoor.sdk.experiment import Experiment
from runspoor.sdk.hyperdrive_config import HyperDriveConfig, PrimaryMetricGoal
from runspoor.sdk.hyperdrive_expressions import HyperDriveConfigException, choice
from runspoor.sdk.hyperdrive_policy import BanditPolicy
from runspoor.sdk.hyperdrive_run import HyperDriveRun
from runspoor.sdk.hyperdrive_sampling import GridParameterSampling
from runspoor.sdk.run import Run
from runspoor.sdk.script_run import ScriptRun
from runspoor.sdk.script_run_config import ScriptRunConfig
from runspoor.sdk.workspace import Workspace
from runspoor.widget.run_details import RunDetails

from local.system import System
from tests.end_to_end.api import Api, until
from tests.end_to_end.runspoor_command import Command

LOSS = """
import sys
from azureml.core import Run
run = Run.get_context()
run.log("loss", (float(sys.argv[sys.argv.index("--x") + 1]) - 2) ** 2)
print("parent", run.parent.id)
"""
CHILDREN = """
from azureml.core import Run
run = Run.get_context()
for fold in range(2):
    with run.child_run(name=f"fold {fold}") as child:
        child.log("score", fold / 2)
try:
    run.submit_child(None)
except NotImplementedError as error:
    print("child_run" in str(error))
print("scores", sorted(child.get_metrics()["score"] for child in run.get_children()))
"""


@pytest.fixture
def experiment(system: System, api: Api, monkeypatch: pytest.MonkeyPatch) -> Experiment:
    monkeypatch.setenv("RUNSPOOR_URL", system.url)
    monkeypatch.setenv("RUNSPOOR_KEY", system.state.key)
    return Experiment(Workspace("a-subscription", "a-group", "a-workspace"), "swept")


def config(folder: Path, script: str) -> ScriptRunConfig:
    (folder / "train.py").write_text(script)
    environment = Environment("this-python")
    environment.python.user_managed_dependencies = True
    environment.python.interpreter_path = sys.executable
    return ScriptRunConfig(str(folder), "train.py", compute_target="cpu", environment=environment)


def swept(folder: Path, script: str, *values: float) -> HyperDriveConfig:
    return HyperDriveConfig(GridParameterSampling({"--x": choice(*values)}), "loss", PrimaryMetricGoal.MINIMIZE, 10,
                            policy=BanditPolicy(slack_amount=100.0), run_config=config(folder, script))


def test_a_sweep(system: System, experiment: Experiment, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = experiment.submit(swept(tmp_path, LOSS, 0, 1.5, 3), tags={"kind": "sweep"})
    assert isinstance(run, HyperDriveRun)
    details = run.wait_for_completion(show_output=True)

    assert (details.status, run.type, run.get_tags()) == ("Completed", "hyperdrive", {"kind": "sweep"})
    said = capsys.readouterr().out
    assert f"{run.id}_1 --x 1.5: Completed, loss 0.25" in said
    assert "Completed with 3 trials" in said
    best = run.get_best_run_by_primary_metric()
    assert isinstance(best, ScriptRun)
    assert (best.id, best.get_metrics(), best.get_details().runDefinition["arguments"]) == (
        f"{run.id}_1", {"loss": 0.25}, ["--x", "1.5"])
    assert best.parent is not None
    assert (best.parent.id, type(best.parent)) == (run.id, HyperDriveRun)
    best.download_file("user_logs/std_log.txt", str(tmp_path / "log.txt"))
    assert (tmp_path / "log.txt").read_text() == f"parent {run.id}\n"
    by_metric = run.get_children_sorted_by_primary_metric()
    assert [(each["best_primary_metric"], json.loads(each["hyperparameters"])) for each in by_metric] == [
        (0.25, {"--x": 1.5}), (1, {"--x": 3}), (4, {"--x": 0})]
    assert [each["best_primary_metric"] for each in run.get_children_sorted_by_primary_metric(1, reverse=True)] == [4]
    assert run.get_metrics() == {f"{run.id}_{n}": {"loss": loss} for n, loss in enumerate((4, 0.25, 1))}
    assert json.loads(run.get_hyperparameters()[f"{run.id}_2"]) == {"--x": 3}
    until(lambda: len(list(run.get_children(status="Completed"))) == 3)
    assert [each.id for each in experiment.get_runs(type="hyperdrive")] == [run.id]
    assert len(list(experiment.get_runs(include_children=True))) == len(list(experiment.get_runs())) + 3
    widget = RunDetails(run)
    widget.show()
    assert f"{run.id}_1 --x 1.5: Completed, loss 0.25" in capsys.readouterr().out
    children = widget.get_widget_data()["child_runs"]
    assert isinstance(children, list)
    assert [each["run_id"] for each in children] == [f"{run.id}_{n}" for n in (1, 2, 0)]
    shown = Command(system, tmp_path).out("runs", "sweep", run.id, "--best")
    assert "3 of 3" in shown
    assert [line.split()[1:5] for line in shown.splitlines()[-3:]] == [
        ["1.5", "Completed", "0.25", "best"], ["3", "Completed", "1"], ["0", "Completed", "4"]]
    assert "best loss so far" in Command(system, tmp_path).on_a_terminal("runs", "sweep", run.id)
    assert len(Command(system, tmp_path).out("runs", "children", run.id).splitlines()) == 4
    with pytest.raises(UserErrorException, match="call cancel"):
        run.fail()


def test_a_sweep_is_canceled_and_refused(experiment: Experiment, tmp_path: Path) -> None:
    run = experiment.submit(swept(tmp_path, "import time\ntime.sleep(99)", 0, 1))
    until(lambda: len(list(run.get_children())) == 2, 30)
    run.cancel()
    assert run.wait_for_completion().status == "Canceled"
    until(lambda: {each.get_status() for each in run.get_children()} == {"Canceled"}, 40)
    with pytest.raises(UserErrorException, match="gets no more children"):
        run.child_run()
    here = swept(tmp_path, LOSS, 0)
    assert here.run_config is not None
    here.run_config.run_config.target = "local"
    with pytest.raises(HyperDriveConfigException, match="compute target"):
        experiment.submit(here)


def test_children(experiment: Experiment, tmp_path: Path) -> None:
    parent = experiment.start_logging()
    assert parent.parent is None
    by_tag = parent.create_children(tag_key="fold", tag_values=["a", "b"])
    by_number = by_tag[0].create_children(count=1)
    with parent.child_run(name="third") as third:
        third.log("score", 3)
    assert third.parent is not None
    assert (third.parent.id, third.display_name) == (parent.id, "third")
    until(lambda: len(list(parent.get_children(recursive=True))) == 4)
    assert [each.id for each in parent.get_children()] == [third.id, *(each.id for each in reversed(by_tag))]
    assert [each.id for each in parent.get_children(tags={"fold": "b"})] == [by_tag[1].id]
    assert [each.get_tags() for each in parent.get_children(True, tags="azureml.batch_child_number")] == [
        {"azureml.batch_child_number": "0"}]
    until(lambda: [each.id for each in parent.get_children(status="Completed")] == [third.id])
    assert parent.get_metrics(recursive=True)[third.id] == {"score": 3}
    for run in (*by_number, *by_tag):
        run.complete()
    submitted = parent.submit_child(config(tmp_path, CHILDREN), tags={"kind": "script"})
    assert submitted.wait_for_completion().status == "Completed"
    assert isinstance(submitted.parent, Run)
    assert submitted.parent.id == parent.id
    submitted.download_file("user_logs/std_log.txt", str(tmp_path / "log.txt"))
    assert (tmp_path / "log.txt").read_text() == "True\nscores [0.0, 0.5]\n"
    assert {each.display_name for each in submitted.get_children()} == {"fold 0", "fold 1"}
    parent.complete()


@pytest.mark.parametrize("settings", [{}, {"count": 0}, {"count": 1, "tag_key": "a"}, {"tag_key": "a"},
                                      {"tag_key": "a", "tag_values": "bc"}])
def test_children_that_cannot_be(experiment: Experiment, settings: dict[str, object]) -> None:
    with pytest.raises(UserErrorException, match=r"give the one|give both|count has to be"):
        Run(experiment, "any").create_children(**settings)  # type: ignore[arg-type] # as callers may
