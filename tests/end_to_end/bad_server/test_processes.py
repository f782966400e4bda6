"""v1 scripts as processes of their own: their output over a restart of the backend, and what their forks log."""

import os
import subprocess
import sys
from pathlib import Path

from runspoor.sdk.run import Run
from runspoor.sdk.workspace import Workspace

from tests.end_to_end.api import until
from tests.end_to_end.bad_server.bad_network import BadNetwork, every, together
from tests.end_to_end.intercepted import Intercepted

RUNSPOOR = Path(sys.executable).with_name("runspoor")
LINES = 300
TRAIN = """
import os, time
for number in range({lines}):
    print("line", number, "é" * (number % 7), flush=True)
    while number == 100 and not os.path.exists({go!r}):
        time.sleep(0.05)
    time.sleep(0.002)
"""
STREAM = """
from azureml.core import Experiment, ScriptRunConfig, Workspace
experiment = Experiment(Workspace("s", "g", "w"), "streamed")
run = experiment.submit(ScriptRunConfig("source", "train.py", compute_target="cpu"))
run.wait_for_completion(show_output=True)
print("status", run.get_status())
"""
FORK = """
import multiprocessing, os
from azureml.core import Experiment, Workspace
run = Experiment(Workspace("s", "g", "w"), "forked").start_logging()
print(run.id, flush=True)

def work(name):
    for number in range(50):
        run.log(name, number)

work("parent")
workers = [multiprocessing.get_context("fork").Process(target=work, args=(f"worker {number}",)) for number in range(3)]
for worker in workers:
    worker.start()
child = os.fork()
if child == 0:
    work("child")
    raise SystemExit
for worker in workers:
    worker.join()
    assert worker.exitcode == 0
assert os.waitpid(child, 0)[1] == 0
work("parent")
run.complete()
"""


def begin(name: str, script: str, folder: Path) -> subprocess.Popen[str]:
    """``runspoor v1`` of a script; what it prints goes to a file of that name."""
    (folder / f"{name}.py").write_text(script)
    with (folder / name).open("w") as out:
        return subprocess.Popen([RUNSPOOR, "v1", f"{name}.py"], cwd=folder, stdout=out, stderr=subprocess.PIPE,
                                env={**os.environ, "PYTHONUTF8": "1"}, text=True)


def ended(process: subprocess.Popen[str]) -> None:
    _, errors = process.communicate(timeout=110)
    assert process.returncode == 0, errors


def test_output_is_shown_once_over_a_restart(world: Intercepted, network: BadNetwork, workspace: Workspace,
                                             tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source/train.py").write_text(TRAIN.format(lines=LINES, go=str(tmp_path / "go")))
    network.plan = together(every(3, "cut answer", "GET", "/logs/"), every(4, "lose answer", "GET"))
    process = begin("stream", STREAM, tmp_path)
    until(lambda: "line 50 " in (tmp_path / "stream").read_text(), 60)
    world.system.host.kill()
    (tmp_path / "go").touch()
    world.restart_host()
    ended(process)
    said = (tmp_path / "stream").read_text()
    lines = [line for line in said.splitlines() if line.startswith("line ")]
    assert lines == [f"line {number} {'é' * (number % 7)}" for number in range(LINES)]
    (run_id,) = world.listed("streamed", 1)
    address = f"RunId: {run_id}\nWeb View: {network.url}/runs/{run_id}\n"
    assert said.startswith(address)
    assert said.endswith(f"\nExecution Summary\n=================\n{address}\nstatus Completed\n")
    assert network.count("cut answer") > 1


def test_what_forks_log(network: BadNetwork, workspace: Workspace, tmp_path: Path) -> None:
    network.plan = every(2, "lose answer", "POST", "/metrics$")
    ended(begin("fork", FORK, tmp_path))
    run = Run.get(workspace, (tmp_path / "fork").read_text().strip())
    once = {name: list(range(50)) for name in ("worker 0", "worker 1", "worker 2", "child")}
    assert run.get_metrics() == {**once, "parent": [*range(50), *range(50)]}
    assert run.get_status() == "Completed"
    assert network.count("lose answer") > 1
