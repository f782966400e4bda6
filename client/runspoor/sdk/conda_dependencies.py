"""What Python, and which packages, an environment has."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from runspoor.sdk import requirements_file, yaml_text
from runspoor.sdk.surface import Surface

DEFAULT_PYTHON = "3.10.18"
"""What v1's ``create`` pins when it is told nothing. A default is no wish: the node's own Python serves as well."""
DEFAULT_FILE = "conda_dependencies.yml"


class CondaDependencies(Surface, v1="azureml.core.conda_dependencies.CondaDependencies"):
    """A conda specification, as a mapping and as YAML. Files are kept word for word.

    It holds what was asked for and nothing else: no ``azureml-defaults``, no Python nobody chose, and none of the
    package indexes that v1 adds to pip's.
    """

    DEFAULT_NUMBER_OF_CONDA_PACKAGES: ClassVar[int] = 0
    DEFAULT_NUMBER_OF_PIP_PACKAGES: ClassVar[int] = 0

    def __init__(self, conda_dependencies_file_path: str | os.PathLike[str] | None = None) -> None:
        self._data: dict[str, Any] = {"name": "project_environment", "channels": ["anaconda", "conda-forge"],
                                      "dependencies": []}
        if conda_dependencies_file_path is not None:
            self._data = yaml_text.load(conda_dependencies_file_path)
            self._set_pip(list(requirements_file.with_nested(self._pip(), Path(conda_dependencies_file_path).parent)))

    @classmethod
    def _of(cls, data: Mapping[str, Any]) -> CondaDependencies:
        made = cls()
        made._data = copy.deepcopy(dict(data))
        return made

    @staticmethod
    def create(pip_indexurl: str | None = None, pip_packages: Iterable[str] | None = None,
               conda_packages: Iterable[str] | None = None, python_version: str = DEFAULT_PYTHON,
               pin_sdk_version: bool = True) -> CondaDependencies:
        """A specification of these packages. ``pin_sdk_version`` has no meaning: the SDK is always the node's."""
        made = CondaDependencies()
        if python_version and python_version != DEFAULT_PYTHON:
            made.set_python_version(python_version)
        if pip_indexurl:
            made.set_pip_index_url(f"--index-url {pip_indexurl}")
        for package in conda_packages or ():
            made.add_conda_package(package)
        for package in pip_packages or ():
            made.add_pip_package(package)
        return made

    @staticmethod
    def merge_requirements(requirements: Iterable[str]) -> list[str]:
        """One requirement per package: ``["a>1", "b", "a<3"]`` is ``["a>1,<3", "b"]``."""
        return requirements_file.merged(requirements)

    @property
    def conda_channels(self) -> Iterator[str]:
        """Where conda looks, first choice first."""
        return iter(list(self._channels()))

    @property
    def conda_packages(self) -> Iterator[str]:
        """Match specifications; ``python`` is one of them when a version was asked for."""
        return (each for each in list(self._dependencies()) if isinstance(each, str))

    @property
    def pip_packages(self) -> Iterator[str]:
        """The requirements among pip's lines."""
        return (line for line in list(self._pip()) if not requirements_file.is_option(line))

    @property
    def pip_options(self) -> Iterator[str]:
        """The options among pip's lines, such as ``--extra-index-url URL``."""
        return (line for line in list(self._pip()) if requirements_file.is_option(line))

    def get_default_number_of_packages(self) -> int:
        """0: nothing is in here that was not asked for."""
        return self.DEFAULT_NUMBER_OF_CONDA_PACKAGES + self.DEFAULT_NUMBER_OF_PIP_PACKAGES

    def get_python_version(self) -> str | None:
        """``"3.8"`` if that was asked for; None: the node's own Python."""
        for package in self.conda_packages:
            name, _, version = requirements_file.parts(package)
            if name == "python" and version:
                return version.lstrip("= ")
        return None

    def set_python_version(self, version: str) -> None:
        """Ask for a version of Python, such as ``"3.8"``."""
        self.remove_conda_package("python")
        self._dependencies().insert(0, f"python={version}")

    def add_channel(self, channel: str) -> None:
        """Have conda look there too, last."""
        if channel not in self._channels():
            self._channels().append(channel)

    def remove_channel(self, channel: str) -> None:
        """Have conda not look there."""
        self._channels()[:] = [each for each in self._channels() if each != channel]

    def add_conda_package(self, conda_package: str) -> None:
        """Add a package, in place of another version of it."""
        self.remove_conda_package(conda_package)
        position = next((index for index, each in enumerate(self._dependencies()) if isinstance(each, dict)), None)
        self._dependencies().insert(len(self._dependencies()) if position is None else position, conda_package)

    def remove_conda_package(self, conda_package: str) -> None:
        """Remove a package, whichever version of it is asked for."""
        self._dependencies()[:] = [each for each in self._dependencies()
                                   if not (isinstance(each, str) and _same(each, conda_package))]

    def add_pip_package(self, pip_package: str) -> None:
        """Add a package, in place of another version of it."""
        self.remove_pip_package(pip_package)
        self._set_pip([*self._pip(), pip_package])

    def remove_pip_package(self, pip_package: str) -> None:
        """Remove a package, whichever version of it is asked for."""
        self._set_pip([*self.pip_options, *(line for line in self.pip_packages if not _same(line, pip_package))])

    def set_pip_requirements(self, pip_requirements: Iterable[str]) -> None:
        """Have pip install exactly this: lines of a requirements file."""
        self._set_pip(list(pip_requirements))

    def set_pip_option(self, pip_option: str) -> None:
        """Add a line that tells pip how to install, such as ``--pre``, in place of the same option."""
        self.remove_pip_option(pip_option)
        self._set_pip([*self.pip_options, pip_option, *self.pip_packages])

    def remove_pip_option(self, pip_option: str) -> None:
        """Remove an option, whatever its value."""
        kept = (line for line in self.pip_options if _option(line) != _option(pip_option))
        self._set_pip([*kept, *self.pip_packages])

    def set_pip_index_url(self, index_url: str) -> None:
        """Have pip take packages from there; a bare URL, or a line with the option."""
        self.set_pip_option(index_url if requirements_file.is_option(index_url) else f"--index-url {index_url}")

    def add_tensorflow_pip_package(self, core_type: str = "cpu", version: str | None = None) -> None:
        """Add TensorFlow from pip. ``core_type``: ``cpu`` or ``gpu``."""
        self.add_pip_package(_tensorflow(core_type, version, "=="))

    def add_tensorflow_conda_package(self, core_type: str = "cpu", version: str | None = None) -> None:
        """Add TensorFlow from conda. ``core_type``: ``cpu`` or ``gpu``."""
        self.add_conda_package(_tensorflow(core_type, version, "="))

    def as_dict(self) -> dict[str, Any]:
        """The specification as a mapping of its own: changing it changes nothing here."""
        return copy.deepcopy(self._data)

    def serialize_to_string(self) -> str:
        """The specification as YAML."""
        return yaml_text.dump(self._data)

    def save(self, path: str | os.PathLike[str] | None = None) -> str:
        """Write the YAML; returns where. ``path``: a file or a folder; none: conda_dependencies.yml in this folder."""
        target = Path(path or ".")
        target = target / DEFAULT_FILE if target.is_dir() else target
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(self.serialize_to_string(), encoding="utf-8")
        return str(target)

    def save_to_file(self, base_directory: str | os.PathLike[str],
                     conda_file_path: str | os.PathLike[str] | None = None) -> str:
        """Write the YAML below a folder; returns the path within it."""
        self.save(Path(base_directory) / (conda_file_path or DEFAULT_FILE))
        return str(conda_file_path or DEFAULT_FILE)

    def _channels(self) -> list[str]:
        return self._list("channels")

    def _dependencies(self) -> list[Any]:
        return self._list("dependencies")

    def _pip(self) -> list[str]:
        """Pip's lines where they stand; a list that stands nowhere when there are none."""
        for each in self._dependencies():
            if isinstance(each, dict) and "pip" in each:
                each["pip"] = each["pip"] or []
                lines: list[str] = each["pip"]
                return lines
        return []

    def _set_pip(self, lines: list[str]) -> None:
        kept = [each for each in self._dependencies() if not isinstance(each, dict)]
        self._dependencies()[:] = [*kept, {"pip": lines}] if lines else kept

    def _list(self, name: str) -> list[Any]:
        if self._data.get(name) is None:
            self._data[name] = []
        found: list[Any] = self._data[name]
        return found


def _same(one: str, other: str) -> bool:
    """Whether both name one package; conda may have a channel in front, ``conda-forge::numpy``."""
    first, second = (requirements_file.parts(each.rpartition("::")[2])[0] for each in (one, other))
    return first == second


def _option(line: str) -> str:
    return line.replace("=", " ").split()[0]


def _tensorflow(core_type: str, version: str | None, equals: str) -> str:
    name = "tensorflow-gpu" if core_type.lower() == "gpu" else "tensorflow"
    return f"{name}{equals}{version}" if version else name
