"""Environments: what they ask of a node, and what becomes of them in files."""

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runspoor.sdk.conda_dependencies import CondaDependencies
from runspoor.sdk.docker import DEFAULT_CPU_IMAGE, ContainerRegistry, DockerBuildContext
from runspoor.sdk.environment import Environment
from runspoor.sdk.exceptions import NotOffered, UserErrorException
from runspoor.sdk.workspace import Workspace

from shared.contract.submission import EnvironmentRequest
from tests.scripted_server import Answer, ScriptedServer


def changed(**settings: object) -> Environment:
    """A new one with these settings; ``docker__base_image`` is ``docker.base_image``."""
    made = Environment("mine")
    for path, value in settings.items():
        *sections, name = path.split("__")
        setattr(functools.reduce(getattr, sections, made), name, value)
    return made


def packages(**settings: Any) -> Environment:
    return changed(python__conda_dependencies=CondaDependencies.create(**settings))


CASES: list[tuple[Environment, dict[str, object]]] = [
    (Environment("mine"), {}),
    (changed(python__user_managed_dependencies=True), {}),
    (changed(python__user_managed_dependencies=True, python__interpreter_path="/opt/bin/python"), {
        "python": "/opt/bin/python"}),
    (packages(pip_packages=["azureml-sdk", "a==1"]), {"packages": {"pip": ["azureml-sdk", "a==1"]}}),
    (packages(python_version="3.8", conda_packages=["numpy=1.19"]), {"packages": {
        "python_version": "3.8", "channels": ["anaconda", "conda-forge"], "conda": ["numpy=1.19"]}}),
    (packages(conda_packages=["python==3.8.*"]), {"packages": {"python_version": "3.8"}}),
    (packages(conda_packages=["python>=3.7", "python-dateutil"]), {"packages": {
        "channels": ["anaconda", "conda-forge"], "conda": ["python>=3.7", "python-dateutil"]}}),
    (packages(conda_packages=["python"]), {}),
    (changed(environment_variables={"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE", "A": "b"}), {"variables": {"A": "b"}}),
    (changed(environment_variables={"EXAMPLE_ENV_VAR": "mine"}), {"variables": {"EXAMPLE_ENV_VAR": "mine"}}),
    (changed(environment_variables={"N": 1}), {"variables": {"N": "1"}}),
    (changed(docker__base_image="ubuntu:22.04"), {"image": {"name": "ubuntu:22.04"}}),
    (changed(docker__base_image=None), {}),
    (changed(docker__base_dockerfile="FROM ubuntu\n"), {"image": {"dockerfile": "FROM ubuntu\n"}}),
    (changed(docker__base_image="x", docker__base_image_registry__address="my.io/"), {"image": {"name": "my.io/x"}}),
]


@pytest.mark.parametrize(("environment", "asked"), CASES)
def test_what_is_asked_of_a_node(environment: Environment, asked: dict[str, object]) -> None:
    request = environment._to_request()
    assert request == {"name": "mine", **asked}
    EnvironmentRequest.model_validate(request)


@pytest.mark.parametrize(("environment", "asked"), CASES)
def test_what_the_backend_has_asks_for_the_same(environment: Environment, asked: dict[str, object]) -> None:
    definition = EnvironmentRequest.model_validate(environment._to_request()).model_dump()
    again = Environment._from_response({"name": "mine", "version": "3", "definition": definition})
    assert again.version == "3"
    assert again._to_request() == {"name": "mine", "version": "3", **asked}


@pytest.mark.parametrize(("environment", "asked"), CASES)
def test_a_saved_one_asks_for_the_same(environment: Environment, asked: dict[str, object], tmp_path: Path) -> None:
    environment.save_to_directory(tmp_path / "saved")
    assert Environment.load_from_directory(tmp_path / "saved")._to_request() == {"name": "mine", **asked}


def test_saving_overwrites_only_when_told_to(tmp_path: Path) -> None:
    Environment("one").save_to_directory(tmp_path / "saved")
    with pytest.raises(UserErrorException, match="overwrite=True"):
        Environment("two").save_to_directory(tmp_path / "saved")
    Environment("two").save_to_directory(tmp_path / "saved", overwrite=True)
    assert Environment.load_from_directory(tmp_path / "saved").name == "two"
    saved = json.loads((tmp_path / "saved/azureml_environment.json").read_text())
    assert saved["python"]["userManagedDependencies"] is False
    with pytest.raises(UserErrorException, match="cannot be read"):
        Environment.load_from_directory(tmp_path)


def test_a_password_is_neither_saved_nor_shown_nor_sent(tmp_path: Path) -> None:
    made = changed(docker__base_image_registry__password="s3cret")
    made.save_to_directory(tmp_path / "saved")
    assert "s3cret" not in (tmp_path / "saved/azureml_environment.json").read_text()
    assert "s3cret" not in repr(made)
    with pytest.raises(NotOffered, match="docker login"):
        made._to_request()


