"""The Python of an environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runspoor.sdk.conda_dependencies import CondaDependencies
from runspoor.sdk.exceptions import NotOffered
from runspoor.sdk.requirements_file import parts
from runspoor.sdk.section import Section

DEFAULT_INTERPRETER = "python"


@dataclass(init=False, repr=False, eq=False)
class PythonSection(Section, v1="azureml.core.environment.PythonSection"):
    """Packages to install, or with ``user_managed_dependencies`` a Python that has them already.

    ``interpreter_path`` is that Python on the node; ``python`` is the node's own, which in a local run is the one that
    runs the caller.
    """

    interpreter_path: str = DEFAULT_INTERPRETER
    user_managed_dependencies: bool = False
    conda_dependencies: CondaDependencies = field(default_factory=CondaDependencies)
    base_conda_environment: str | None = None
    _conda_dependencies_file: str | None = None

    @property
    def conda_dependencies_file(self) -> str | None:
        """The file that the packages were read from; setting it reads them."""
        return self._conda_dependencies_file

    @conda_dependencies_file.setter
    def conda_dependencies_file(self, path: str | None) -> None:
        if path is not None:
            self.conda_dependencies = CondaDependencies(path)
        self._conda_dependencies_file = path

    def _to_request(self) -> dict[str, Any]:
        """``{"python"}``, ``{"packages"}``, or nothing of both: the node's own Python as it is."""
        if self.base_conda_environment:
            raise NotOffered("A base conda environment", "set user_managed_dependencies, and interpreter_path to the "
                             "environment's bin/python on the node")
        if not self.user_managed_dependencies:
            packages = packages_of(self.conda_dependencies)
            return {"packages": packages} if packages else {}
        own = self.interpreter_path in (None, "", DEFAULT_INTERPRETER)
        return {} if own else {"python": str(self.interpreter_path)}

    def _from_response(self, definition: Mapping[str, Any]) -> None:
        packages = definition.get("packages")
        self.user_managed_dependencies = packages is None
        self.interpreter_path = definition.get("python") or DEFAULT_INTERPRETER
        if packages is not None:
            self.conda_dependencies = _specification(packages)

    def _to_file(self) -> dict[str, object]:
        return {**super()._to_file(), "condaDependencies": self.conda_dependencies.as_dict()}

    def _read(self, name: str, value: Any) -> None:
        if name == "conda_dependencies":
            value = CondaDependencies._of(value) if value else CondaDependencies()
        if name == "_conda_dependencies_file":
            self.conda_dependencies_file = value
        else:
            super()._read(name, value)


def packages_of(specification: CondaDependencies) -> dict[str, Any] | None:
    """PackagesRequest; None when nothing is asked for, and so nothing is to be installed."""
    conda = [each for each in specification.conda_packages if each.strip() != "python"]
    version = next(filter(None, map(_plain_python, conda)), None)
    conda = [each for each in conda if _plain_python(each) is None]
    pip = specification._pip()
    if not (conda or pip or version):
        return None
    # Channels say nothing without packages to look for: the same packages shall make the same environment.
    channels = list(specification.conda_channels) if conda else []
    asked = {"python_version": version, "channels": channels, "conda": conda, "pip": pip}
    return {name: value for name, value in asked.items() if value}


def _plain_python(package: str) -> str | None:
    """``"3.8"`` of ``python=3.8``, ``python==3.8.*``; None of everything else, ranges of versions too."""
    name, _, version = parts(package)
    digits = version.lstrip("= ").removesuffix(".*") if name == "python" else ""
    return digits if digits.replace(".", "").isdigit() else None


def _specification(packages: Mapping[str, Any]) -> CondaDependencies:
    made = CondaDependencies()
    made._channels()[:] = packages.get("channels") or []
    for package in packages.get("conda") or ():
        made.add_conda_package(package)
    if packages.get("python_version"):
        made.set_python_version(packages["python_version"])
    made.set_pip_requirements(packages.get("pip") or [])
    return made
