"""Models in v1's way, against a whole system."""

import os
import uuid
from collections.abc import Callable
from operator import attrgetter
from pathlib import Path

import httpx
import pytest
from runspoor.errors import Corrupt
from runspoor.sdk.dataset import Dataset
from runspoor.sdk.exceptions import (
    ModelNotFoundException,
    ModelPathNotFoundException,
    NotOffered,
    ServiceException,
    UserErrorException,
    WebserviceException,
)
from runspoor.sdk.experiment import Experiment
from runspoor.sdk.model import Model
from runspoor.sdk.resource_configuration import ResourceConfiguration
from runspoor.sdk.run import Run
from runspoor.sdk.workspace import Workspace

from local.system import System
from tests.end_to_end.api import Api

SCRIPT = "import os\nos.makedirs('outputs/net')\nopen('outputs/net/w.bin', 'w').write('weights')\n" \
         "open('outputs/sk.pkl', 'w').write('pickled')\n"
IN_A_RUN = """
import pathlib
from runspoor.sdk.model import Model
from runspoor.sdk.run import Run
run = Run.get_context()
pathlib.Path("made.pkl").write_text("made here")
run.upload_file("outputs/made.pkl", "made.pkl")
model = run.register_model("NAME", "outputs/made.pkl", tags={"where": "inside"})
print("REGISTERED", model.id, model.run_id == run.id)
print("PATH", pathlib.Path(Model.get_model_path("NAME")).read_text())
"""


@pytest.fixture
def workspace(system: System, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("RUNSPOOR_URL", system.url)
    monkeypatch.setenv("RUNSPOOR_KEY", system.state.key)
    monkeypatch.chdir(tmp_path)
    return Workspace("a-subscription", "a-group", "a-workspace")


@pytest.fixture
def name() -> str:
    return f"sk-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def run_id(api: Api) -> str:
    found = api.submit(SCRIPT, experiment="sdk-models")
    assert api.wait(found)["status"] == "Completed"
    return found


@pytest.fixture
def run(workspace: Workspace, run_id: str) -> Run:
    return workspace.get_run(run_id)


def tree(folder: str) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in Path(folder).rglob("*") if path.is_file()}


def test_the_tutorial_s_way(run: Run, workspace: Workspace, name: str) -> None:
    model = run.register_model(model_name=name, model_path="outputs/sk.pkl")
    assert (model.name, model.id, model.version) == (name, f"{name}:1", 1)
    assert type(model.version) is int
    assert run.register_model(name, "outputs/sk.pkl").version == 2
    found = Model(workspace, name)
    assert (found.version, found.run_id, found.experiment_name) == (2, run.id, "sdk-models")
    assert found.run
    assert found.run.id == run.id
    assert repr(found).endswith(f"name={name}, id={name}:2, version=2, tags={{}}, properties={{}})")


@pytest.mark.parametrize(("path", "downloaded", "files"), [
    ("outputs/sk.pkl", "sk.pkl", {"sk.pkl": "pickled"}), ("./outputs/net/", "net", {"net/w.bin": "weights"}),
    ("sk.pkl", "sk.pkl", {"sk.pkl": "pickled"}),
    ("outputs", "outputs", {"outputs/sk.pkl": "pickled", "outputs/net/w.bin": "weights"}),
])
def test_a_model_of_a_run_is_downloaded(
    run: Run, name: str, path: str, downloaded: str, files: dict[str, str]
) -> None:
    model = run.register_model(name, path)
    assert model.download("here") == os.path.join("here", downloaded)
    assert tree("here") == files
    with pytest.raises(WebserviceException, match="already exists"):
        model.download("here")
    for newer in ({"exist_ok": True}, {"exists_ok": True}):
        Path("here", next(iter(files))).write_text("other")
        model.download("here", **newer)
        assert tree("here") == files


def test_without_a_path_the_name_is_the_path(run: Run) -> None:
    assert run.register_model("sk.pkl").download("here") == "here/sk.pkl"
    with pytest.raises(ModelPathNotFoundException, match=r"no file or folder 'outputs/none'; it has: .*outputs/sk"):
        run.register_model("none")


