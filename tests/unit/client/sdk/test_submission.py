"""Submitting, against a backend whose answers are scripted: what is asked, and in which order."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runspoor.sdk.environment import Environment
from runspoor.sdk.estimator import Estimator
from runspoor.sdk.exceptions import NotOffered, TrainingException, UserErrorException
from runspoor.sdk.experiment import Experiment
from runspoor.sdk.run_configuration import RunConfiguration
from runspoor.sdk.script_run_config import ScriptRunConfig
from runspoor.sdk.submission import run_id, submit, texts
from runspoor.sdk.workspace import Workspace

from shared.contract.submission import SubmitRunRequest
from shared.domain.ids import RUN_ID
from tests.scripted_server import Answer, Asked, ScriptedServer

SNAPSHOT = "a" * 64


def answer(asked: Asked) -> Answer:
    """As a backend with one compute target and all files."""
    where = asked.path.partition("?")[0].removeprefix("/api/")
    if where == "compute-targets/none":
        return Answer(404, b'{"detail": "There is none."}')
    found: dict[str, object] = {
        "compute-targets": {"value": [{"name": "cpu"}], "next": None},
        "compute-targets/cpu": {"name": "cpu"},
        "snapshots": {"complete": True, "snapshot_id": SNAPSHOT, "missing": []},
        "environments": {"name": "mine", "version": "4", "definition": {}},
        "runs": {"run_id": json.loads(asked.body or b"{}").get("run_id")},
    }
    return Answer(200, json.dumps(found.get(where, {})).encode())


@pytest.fixture
def experiment(backend: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> Experiment:
    backend.answers = [answer]
    monkeypatch.setenv("RUNSPOOR_URL", f"{backend.url}/api")
    monkeypatch.setenv("RUNSPOOR_KEY", "k")
    return Experiment(Workspace("", "", ""), "My experiment", _create_in_cloud=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "source").mkdir()
    (tmp_path / "source/train.py").write_text("print(1)")
    return tmp_path / "source"


def paths(backend: ScriptedServer) -> list[str]:
    return [f"{each.method} {each.path.partition('?')[0].removeprefix('/api/')}" for each in backend.asked]


def test_a_run_is_posted_when_everything_else_is_there(
    backend: ScriptedServer, experiment: Experiment, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZUREML_GIT_BRANCH", "a-branch")
    config = ScriptRunConfig(folder, "train.py", ["--rate", 0.1], compute_target="cpu", environment=Environment("mine"))
    run = submit(experiment, config, {"tag": 1, "empty": None})
    asked = [each for each in paths(backend) if not each.startswith("GET runs")]
    assert asked == ["GET compute-targets/cpu", "POST environments", "POST snapshots", "POST runs"]
    body = json.loads(next(each.body for each in backend.asked if each.path == "/api/runs"))
    assert SubmitRunRequest.model_validate(body)
    assert body.pop("run_id") == run.id
    properties = body.pop("properties")
    assert properties["_azureml.ComputeTargetType"] == "amlcompute"
    assert properties["ContentSnapshotId"] == SNAPSHOT
    assert properties["azureml.git.branch"] == "a-branch"
    assert body == {
        "experiment": "My experiment", "snapshot_id": SNAPSHOT, "compute_target": "cpu", "script": "train.py",
        "arguments": ["--rate", "0.1"], "environment": {"name": "mine", "version": "4"},
        "compatibility": "azureml-v1", "max_run_duration_seconds": 2_592_000, "tags": {"tag": "1", "empty": ""}}


def test_a_run_whose_answer_was_lost_is_asked_for_again_as_the_same_run(
    backend: ScriptedServer, experiment: Experiment, folder: Path
) -> None:
    lost: list[str] = []

    def forgetful(asked: Asked) -> Answer:
        if asked.method == "POST" and not lost.count(asked.path):
            lost.append(asked.path)
            return Answer(0)
        return answer(asked)

    backend.answers = [forgetful]
    run = submit(experiment, ScriptRunConfig(folder, "train.py", compute_target="cpu", environment=Environment("mine")))
    assert lost == ["/api/environments", "/api/snapshots", "/api/runs"]
    for path in lost:
        tries = [each for each in backend.asked if each.path == path]
        assert len(tries) == 2
        assert len({(each.body, each.headers["idempotency-key"]) for each in tries}) == 1
    assert {json.loads(each.body)["run_id"] for each in backend.asked if each.path == "/api/runs"} == {run.id}


def test_environments_without_a_name_of_their_own_are_not_registered(
    backend: ScriptedServer, experiment: Experiment, folder: Path
) -> None:
    curated = Environment("AzureML-Minimal")
    curated.version = "1"
    for environment in (None, curated):
        submit(experiment, ScriptRunConfig(folder, "train.py", compute_target="cpu", environment=environment))
    assert "POST environments" not in paths(backend)
    sent = [json.loads(each.body)["environment"] for each in backend.asked if each.path == "/api/runs"]
    assert sent == [{}, {"name": "AzureML-Minimal", "version": "1"}]


@pytest.mark.parametrize(("target", "script", "sentence"), [
    ("none", "train.py", r"no compute target 'none' in the workspace \(there are: cpu\)"),
    ("cpu", "none.py", "no file 'none.py'"),
])
def test_nothing_is_sent_for_what_cannot_run(backend: ScriptedServer, experiment: Experiment, folder: Path,
                                             target: str, script: str, sentence: str) -> None:
    with pytest.raises(UserErrorException, match=sentence):
        submit(experiment, ScriptRunConfig(folder, script, compute_target=target))
    assert not [each for each in backend.asked if each.method != "GET"]


def test_what_cannot_be_submitted(backend: ScriptedServer, experiment: Experiment, folder: Path) -> None:
    with pytest.raises(UserErrorException, match="RunConfiguration cannot be submitted"):
        submit(experiment, RunConfiguration())
    with pytest.raises(NotOffered, match="resume_from"):
        submit(experiment, ScriptRunConfig(folder, "train.py", resume_from=object()))
    with pytest.raises(UserErrorException, match="is not a folder"):
        submit(experiment, ScriptRunConfig(folder / "none", "train.py"))
    with pytest.raises(TrainingException, match="is not a folder"):
        submit(experiment, Estimator(folder / "none", compute_target="cpu", entry_script="train.py"))
    assert not backend.asked


@given(st.text(max_size=300))
def test_a_run_id_follows_the_backends_rule_and_begins_with_the_experiment(name: str) -> None:
    made = run_id(name)
    assert RUN_ID.fullmatch(made)
    assert re.fullmatch(r".+_\d{10}_[0-9a-f]{8}", made)
    assert run_id(name) != made


def test_a_run_id_of_an_ordinary_name() -> None:
    assert run_id("sklearn-mnist").startswith("sklearn-mnist_")
    assert run_id("My_experiment 2").startswith("my_experiment-2_")


def test_tags_are_texts() -> None:
    assert texts({"a": 1, "b": None, "c": True}) == {"a": "1", "b": "", "c": "True"}
    assert texts(None) == {}
