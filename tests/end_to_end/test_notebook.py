"""``RunDetails(run).show()`` in a real notebook, in a real browser: it follows the run by itself."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import nbformat
import pytest
from playwright.sync_api import expect

from local.system import System
from tests.end_to_end.api import Api, until
from tests.end_to_end.browser import page

FIRST = "import runspoor.v1"
SUBMIT = """
from azureml.core import Experiment, ScriptRunConfig, Workspace
from azureml.widgets import RunDetails

ws = Workspace.from_config()
run = Experiment(ws, "notebook").submit(ScriptRunConfig("source", script="train.py", compute_target="cpu"))
RunDetails(run).show()
"""
TRAIN = """
import os, time
from azureml.core import Run

run = Run.get_context()
step = 0
while not os.path.exists({go!r}):
    run.log("loss", 1 / (step + 1))
    print("at step", step, flush=True)
    step += 1
    time.sleep(0.2)
print("told to end", flush=True)
"""
WAIT = 25_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A notebook, and the script it submits, which runs until there is a file ``go``."""
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "train.py").write_text(TRAIN.format(go=str(tmp_path / "go")))
    (tmp_path / "config.json").write_text('{"subscription_id": "s", "resource_group": "g", "workspace_name": "w"}')
    cells = [nbformat.v4.new_code_cell(FIRST), nbformat.v4.new_code_cell(SUBMIT)]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), tmp_path / "train.ipynb")
    return tmp_path


@pytest.fixture
def lab(folder: Path, system: System, api: Api) -> Iterator[str]:
    """The address of a JupyterLab in ``folder``, pointed at the system."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = {"HOME": str(folder / "home"), "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    argv = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
            "--IdentityProvider.token=t", f"--ServerApp.root_dir={folder}"]
    with (folder / "lab.log").open("wb") as log:
        server = subprocess.Popen(argv, cwd=folder, env={**home, **system.client_environment}, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _answers(f"{address}/api?token=t"), seconds=60)
        yield address
    finally:
        server.terminate()
        server.wait(30)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).is_success
    except httpx.TransportError:
        return False


def test_the_picture_follows_the_run(lab: str, folder: Path) -> None:
    with page() as tab:
        tab.goto(f"{lab}/lab/tree/train.ipynb?token=t")
        expect(tab.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=WAIT)
        tab.get_by_role("menuitem", name="Run", exact=True).click()
        tab.get_by_role("menuitem", name="Run All Cells", exact=True).click()

        picture = tab.locator(".jp-OutputArea-output .runspoor")
        expect(picture.locator(".runspoor-status")).to_have_text("Running", timeout=WAIT)
        expect(picture.locator("svg polyline")).to_be_visible(timeout=WAIT)
        expect(picture.locator("pre")).to_contain_text("at step", timeout=WAIT)

        (folder / "go").touch()
        expect(picture.locator(".runspoor-status")).to_have_text("Completed", timeout=WAIT)
        expect(picture.locator("pre")).to_contain_text("told to end", timeout=WAIT)
        tab.screenshot(path=folder / "notebook.png")

        tab.keyboard.press("Control+s")
        until(lambda: "Completed" in (folder / "train.ipynb").read_text(), seconds=30)
