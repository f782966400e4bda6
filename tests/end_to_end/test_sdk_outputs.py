"""What a v1 script writes to datastores through its runs: outputs, uploads, and the datasets they become."""

import sys
import textwrap
import uuid
from pathlib import Path

import pytest
from runspoor.sdk.data_types import DataType
from runspoor.sdk.datapath import DataPath
from runspoor.sdk.dataset import Dataset
from runspoor.sdk.environment import Environment
from runspoor.sdk.estimator import Estimator
from runspoor.sdk.exceptions import UserErrorException
from runspoor.sdk.experiment import Experiment
from runspoor.sdk.output_dataset_config import OutputFileDatasetConfig
from runspoor.sdk.script_run_config import ScriptRunConfig
from runspoor.sdk.tabular_dataset import TabularDataset
from runspoor.sdk.workspace import Workspace

from tests.end_to_end.test_sdk_datastores import registered

WRITE = """
    import os, sys
    from azureml.core import Run
    for folder in sys.argv[2:]:
        os.makedirs(os.path.join(folder, "deep"), exist_ok=True)
        for name, text in (("result.csv", "1"), ("deep/notes.txt", "n")):
            with open(os.path.join(folder, name), "w") as file:
                file.write(text)
    run = Run.get_context()
    if sys.argv[1] == "fail":
        assert run.input_datasets["rows"].id == os.environ["ROWS"], run.input_datasets
        assert sorted(os.listdir(run.input_datasets["files"])) == ["deep", "result.csv"]
    assert [*run.output_datasets.values()] == sys.argv[2:], run.output_datasets
    assert os.environ["AZUREML_DATAREFERENCE_" + [*run.output_datasets][0]] == sys.argv[2]
    if sys.argv[1] == "fail":
        raise ValueError("told to")
"""

@pytest.fixture(scope="module")
def name() -> str:
    """Of the datasets and folders of this module."""
    return f"made-{uuid.uuid4().hex[:8]}"


def config(workspace: Workspace, folder: Path, *arguments: object, script: str = WRITE) -> ScriptRunConfig:
    folder.mkdir()
    (folder / "train.py").write_text(textwrap.dedent(script))
    return ScriptRunConfig(str(folder), "train.py", [*arguments], compute_target="cpu", environment=here())


def here() -> Environment:
    environment = Environment("here")
    environment.python.user_managed_dependencies, environment.python.interpreter_path = True, sys.executable
    return environment


def test_an_output_becomes_a_dataset(workspace: Workspace, experiment: Experiment, tmp_path: Path, name: str) -> None:
    store = workspace.get_default_datastore()
    mounted = OutputFileDatasetConfig("made", (store, f"{name}/{{run-id}}")).register_on_complete(
        name, "of a test", {"a": "b"})
    uploaded = OutputFileDatasetConfig("chosen", (store, f"{name}/chosen")).as_upload(source_globs="*.csv")
    run = experiment.submit(config(workspace, tmp_path / "source", "go", mounted, uploaded))
    run.wait_for_completion()
    found = Dataset.get_by_name(workspace, name)
    assert (found.version, found.description, found.tags) == (1, "of a test", {"a": "b"})
    assert {each: made.to_path() for each, made in run.output_datasets.items()} == {
        "made": ["/deep/notes.txt", "/result.csv"], "chosen": ["/result.csv"]}
    assert store.download(str(tmp_path / "back"), prefix=f"{name}/", show_progress=False) == 3
    assert (tmp_path / "back" / name / run.id / "deep/notes.txt").read_text() == "n"
    details = run.get_details()
    assert {each["outputDetails"]["outputName"]: each["identifier"]["registeredVersion"]
            for each in details["outputDatasets"]} == {"made": "1", "chosen": None}
    assert details["runDefinition"]["arguments"][1:] == ["DatasetOutputConfig:made", "DatasetOutputConfig:chosen"]