def test_from_files(tmp_path: Path) -> None:
    (tmp_path / "c.yml").write_text("channels: [c]\ndependencies: [numpy, {pip: [a]}]\n")
    (tmp_path / "r.txt").write_text("a==1\nb\n")
    (tmp_path / "Dockerfile").write_text("FROM x\n")
    conda = {"packages": {"channels": ["c"], "conda": ["numpy"], "pip": ["a"]}}
    assert Environment.from_conda_specification("mine", tmp_path / "c.yml")._to_request() == {"name": "mine", **conda}
    assert Environment.from_pip_requirements("mine", tmp_path / "r.txt", "20.2")._to_request()["packages"] == {
        "channels": ["anaconda", "conda-forge"], "conda": ["pip=20.2"], "pip": ["a==1", "b"]}
    assert Environment.from_docker_image("mine", "x:1")._to_request() == {"name": "mine", "image": {"name": "x:1"}}
    assert Environment.from_docker_image("mine", "x:1", conda_specification=tmp_path / "c.yml")._to_request() == {
        "name": "mine", "image": {"name": "x:1"}, **conda}
    for dockerfile in (tmp_path / "Dockerfile", "FROM x\n"):
        assert Environment.from_dockerfile("mine", dockerfile, pip_requirements=tmp_path / "r.txt")._to_request() == {
            "name": "mine", "image": {"dockerfile": "FROM x\n"}, "packages": {"pip": ["a==1", "b"]}}
    with pytest.raises(UserErrorException, match="one of them"):
        Environment.from_dockerfile("mine", "FROM x", tmp_path / "c.yml", tmp_path / "r.txt")


def test_conda_dependencies_file_is_read_when_it_is_set(tmp_path: Path) -> None:
    (tmp_path / "c.yml").write_text("dependencies: [{pip: [a]}]\n")
    made = Environment("mine")
    made.python.conda_dependencies_file = str(tmp_path / "c.yml")
    assert made._to_request()["packages"] == {"pip": ["a"]}
    assert made.python.conda_dependencies_file == str(tmp_path / "c.yml")


def test_from_an_existing_conda_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserErrorException, match="on this machine's PATH"):
        Environment.from_existing_conda_environment("mine", "there")
    program = tmp_path / "mamba"
    program.write_text('#!/bin/sh\n[ "$5" = there ] || { echo "no such environment" >&2; exit 1; }\n'
                       'echo "name: $5"; echo "dependencies: [numpy=1.19.2]"\n')
    program.chmod(0o755)
    made = Environment.from_existing_conda_environment("mine", "there")
    assert list(made.python.conda_dependencies.conda_packages) == ["numpy=1.19.2"]
    with pytest.raises(UserErrorException, match="no such environment"):
        Environment.from_existing_conda_environment("mine", "nowhere")


def test_a_clone_shares_nothing() -> None:
    first = packages(pip_packages=["a"])
    first.version = "2"
    second = first.clone("other")
    second.python.conda_dependencies.add_pip_package("b")
    second.environment_variables["C"] = "d"
    assert (second.name, second.version) == ("other", None)
    assert first._to_request() == {"name": "mine", "version": "2", "packages": {"pip": ["a"]}}


@pytest.mark.parametrize(("change", "error", "sentence"), [
    (lambda e: setattr(e, "enviroment_variables", {}), AttributeError, "has no setting 'enviroment_variables'"),
    (lambda e: setattr(e.python, "user_managed", True), AttributeError, "it has interpreter_path, user_managed_dep"),
    (lambda e: setattr(e, "spark", 1), NotOffered, "local mode"),
    (lambda e: e.build(None), NotOffered, "submit a run"),
    (lambda e: Environment.label(None, "a", "1", []), NotOffered, "name a version"),  # type: ignore[attr-defined]
    (lambda e: Environment.get(Workspace("", "", ""), "a", label="best"), NotOffered, "'Latest'"),
])
def test_names_that_are_not_there(change: Callable[[Environment], object], error: type[Exception],
                                  sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        change(Environment("mine"))


@pytest.mark.parametrize(("environment", "error", "sentence"), [
    (changed(docker__build_context=DockerBuildContext()), NotOffered, "base_dockerfile"),
    (changed(python__base_conda_environment="x"), NotOffered, "interpreter_path"),
    (changed(docker__base_image="x", docker__base_dockerfile="FROM y"), UserErrorException, "both set"),
])
def test_what_a_node_cannot_be_asked(environment: Environment, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        environment._to_request()


def test_defaults_are_those_of_v1() -> None:
    made = Environment("mine")
    assert made.environment_variables == {"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE"}
    assert made.docker.base_image == DEFAULT_CPU_IMAGE
    assert (made.python.interpreter_path, made.python.user_managed_dependencies) == ("python", False)
    registry = ContainerRegistry()
    assert (registry.address, registry.username, registry.password, registry.registry_identity) == (None,) * 4


def test_the_backend_is_asked_by_name_and_version(backend: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNSPOOR_URL", f"{backend.url}/api")
    monkeypatch.setenv("RUNSPOOR_KEY", "k")
    workspace = Workspace("", "", "")
    found = {"name": "a b", "version": "2", "definition": {"packages": None, "variables": {}}}
    answer = Answer(body=json.dumps(found).encode())
    backend.answers = [
        answer, answer, Answer(404, b'{"detail": "There is no environment x."}'),
        Answer(body=json.dumps({"value": [found], "next": None}).encode()),
        answer]
    assert Environment.get(workspace, "a b").version == "2"
    Environment.get(workspace, "a b", "1")
    with pytest.raises(UserErrorException, match="There is no environment x"):
        Environment.get(workspace, "x", label="Latest")
    assert list(Environment.list(workspace)) == ["a b"]
    mine = Environment("mine")
    mine.version = "7"
    assert mine.register(workspace).name == "a b"
    assert [each.path for each in backend.asked[:3]] == [
        "/api/environments/a%20b", "/api/environments/a%20b?version=1", "/api/environments/x"]
    assert json.loads(backend.asked[-1].body) == {"name": "mine"}
