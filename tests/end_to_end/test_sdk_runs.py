"""Interactive runs and experiments in the shapes of v1, against a whole system."""

import math
from pathlib import Path

import pytest
from runspoor.sdk.exceptions import ActivityFailedException, UserErrorException
from runspoor.sdk.experiment import Experiment
from runspoor.sdk.run import Run, get_run
from runspoor.sdk.workspace import Workspace

from tests.end_to_end.api import until


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
