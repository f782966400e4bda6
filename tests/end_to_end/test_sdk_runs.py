"""Runs in the shapes of v1, against a whole system: interactive, followed, inside themselves, on this machine."""

import json
import math
import os
import signal
import subprocess
import sys
import textwrap
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from runspoor.sdk.environment import Environment
from runspoor.sdk.exceptions import ActivityFailedException, UserErrorException
from runspoor.sdk.experiment import Experiment
from runspoor.sdk.run import Run, get_run
from runspoor.sdk.run_details import Details
from runspoor.sdk.script_run import ScriptRun
from runspoor.sdk.script_run_config import ScriptRunConfig
from runspoor.sdk.workspace import Workspace

from local.system import System
from tests.end_to_end.api import Api, until

Submit = Callable[..., ScriptRun]


@pytest.fixture
def workspace(system: System, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("RUNSPOOR_URL", system.url)
    monkeypatch.setenv("RUNSPOOR_KEY", system.state.key)
    monkeypatch.chdir(tmp_path)
    Path("config.json").write_text(json.dumps({"subscription_id": "s", "resource_group": "g", "workspace_name": "w"}))
    return Workspace.from_config()


@pytest.fixture
def experiment(workspace: Workspace, request: pytest.FixtureRequest) -> Experiment:
    return Experiment(workspace, request.node.name[:60].replace("[", "-").replace("]", ""))


@pytest.fixture
def submit(experiment: Experiment, tmp_path: Path) -> Submit:
    def submit(script: str, *arguments: str, target: str = "cpu") -> ScriptRun:
        (tmp_path / "source").mkdir(exist_ok=True)
        (tmp_path / "source/train.py").write_text(textwrap.dedent(script))
        environment = Environment("this-python")
        environment.python.user_managed_dependencies = True
        environment.python.interpreter_path = sys.executable
        config = ScriptRunConfig(source_directory=str(tmp_path / "source"), script="train.py", compute_target=target,
                                 arguments=list(arguments), environment=environment)
        return experiment.submit(config)

    return submit


def test_an_interactive_run_keeps_what_it_logs_in_the_shapes_of_v1(experiment: Experiment) -> None:
    run = experiment.start_logging(display_name="by hand")
    assert (run.status, run.type, run.display_name) == ("Running", None, "by hand")
    run.log("once", 0.5)
    for value in (0.0, math.nan, -math.inf):
        run.log("often", value, step=3)
    run.log_list("pieces", [1, 2])
    run.log_list("pieces", (3, 4, 5))
    run.log_list("seven", [7])
    run.log("nothing", None)
    run.log("a date", {"a": 1})
    run.log("Größe/m² 100%", "ü")
    run.log_row("row", x=1, y=2.5)
    run.log_row("rows", x=1)
    run.log_row("rows", y=2)
    run.log_table("table", {"x": [1, 2, 3], "y": [4, 5, 6]})
    run.log_table("table of one row", {"x": [1], "y": 2})
    run.log_confusion_matrix("matrix", {"schema_type": "confusion_matrix", "data": {"matrix": [[1]]}})
    run.flush()
    found = run.get_metrics()
    first, nan, infinity = found.pop("often")
    assert (first, infinity) == (0.0, -math.inf)
    assert math.isnan(nan)
    address = found.pop("matrix")
    assert found == {
        "once": 0.5, "pieces": [1, 2, 3, 4, 5], "seven": 7, "a date": "{'a': 1}", "Größe/m² 100%": "ü",
        "row": {"x": 1, "y": 2.5}, "rows": {"x": [1, None], "y": [None, 2]},
        "table": {"x": [1, 2, 3], "y": [4, 5, 6]}, "table of one row": {"x": 1, "y": 2}}
    prefix = f"aml://artifactId/ExperimentRun/dcid.{run.id}/"
    assert address.removeprefix(prefix) in run.get_file_names()
    assert run.get_metrics("Größe/m² 100%") == {"Größe/m² 100%": "ü"}
    assert run.get_metrics("none such") == {}
    assert run.get_metrics("once", recursive=True) == {run.id: {"once": 0.5}}
    run.complete()
    assert run.get_status() == "Completed"
    assert run.get_metrics("pieces") == {"pieces": [1, 2, 3, 4, 5]}


@pytest.mark.parametrize("value", [[1], (1, 2), {1}])
def test_what_is_no_single_value_is_refused(experiment: Experiment, value: object) -> None:
    with experiment.start_logging() as run, pytest.raises(UserErrorException, match="use log_list"):
        run.log("a", value)


def test_ten_thousand_names(experiment: Experiment) -> None:
    run = experiment.start_logging()
    for number in range(10_000):
        run.log(f"metric {number}", number)
    run.flush()
    assert run.get_metrics() == {f"metric {number}": number for number in range(10_000)}
    run.cancel()


def test_files_go_up_and_come_down(experiment: Experiment, tmp_path: Path) -> None:
    (tmp_path / "tree/deep").mkdir(parents=True)
    for name in ("tree/a.txt", "tree/deep/b.txt"):
        (tmp_path / name).write_text(name)
    with experiment.start_logging() as run:
        assert run.upload_file("model.pkl", tmp_path / "tree/a.txt") == ["outputs/model.pkl"]
        with (tmp_path / "tree/a.txt").open("rb") as stream:
            run.upload_file("logs/stream.txt", stream)
        run.upload_folder("outputs/tree", tmp_path / "tree")
        run.upload_files(["outputs/x", "outputs/y"], [str(tmp_path / "tree/a.txt")] * 2)
    assert sorted(run.get_file_names()) == [
        "logs/stream.txt", "outputs/model.pkl", "outputs/tree/a.txt", "outputs/tree/deep/b.txt", "outputs/x",
        "outputs/y"]
    run.download_file("model.pkl")
    assert Path("model.pkl").read_text() == "tree/a.txt"
    run.download_file("outputs/tree/deep/b.txt", output_file_path="new/folder/")
    assert Path("new/folder/b.txt").read_text() == "tree/deep/b.txt"
    run.download_files(prefix="outputs/tree", output_directory="all", append_prefix=False)
    assert Path("all/deep/b.txt").read_text() == "tree/deep/b.txt"
    run.download_files(output_directory="whole")
    assert Path("whole/logs/stream.txt").read_text() == "tree/a.txt"
    run.download_files(prefix="outputs/x", output_directory="one", output_paths=["renamed"])
    assert Path("one/renamed").exists()
    with pytest.raises(UserErrorException, match=r"has no file 'none.txt'. It has: logs/stream.txt, outputs/model.pkl"):
        run.download_file("none.txt")
    with pytest.raises(UserErrorException, match="Completed"):
        run.upload_file("late.txt", tmp_path / "tree/a.txt")


def test_labels_and_names(experiment: Experiment) -> None:
    with experiment.start_logging() as run:
        run.tag("stage", "one")
        run.tag("empty")
        run.set_tags({"number": 5, "a/b c": "x"})
        assert run.remove_tags(["empty", "a/b c"]) == {"stage": "one", "number": "5"}
        run.add_properties({"source": "test"})
        run.add_properties({"source": "test"})
        with pytest.raises(UserErrorException, match="source"):
            run.add_properties({"source": "another"})
        run.display_name, run.description = "shown", "what it is about"
    again = get_run(experiment, run.id)
    assert (again.display_name, again.description, again.tags) == ("shown", "what it is about", run.tags)
    assert again.properties == {"source": "test"}
    assert (type(again), again.id) == (Run, run.id)
    until(lambda: [each.id for each in experiment.get_runs(tags={"stage": "one"})] == [run.id])
    assert list(experiment.get_runs(tags="none")) == []
    assert [each.id for each in experiment.get_runs(properties={"source": "test"})] == [run.id]
    assert [each.id for each in Run.list(experiment, status="Completed")] == [run.id]
    assert list(Run.list(experiment, status="Failed")) == []


def test_an_error_in_a_with_block_fails_the_run(experiment: Experiment) -> None:
    run = experiment.start_logging()
    run.log("before", 1)
    with pytest.raises(ZeroDivisionError), run:
        1 / 0  # noqa: B018
    details = run.get_details()
    assert details.status == details["status"] == "Failed"
    assert details["error"]["error"]["message"] == "ZeroDivisionError: division by zero"
    assert run.get_metrics() == {"before": 1}
    with pytest.raises(ActivityFailedException, match="division by zero"):
        run.wait_for_completion()


def test_experiments_are_archived_and_come_back(workspace: Workspace, experiment: Experiment) -> None:
    def names(view: str) -> list[str]:
        return [each.name for each in Experiment.list(workspace, view_type=view)]

    until(lambda: experiment.name in names("ActiveOnly"))
    experiment.archive()
    until(lambda: experiment.name not in names("ActiveOnly"))
    assert experiment.name in names("ArchivedOnly")
    assert experiment.name in names("All")
    assert Experiment(workspace, experiment.name).id == experiment.id
    experiment.reactivate()
    until(lambda: experiment.name in workspace.experiments)
    with pytest.raises(UserErrorException, match="experiment name"):
        Experiment(workspace, "-a/b")


LINES = """
    import sys, time
    for number in range(int(sys.argv[1])):
        print("line", number, flush=True)
        time.sleep(0.2)
"""


def test_output_is_followed_while_the_api_restarts(system: System, submit: Submit,
                                                   capsys: pytest.CaptureFixture[str]) -> None:
    run = submit(LINES, "25")
    found: list[Details] = []
    waiting = threading.Thread(target=lambda: found.append(run.wait_for_completion(show_output=True)))
    waiting.start()
    until(lambda: run.get_status() == "Running", 60)
    system.host.kill()
    system.start_host()
    waiting.join(90)
    assert [details.status for details in found] == ["Completed"]
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if line.startswith("line")] == [f"line {n}" for n in range(25)]
    assert out.index("Streaming user_logs/std_log.txt") < out.index("line 0")
    assert out.index("line 24") < out.index("Execution Summary")


