"""An environment: a definition registered under a name, as versions numbered from 1; and the key of what it becomes.

A definition, once registered, never changes.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.decider import Decider
from shared.domain.definition import Environment
from shared.domain.errors import NotFound, key_of_another
from shared.domain.value import Value

STEERS_THE_BUILD = re.compile(r"(PIP|UV|CONDA|MAMBA)_")
"""Variables that decide what is found under the same names."""
USER_INFO = re.compile(r"(://)[^/\s]*@")


class EnvironmentRegistered(Value):
    """The next version of the name."""

    definition: Environment


@dataclass(frozen=True)
class RegisterEnvironment:
    definition: Environment


@dataclass(frozen=True)
class EnvironmentVersion:
    """One registered version."""

    number: int
    definition: Environment
    created_at: datetime


@dataclass(frozen=True)
class EnvironmentVersions:
    """A name and what is registered under it, oldest first. ``version`` counts events."""

    name: str
    version: int = 0
    versions: tuple[EnvironmentVersion, ...] = ()

    def numbered(self, number: int | None = None) -> EnvironmentVersion:
        """The version of that number, the newest without one; ``NotFound`` when there is none."""
        if not self.versions:
            raise unknown(self.name)
        if number is not None and not 1 <= number <= len(self.versions):
            raise NotFound(f"Environment {self.name!r} has no version {number}: it has 1 to {len(self.versions)}.")
        return self.versions[(number or len(self.versions)) - 1]

    def like(self, definition: Environment) -> EnvironmentVersion:
        """The newest version with this definition; ``Rejected`` when there is none: the request's key made another."""
        found = next((each for each in reversed(self.versions) if each.definition == definition), None)
        if found is None:
            raise key_of_another("environment", self.name)
        return found


def decide(environment: EnvironmentVersions, command: RegisterEnvironment) -> list[EnvironmentRegistered]:
    """The definition of the newest version again changes nothing; any other is a new version."""
    if environment.versions and environment.numbered().definition == command.definition:
        return []
    return [EnvironmentRegistered(definition=command.definition)]


def evolve(environment: EnvironmentVersions, event: EnvironmentRegistered, at: datetime) -> EnvironmentVersions:
    """Apply one event."""
    added = EnvironmentVersion(len(environment.versions) + 1, event.definition, at)
    return replace(environment, version=environment.version + 1, versions=(*environment.versions, added))


ENVIRONMENT = Decider(EnvironmentVersions, decide, evolve)


def unknown(name: str) -> NotFound:
    """The refusal of a request about a name under which nothing is registered."""
    return NotFound(f"There is no environment {name!r}: register one under this name.")


def digest(environment: Environment) -> str | None:
    """The key under which what the packages become is kept and shared, a SHA-256 in hexadecimal; none without packages.

    It covers the packages, and variables that decide what is found under their names, without the credentials in URLs:
    a new password finds the same packages.
    """
    if environment.packages is None:
        return None
    content: dict[str, object] = {"packages": environment.packages.model_dump(mode="json")}
    if steering := _steering(environment.variables):
        content["variables"] = steering
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _steering(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: USER_INFO.sub(r"\1", value) for name, value in variables.items() if STEERS_THE_BUILD.match(name)}
