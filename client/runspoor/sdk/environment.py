"""Environments: the Python packages, the image and the variables that a script runs with."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from runspoor.sdk.conda_dependencies import DEFAULT_FILE, CondaDependencies
from runspoor.sdk.conda_export import exported
from runspoor.sdk.docker import ContainerRegistry, DockerSection, text_or_file
from runspoor.sdk.exceptions import NotOffered, UserErrorException, translated
from runspoor.sdk.python_section import PythonSection
from runspoor.sdk.requirements_file import requirement_lines
from runspoor.sdk.section import Section

if TYPE_CHECKING:
    from runspoor.sdk.workspace import Workspace

DEFINITION_FILE = "azureml_environment.json"
DEFAULT_NAME = "default-environment"
"""Of a run whose caller said nothing: the node's own Python."""
EXAMPLE = ("EXAMPLE_ENV_VAR", "EXAMPLE_VALUE")
"""The variable that v1 puts into every new environment. It says nothing, so it is not sent."""

@dataclass(init=False, repr=False, eq=False)
class Environment(Section, v1="azureml.core.Environment"):
    """A named definition of what a script runs in; built by the first node that needs it, and kept.

    ``version`` is that under which it was registered, as text.
    """

    name: str = ""
    version: str | None = None
    environment_variables: dict[str, str] = field(default_factory=lambda: dict([EXAMPLE]))
    python: PythonSection = field(default_factory=PythonSection)
    docker: DockerSection = field(default_factory=DockerSection)
    inferencing_stack_version: str | None = None

    def __init__(self, name: str, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.name = name

    @staticmethod
    def from_conda_specification(name: str, file_path: str | os.PathLike[str]) -> Environment:
        """The packages of a conda YAML file."""
        made = Environment(name)
        made.python.conda_dependencies = CondaDependencies(file_path)
        return made

    @staticmethod
    def from_pip_requirements(name: str, file_path: str | os.PathLike[str],
                              pip_version: str | None = None) -> Environment:
        """The packages of a requirements file; ``pip_version``: the pip that installs them."""
        made = Environment(name)
        packages = made.python.conda_dependencies
        if pip_version:
            packages.add_conda_package(f"pip={pip_version}")
        packages.set_pip_requirements(requirement_lines(file_path))
        return made

    @staticmethod
    def from_docker_image(name: str, image: str, container_registry: ContainerRegistry | None = None,
                          conda_specification: str | os.PathLike[str] | None = None,
                          pip_requirements: str | os.PathLike[str] | None = None) -> Environment:
        """An image of a registry, with packages on top, or as it is: then its own Python runs the script."""
        made = _on_image(name, conda_specification, pip_requirements)
        made.docker.base_image = image
        made.docker.base_image_registry = container_registry or ContainerRegistry()
        return made

    @staticmethod
    def from_dockerfile(name: str, dockerfile: str | os.PathLike[str],
                        conda_specification: str | os.PathLike[str] | None = None,
                        pip_requirements: str | os.PathLike[str] | None = None) -> Environment:
        """The image that a Dockerfile, given by its path or its text, makes; with packages on top, or as it is."""
        made = _on_image(name, conda_specification, pip_requirements)
        made.docker.base_image = None
        made.docker.base_dockerfile = text_or_file(dockerfile)
        return made

    @staticmethod
    def from_existing_conda_environment(name: str, conda_environment_name: str) -> Environment:
        """The packages of a conda environment of this machine, with their versions."""
        made = Environment(name)
        made.python.conda_dependencies = CondaDependencies._of(exported(conda_environment_name))
        return made

    @staticmethod
    @translated()
    def get(workspace: Workspace, name: str, version: str | None = None, label: str | None = None) -> Environment:
        """A registered environment, the newest version unless told otherwise; AzureML-* are there from the start."""
        if label not in (None, "Latest"):
            raise NotOffered(f"The label {label!r} of an environment", "ask for a version, or for the label 'Latest'")
        answer = workspace.api.get(f"environments/{quote(name, safe='')}", {"version": version}).json()
        return Environment._from_response(answer)

    @staticmethod
    @translated()
    def list(workspace: Workspace) -> dict[str, Environment]:
        """All registered environments by name, in their newest versions."""
        return {each["name"]: Environment._from_response(each) for each in workspace.api.pages("environments")}

    @translated()
    def register(self, workspace: Workspace) -> Environment:
        """Keep this definition under its name; a new version if its content is new."""
        request = {key: value for key, value in self._to_request().items() if key != "version"}
        return Environment._from_response(workspace.api.write("POST", "environments", request).json())

    def clone(self, new_name: str) -> Environment:
        """A copy under a new name, without a version; the way to change a curated environment."""
        made = copy.deepcopy(self)
        made.name, made.version = new_name, None
        return made

    def save_to_directory(self, path: str | os.PathLike[str], overwrite: bool = False) -> None:
        """Write azureml_environment.json and conda_dependencies.yml into a folder."""
        folder = Path(path)
        if folder.exists() and not overwrite:
            raise UserErrorException(f"{folder} is there already: give overwrite=True or another path.")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / DEFINITION_FILE).write_text(json.dumps(self._to_file(), indent=4), encoding="utf-8")
        self.python.conda_dependencies.save(folder / DEFAULT_FILE)

    @staticmethod
    def load_from_directory(path: str | os.PathLike[str]) -> Environment:
        """Read what save_to_directory wrote; the YAML file is right about the packages."""
        file = Path(path) / DEFINITION_FILE
        try:
            data = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UserErrorException(f"{file} cannot be read as an environment: {error}") from error
        made = Environment(data.get("name") or "")
        made._from_file(data)
        if (packages := Path(path) / DEFAULT_FILE).is_file():
            made.python.conda_dependencies = CondaDependencies(packages)
        return made

    def _to_request(self) -> dict[str, Any]:
        """EnvironmentRequest. Raises UserErrorException and NotOffered for what a node cannot be asked."""
        asked = {"name": self.name, "version": self.version, **self.python._to_request(),
                 "image": self.docker._image(), "variables": variables(self.environment_variables)}
        return {key: value for key, value in asked.items() if value}

    @staticmethod
    def _from_response(answer: Mapping[str, Any]) -> Environment:
        """The environment that ``{"name", "version", "definition"}`` says."""
        definition = answer["definition"]
        made = Environment(answer["name"])
        made.version = answer["version"]
        made.environment_variables = dict(definition.get("variables") or {})
        made.python._from_response(definition)
        image = definition.get("image") or {}
        if image:
            made.docker.base_image, made.docker.base_dockerfile = image.get("name"), image.get("dockerfile")
        return made


def variables(given: Mapping[str, object] | None) -> dict[str, str]:
    """Variables as a process takes them; v1's example is none."""
    return {str(name): str(value) for name, value in (given or {}).items() if (name, value) != EXAMPLE}


def _on_image(name: str, conda_specification: str | os.PathLike[str] | None,
              pip_requirements: str | os.PathLike[str] | None) -> Environment:
    if conda_specification and pip_requirements:
        raise UserErrorException("Give conda_specification or pip_requirements: packages come from one of them.")
    if conda_specification:
        return Environment.from_conda_specification(name, conda_specification)
    if pip_requirements:
        return Environment.from_pip_requirements(name, pip_requirements)
    made = Environment(name)
    made.python.user_managed_dependencies = True
    return made
