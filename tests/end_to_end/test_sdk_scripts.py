"""Runs of scripts in the shapes of v1, against a whole system: followed, inside themselves, on this machine."""

import json
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
from runspoor.sdk.exceptions import ActivityFailedException
from runspoor.sdk.experiment import Experiment
from runspoor.sdk.run import Run
from runspoor.sdk.run_details import Details
from runspoor.sdk.script_run import ScriptRun
from runspoor.sdk.workspace import Workspace

from local.system import System
from tests.end_to_end.api import until

Submit = Callable[..., ScriptRun]

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
                                text=True, start_new_session=True, env={**os.environ, "TMPDIR": str(tmp_path)})
    assert notebook.stdout
    run_id = next(line.split()[1] for line in notebook.stdout if line.startswith("RUN"))
    run = Run.get(workspace, run_id)
    until(lambda: run.get_status() == "Running", 60)
    os.killpg(notebook.pid, signal.SIGKILL)
    notebook.communicate()
    assert run.wait_for_completion().status == "Completed"
    assert "line 9" in run.get_details_with_logs().logFiles["user_logs/std_log.txt"]
    until(lambda: not list(tmp_path.glob(f"runspoor-{run_id}-*")), 20)  # Its folder is not left behind.


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