def test_a_failure_says_the_last_lines_and_why(submit: Submit, capsys: pytest.CaptureFixture[str]) -> None:
    run = submit("""
        print("the beginning")
        raise ValueError("the learning rate is negative")
    """)
    with pytest.raises(ActivityFailedException) as failed:
        run.wait_for_completion(show_output=True)
    error = json.loads(failed.value.args[0])["error"]
    assert error["code"] == "ScriptFailed"
    assert error["last_lines"][-1] == "ValueError: the learning rate is negative"
    assert "exit code 1" in error["why"]
    out = capsys.readouterr().out
    assert "the beginning" in out
    assert "Execution Summary" in out
    assert run.wait_for_completion(raise_on_error=False)["error"]["error"]["code"] == "ScriptFailed"
    assert "the learning rate is negative" in run.get_details_with_logs()["logFiles"]["user_logs/std_log.txt"]
    logs = run.get_all_logs("logs")
    assert "logs/user_logs/std_log.txt" in logs
    assert all(Path(log).is_file() for log in logs)


def test_a_cancelled_run_is_waited_for_without_an_error(submit: Submit, capsys: pytest.CaptureFixture[str]) -> None:
    run = submit("import time\ntime.sleep(600)")
    until(lambda: run.get_status() == "Running", 60)
    run.cancel()
    assert run.wait_for_completion(show_output=True).status == "Canceled"
    assert "Canceled: " in capsys.readouterr().out


