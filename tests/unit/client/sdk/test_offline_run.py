"""What a script prints when it is started outside of a run."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from runspoor.sdk.exceptions import RunEnvironmentException
from runspoor.sdk.offline_run import OfflineRun
from runspoor.sdk.run import Run


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> OfflineRun:
    monkeypatch.delenv("RUNSPOOR_RUN_ID", raising=False)
    found = Run.get_context()
    assert isinstance(found, OfflineRun)
    return found


CALLS: list[tuple[Callable[[OfflineRun], object], str]] = [
    (lambda run: run.log("loss", 0.5), "Attempted to log scalar metric loss:\n0.5\n"),
    (lambda run: run.log("loss", [1], step=3), "Attempted to log scalar metric loss:\n[1]\n"),
    (lambda run: run.log_list("l", [1, 2]), "Attempted to log list metric l:\n[1, 2]\n"),
    (lambda run: run.log_row("r", x=1, y="a"), "Attempted to log row metric r:\n{'x': 1, 'y': 'a'}\n"),
    (lambda run: run.log_table("t", {"x": [1]}), "Attempted to log table metric t:\n{'x': [1]}\n"),
    (lambda run: run.log_image("i", path="a.png"), "Attempted to log image metric i:\na.png\n"),
    (lambda run: run.log_image("i", plot="plot"), "Attempted to log image metric i:\nplot\n"),
    (lambda run: run.log_confusion_matrix("c", {}), "Attempted to log confusion_matrix metric c:\n{}\n"),
    (lambda run: run.log_accuracy_table("c", {}), "Attempted to log accuracy_table metric c:\n{}\n"),
    (lambda run: run.tag("k", 1), "Attempted to add tag k with value 1\n"),
    (lambda run: run.set_tags({"k": 1}), "Attempted to set tags {'k': 1}\n"),
    (lambda run: run.add_properties({"p": 1}), "Attempted to add properties {'p': 1}\n"),
    (lambda run: run.upload_file("a", "b/a"), "Attempted to track file a at b/a\n"),
    (lambda run: run.upload_folder("a", "b"), "Attempted to track folder a at b\n"),
    (lambda run: run.fail("bad", "Code"), "Run failed with error code Code:\nbad\n"),
    (lambda run: run.flush(), "Attempted to flush run with id {id}\n"),
    (lambda run: run.complete(), ""), (lambda run: run.cancel(), ""), (lambda run: run.start(), ""),
]


@pytest.mark.parametrize(("call", "printed"), CALLS)
def test_prints(run: OfflineRun, call: Callable[[OfflineRun], object], printed: str,
                capsys: pytest.CaptureFixture[str]) -> None:
    assert call(run) is None
    assert capsys.readouterr().out == printed.replace("{id}", run.id)


def test_it_can_stand_in_a_with_statement(run: OfflineRun, capsys: pytest.CaptureFixture[str]) -> None:
    with run as inner:
        assert inner is run
    assert capsys.readouterr().out == f"[START] Run {run.id} context\n[STOP] Run {run.id} context\n"


def test_each_is_another_and_its_id_says_what_it_is(run: OfflineRun) -> None:
    other = Run.get_context()
    assert isinstance(other, OfflineRun)
    assert run.id.startswith("OfflineRun_")
    assert other.id != run.id
    assert run.child_run().id not in (run.id, other.id)


def test_it_is_refused_where_a_run_is_needed(run: OfflineRun) -> None:
    with pytest.raises(RunEnvironmentException):
        Run.get_context(allow_offline=False)
    with pytest.raises(RunEnvironmentException):
        Run.get_submitted_run()


@pytest.mark.parametrize("name", ["get_metrics", "get_file_names", "input_datasets", "get_details", "tags", "parent"])
def test_what_it_has_not_in_v1_either(run: OfflineRun, name: str) -> None:
    assert not hasattr(run, name)


def test_its_experiment_is_in_the_workspace_of_the_config(run: OfflineRun, tmp_path: Path,
                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert not hasattr(run, "experiment")
    with pytest.raises(AttributeError, match="runspoor login URL"):
        run.experiment  # noqa: B018
    (tmp_path / "config.json").write_text(json.dumps({
        "subscription_id": "s", "resource_group": "g", "workspace_name": "mine", "runspoor_url": "http://h/api"}))
    assert run.experiment.workspace.name == "mine"