def test_a_model_of_this_machine(workspace: Workspace, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("net/deep").mkdir(parents=True)
    Path("net/w.bin").write_text(name)
    Path("net/deep/empty").write_text("")
    model = Model.register(workspace, "net", name, {"rate": 0.5}, {"commit": "abc"}, "a net",
                           model_framework=Model.Framework.PYTORCH, model_framework_version="2.9",
                           resource_configuration=ResourceConfiguration(cpu=1, memory_in_gb=0.5))
    assert capsys.readouterr().out == f"Registering model {name}\n"
    assert (model.tags, model.properties, model.description) == ({"rate": "0.5"}, {"commit": "abc"}, "a net")
    assert (model.model_framework, model.model_framework_version, model.run, model.run_id) == (
        "PyTorch", "2.9", None, None)
    assert model.resource_configuration
    assert model.resource_configuration.serialize() == {"cpu": 1, "memoryInGB": 0.5, "gpu": None}
    assert model.download("here") == "here/net"
    assert tree("here") == {"net/w.bin": name, "net/deep/empty": ""}
    part = Model.register(workspace, "net", name, child_paths=["deep"])
    assert (part.version, sorted(part.get_sas_urls())) == (2, ["net/deep/empty"])


def test_a_file_that_is_not_what_was_registered_is_not_kept(workspace: Workspace, system: System, name: str) -> None:
    Path("sk.pkl").write_text(name)
    model = Model.register(workspace, "sk.pkl", name)
    (url,) = model.get_sas_urls().values()
    digest = url.partition("?")[0].rpartition("/")[2]
    missing = {"name": f"{name}-2", "files": [{"path": "a", "sha256": digest, "size": 1}]}
    answer = httpx.post(f"{system.url}/models", json=missing, headers={"x-functions-key": system.state.key}).json()
    put = httpx.put(answer["missing"][0]["url"], content=b"x" * len(name), headers={"x-ms-blob-type": "BlockBlob"})
    assert put.status_code == 201
    with pytest.raises(ServiceException) as error:
        model.download("here")
    assert isinstance(error.value.inner_exception, Corrupt)
    assert tree("here") == {}


def test_models_are_found(run: Run, workspace: Workspace, name: str) -> None:
    Path("sk.pkl").write_text("pkl")
    Model.register(workspace, "sk.pkl", name, tags={"stage": "test", "by": "me"}, properties={"n": 1})
    run.register_model(name, "outputs/sk.pkl", tags={"stage": "prod"}, model_framework="Onnx")

    list_models: Callable[..., list[Model]] = Model.list

    def versions(**where: object) -> list[int]:
        return [model.version for model in list_models(workspace, name, **where)]

    assert versions() == [2, 1]
    assert (versions(latest=True), versions(run_id=run.id), versions(model_framework="Onnx")) == ([2], [2], [2])
    assert (versions(tags=["stage"]), versions(tags=[["stage", "test"]])) == ([2, 1], [1])
    assert (versions(tags=["stage", "by"]), versions(tags={"by": "you"})) == ([1], [])
    assert (versions(properties=[["n", "1"]]), versions(properties=["m"])) == ([1], [])
    assert Model(workspace, name, tags=[["stage", "test"]]).version == 1
    assert Model(workspace, id=f"{name}:1").tags == {"stage": "test", "by": "me"}
    assert Model(workspace, run_id=run.id, name=name).version == 2
    assert workspace.models[name].version == 2
    for wanted in ({"name": "nobody"}, {"name": name, "version": 9}, {"name": name, "tags": ["other"]}):
        with pytest.raises(ModelNotFoundException) as error:
            Model(workspace, **wanted)
        assert isinstance(error.value, WebserviceException)
    with pytest.raises(WebserviceException, match="Say which model"):
        Model(workspace)


def test_what_is_said_changes(workspace: Workspace, name: str) -> None:
    Path("sk.pkl").write_text("pkl")
    model = Model.register(workspace, "sk.pkl", name, {"a": 1, "b": 2})
    model.add_tags({"c": 3})
    model.remove_tags(["a", "none"])
    model.add_properties({"commit": "abc"})
    assert (model.tags, model.properties) == ({"b": "2", "c": "3"}, {"commit": "abc"})
    model.update_tags_properties(add_tags={"d": 4}, remove_tags=["b"], add_properties={"n": 1})
    assert Model(workspace, name).tags == model.tags == {"c": "3", "d": "4"}
    model.update(tags={"only": "this"}, description="better", resource_configuration=ResourceConfiguration(gpu=2))
    again = Model.deserialize(workspace, model.serialize())
    assert (again.tags, again.description, again.properties) == (
        {"only": "this"}, "better", {"commit": "abc", "n": "1"})
    with pytest.raises(WebserviceException, match="properties never change"):
        model.add_properties({"n": 2})


def test_a_version_is_deleted_and_never_made_again(workspace: Workspace, name: str) -> None:
    Path("sk.pkl").write_text("pkl")
    Model.register(workspace, "sk.pkl", name)
    model = Model.register(workspace, "sk.pkl", name)
    model.delete()
    assert Model(workspace, name).version == 1
    with pytest.raises(ModelNotFoundException, match="was deleted"):
        model.add_tags({"a": 1})
    assert Model.register(workspace, "sk.pkl", name).version == 3


def test_the_datasets_of_a_model(workspace: Workspace, name: str) -> None:
    Path("sk.pkl").write_text("pkl")
    digits, sample = (Dataset.File.from_files([f"https://data.example/{name}/{part}"]) for part in ("a", "b"))
    model = Model.register(workspace, "sk.pkl", name, datasets=[("training", digits)], sample_input_dataset=sample)
    assert {scenario: [each.id for each in sets] for scenario, sets in model.datasets.items()} == {
        "training": [digits.id]}
    assert model.sample_input_dataset
    assert (model.sample_input_dataset.id, model.sample_output_dataset) == (sample.id, None)
    model.add_dataset_references([("validation", sample)])
    assert sorted(model.datasets) == ["training", "validation"]
    assert [found.name for found in Model.list(workspace, dataset_id=digits.id)] == [name]


def test_where_a_model_is_cached(run: Run, workspace: Workspace, name: str) -> None:
    for _ in range(2):
        run.register_model(name, "outputs/net")
    assert Model.get_model_path(name, _workspace=workspace) == f"azureml-models/{name}/2/net"
    assert Model.get_model_path(name, 1, workspace) == f"azureml-models/{name}/1/net"
    assert tree("azureml-models") == {f"{name}/1/net/w.bin": "weights", f"{name}/2/net/w.bin": "weights"}
    assert Model.get_model_path(name) == f"azureml-models/{name}/2/net"
    with pytest.raises(ModelNotFoundException, match="There is no model"):
        Model.get_model_path("nobody", _workspace=workspace)


def test_a_script_registers_a_model_of_its_own_run(workspace: Workspace, api: Api, name: str) -> None:
    run_id = api.submit(IN_A_RUN.replace("NAME", name), experiment="sdk-models")
    ended = api.wait(run_id, seconds=60)
    log = api.http.get(f"runs/{run_id}/logs/user_logs/std_log.txt").text
    assert ended["status"] == "Completed", log
    assert f"REGISTERED {name}:1 True\n" in log
    assert "PATH made here\n" in log
    model = Model(workspace, name)
    assert (model.run_id, model.tags) == (run_id, {"where": "inside"})


def test_an_interactive_run_registers_what_it_has_uploaded(workspace: Workspace, name: str) -> None:
    run = Experiment(workspace, "sdk-models").start_logging()
    Path("sk.pkl").write_text("pkl")
    run.upload_file("outputs/sk.pkl", "sk.pkl")
    model = run.register_model(name, "outputs/sk.pkl")
    run.complete()
    assert Path(model.download("here")).read_text() == "pkl"


@pytest.mark.parametrize("wrong", ["", "a b", "-a", "a" * 256])
def test_names_that_cannot_be(workspace: Workspace, wrong: str) -> None:
    Path("sk.pkl").write_text("pkl")
    with pytest.raises((WebserviceException, UserErrorException)):
        Model.register(workspace, "sk.pkl", wrong)


def test_serving_is_not_offered(workspace: Workspace) -> None:
    with pytest.raises(NotOffered, match=r"Model\.deploy .*download the model"):
        attrgetter("deploy")(Model)