INSIDE = """
    import os, sys, time
    from runspoor.sdk.run import Run
    run = Run.get_context()
    assert run is Run.get_context(allow_offline=False)
    assert run.experiment.workspace.name == "runspoor"
    run.log("loss", 0.5, step=1)
    run.log_list("losses", [0.5, 0.25])
    run.tag("stage", "inside")
    assert run.get_tags() == {"stage": "inside"}, run.get_tags()
    with open("model.bin", "w") as file:
        file.write("weights")
    run.upload_file("outputs/model.bin", "model.bin")
    assert "outputs/model.bin" in run.get_file_names()
    open("picture.png", "wb").write(b"png")
    run.log_image("picture", path="picture.png")
    run.display_name = "from inside"
    print(run.experiment.name, run.id, flush=True)
    while "loss" not in run.get_metrics():
        time.sleep(0.2)
    run.complete()
    if sys.argv[1:] == ["fail"]:
        run.fail("The data has a hole.", "BadData")
"""


@pytest.mark.parametrize("target", ["cpu", "local"])
def test_a_script_sees_its_own_run(submit: Submit, target: str) -> None:
    run = submit(INSIDE, target=target)
    details = run.wait_for_completion()
    assert details.status == "Completed"
    metrics = run.get_metrics()
    picture = metrics.pop("picture").partition(f"{run.id}/")[2]
    assert metrics == {"loss": 0.5, "losses": [0.5, 0.25]}
    assert {picture, "outputs/model.bin"} <= set(run.get_file_names())
    assert (run.display_name, run.tags) == ("from inside", {"stage": "inside"})
    log = run.get_details_with_logs().logFiles["user_logs/std_log.txt"]
    assert log.splitlines()[-1] == f"{run.experiment.name} {run.id}"
    assert isinstance(Run.get(run.experiment.workspace, run.id), ScriptRun)