def test_what_a_failed_run_wrote_is_kept_in_one_mode_only(workspace: Workspace, experiment: Experiment, tmp_path: Path,
                                                          name: str) -> None:
    """It reads what the run before has made."""
    store, rows = workspace.get_default_datastore(), Dataset.get_by_name(workspace, name)
    kept = OutputFileDatasetConfig("kept", (store, f"{name}/kept")).register_on_complete(f"{name}-kept")
    dropped = OutputFileDatasetConfig("dropped", (store, f"{name}/dropped")).as_upload()
    asked = config(workspace, tmp_path / "source", "fail", kept, dropped)
    asked.run_config.environment_variables = {"ROWS": str(rows.id)}
    asked.run_config.data = {"rows": rows.as_named_input("rows"), "files": rows.as_named_input("files").as_download()}
    run = experiment.submit(asked)
    run.wait_for_completion(raise_on_error=False)
    assert run.get_details()["error"]["error"]["code"] == "ScriptFailed"
    assert "told to" in run.get_details_with_logs()["logFiles"]["user_logs/std_log.txt"]
    with pytest.raises(UserErrorException):
        Dataset.get_by_name(workspace, f"{name}-kept")
    found = run.output_datasets
    assert found["kept"].to_path() == ["/deep/notes.txt", "/result.csv"]
    assert isinstance(found["dropped"], DataPath)
    assert {each: data.id for each, data in run.input_datasets.items()} == {"rows": rows.id, "files": rows.id}
    assert store.download(str(tmp_path / "back"), prefix=f"{name}/dropped", show_progress=False) == 0


def test_what_an_estimator_s_script_made_is_uploaded(workspace: Workspace, experiment: Experiment, tmp_path: Path
                                                     ) -> None:
    blob, share = (registered(workspace, kind, f"up_{kind}_{uuid.uuid4().hex[:8]}") for kind in ("blob", "share"))
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").write_text("a")
    share.upload(str(tmp_path / "in"), "data", show_progress=False)
    (tmp_path / "source").mkdir()
    (tmp_path / "source/train.py").write_text(
        "import os, sys\nassert os.listdir(sys.argv[2]) == ['a.txt'], os.listdir(sys.argv[2])\n"
        "open('bar.pkl', 'w').write('pkl')\nos.makedirs('out/deep')\nopen('out/deep/x', 'w').write('x')\n")
    run = experiment.submit(Estimator(
        str(tmp_path / "source"), entry_script="train.py", compute_target="cpu", environment_definition=here(),
        script_params={"--data": share.path("data").as_download()},
        inputs=[blob.as_upload("./bar.pkl"), share.path("models").as_upload("out")]))
    run.wait_for_completion()
    assert blob.download(str(tmp_path / "blob"), show_progress=False) == 1
    assert [path.read_text() for path in (tmp_path / "blob").rglob("bar.pkl")] == ["pkl"]
    assert share.download(str(tmp_path / "share"), prefix="models", show_progress=False) == 1
    assert [path.read_text() for path in (tmp_path / "share/models").rglob("deep/x")] == ["x"]


ROWS = """
    import os, sys
    from azureml.core import Dataset, Run
    if sys.argv[1] == "write":
        for name, text in (("a.csv", "n,word\\n1,one\\n2,\\n"), ("deep/b.csv", "n,word\\n3,three\\n"), ("c.txt", "no")):
            for folder in sys.argv[2:]:
                os.makedirs(os.path.join(folder, "deep"), exist_ok=True)
                with open(os.path.join(folder, name), "w") as file:
                    file.write(text)
    else:
        run = Run.get_context()
        assert run.input_datasets["rows"].id == sys.argv[2]
        assert os.listdir(sys.argv[3]) == ["c.txt"]
"""


def test_what_one_run_writes_the_next_one_reads(workspace: Workspace, experiment: Experiment, tmp_path: Path, name: str
                                               ) -> None:
    """Submitted at once: the second waits for the first."""
    store = workspace.get_default_datastore()
    rows = OutputFileDatasetConfig("table", (store, f"{name}/table")).read_delimited_files(
        path_glob="*.csv", set_column_types={"n": DataType.to_long()}).register_on_complete(f"{name}-table")
    files = OutputFileDatasetConfig("files", (store, f"{name}/files")).as_upload(source_globs="*.txt")
    first = config(workspace, tmp_path / "first", "write", rows, files, script=ROWS)
    writer = experiment.submit(first)
    second = config(workspace, tmp_path / "second", "read", rows.as_input("rows"), files.as_input("files"), script=ROWS)
    reader = experiment.submit(second)
    reader.wait_for_completion()
    found = Dataset.get_by_name(workspace, f"{name}-table")
    assert found.id == writer.output_datasets["table"].id == reader.input_datasets["rows"].id
    assert isinstance(found, TabularDataset)
    frame = found.to_pandas_dataframe()
    assert (frame["n"].tolist(), frame["word"].dropna().tolist()) == ([1, 2, 3], ["one", "three"])
