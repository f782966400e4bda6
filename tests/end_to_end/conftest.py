"""Whole local systems for the tests of the public surface."""

import json
import sys
import textwrap
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from runspoor.sdk.environment import Environment
from runspoor.sdk.experiment import Experiment
from runspoor.sdk.script_run import ScriptRun
from runspoor.sdk.script_run_config import ScriptRunConfig
from runspoor.sdk.workspace import Workspace

from local.state import open_state
from local.system import System
from tests.end_to_end.api import Api, until
from tests.end_to_end.intercepted import Intercepted, intercepted_system

__all__ = ["Api", "until"]
Submit = Callable[..., ScriptRun]
collect_ignore = [] if find_spec("torch") else ["test_distributed_torch.py"]


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """One system for all tests that leave it in order."""
    with System(open_state(tmp_path_factory.mktemp("system"))) as running:
        yield running


@pytest.fixture(scope="session")
def api(system: System) -> Iterator[Api]:
    api = Api(system.url, system.state.key)
    body = {"name": "cpu", "vm_size": "standard_d2s_v3", "min_nodes": 1, "max_nodes": 3}
    assert api.http.post("compute-targets", json=body).status_code == 201
    yield api
    api.http.close()


@pytest.fixture(scope="module")
def pair(api: Api) -> Iterator[str]:
    """A compute target that has two nodes at once."""
    body = {"name": "pair", "vm_size": "standard_d2s_v3", "min_nodes": 2, "max_nodes": 2}
    assert api.http.post("compute-targets", json=body).status_code == 201
    yield "pair"
    assert api.http.delete("compute-targets/pair").status_code in (200, 202, 204)
    until(lambda: api.http.get("compute-targets/pair").status_code == 404)


@pytest.fixture(scope="module")
def breakable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intercepted]:
    """One system for all tests of a module, which break it and mend it again."""
    with intercepted_system(tmp_path_factory.mktemp("breakable")) as world:
        yield world


@pytest.fixture
def world(breakable: Intercepted) -> Iterator[Intercepted]:
    """The breakable system, without traps and faults of the test before."""
    yield breakable
    breakable.proxy.clear()
    breakable.batch.delete("/_emulator/faults")


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
        run = experiment.submit(config)
        assert isinstance(run, ScriptRun)
        return run

    return submit