def test_a_script_can_say_that_it_failed(submit: Submit) -> None:
    run = submit(INSIDE, "fail", target="local")
    with pytest.raises(ActivityFailedException, match="The data has a hole"):
        run.wait_for_completion()
    assert run.get_details()["error"]["error"]["code"] == "BadData"


NOTEBOOK = """
import os, sys
from runspoor.sdk.environment import Environment
from runspoor.sdk.experiment import Experiment
from runspoor.sdk.script_run_config import ScriptRunConfig
from runspoor.sdk.workspace import Workspace
environment = Environment("this-python")
environment.python.user_managed_dependencies = True
environment.python.interpreter_path = sys.executable
config = ScriptRunConfig(source_directory="source", script="train.py", arguments=["10"], environment=environment)
print("RUN", Experiment(Workspace.from_config(), "killed").submit(config).id, flush=True)
input()
"""


def test_a_local_run_outlives_the_process_that_submitted_it(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source/train.py").write_text(textwrap.dedent(LINES))
    notebook = subprocess.Popen([sys.executable, "-c", NOTEBOOK], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                text=True, start_new_session=True)
    assert notebook.stdout
    run_id = next(line.split()[1] for line in notebook.stdout if line.startswith("RUN"))
    run = Run.get(workspace, run_id)
    until(lambda: run.get_status() == "Running", 60)
    os.killpg(notebook.pid, signal.SIGKILL)
    notebook.communicate()
    assert run.wait_for_completion().status == "Completed"
    assert "line 9" in run.get_details_with_logs().logFiles["user_logs/std_log.txt"]


def test_the_source_folder_can_be_had_back(submit: Submit, experiment: Experiment, tmp_path: Path) -> None:
    run = submit("print('kept')")
    path = run.restore_snapshot(path="snapshots")
    assert path == f"snapshots/{run.get_snapshot_id()}.zip"
    with zipfile.ZipFile(path) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {"train.py": b"print('kept')"}
    assert run.get_environment().name == "this-python"
    run.cancel()
    with experiment.start_logging(snapshot_directory="source") as by_hand:
        assert by_hand.get_snapshot_id() == run.get_snapshot_id()


def test_an_outputs_folder_is_uploaded_at_the_end(experiment: Experiment) -> None:
    with experiment.start_logging(outputs="results") as run:
        Path("results").mkdir()
        Path("results/a.txt").write_text("a")
    assert run.get_file_names() == ["outputs/a.txt"]


def test_how_it_looks(experiment: Experiment) -> None:
    with experiment.start_logging() as run:
        assert repr(run) == f"Run(Experiment: {experiment.name},\nId: {run.id},\nType: None,\nStatus: Running)"
        html = run._repr_html_()
    assert html.count("<th>") == html.count("<td>") == 5
    assert f'<a href="{run.get_portal_url()}">' in html
    assert experiment.name in experiment._repr_html_()


def test_an_offline_run_reaches_the_workspace_of_the_config(workspace: Workspace,
                                                           monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RUNSPOOR_RUN_ID", raising=False)
    run = Run.get_context()
    assert run.experiment.workspace.get_details()["provisioningState"] == "Succeeded"


def test_a_run_that_is_not_there(workspace: Workspace) -> None:
    with pytest.raises(UserErrorException, match="none-such"):
        workspace.get_run("none-such")
