"""Environments over the wire: what callers send to register one, and what they get."""

from datetime import datetime

from pydantic import BaseModel

from shared.contract.fields import Name
from shared.contract.submission import EnvironmentRequest


class RegisterEnvironmentRequest(EnvironmentRequest):
    """A definition to register under ``name``; the backend gives the version."""

    name: Name
    version: None = None


class PackagesModel(BaseModel):
    """What is installed: lines of a requirements file, and match specifications of conda."""

    python_version: str | None = None
    channels: list[str] = []
    conda: list[str] = []
    pip: list[str] = []


class ImageModel(BaseModel):
    """A container image by its name in a registry, or the Dockerfile that makes it."""

    name: str | None = None
    dockerfile: str | None = None


class EnvironmentDefinition(BaseModel):
    """``packages`` to install, or a ``python`` that the user manages; ``image`` to run in; ``variables`` to set."""

    python: str | None = None
    packages: PackagesModel | None = None
    image: ImageModel | None = None
    variables: dict[str, str] = {}


class EnvironmentModel(BaseModel):
    """A version of an environment. Those that come with Runspoor have no ``created_at``."""

    name: str
    version: str
    definition: EnvironmentDefinition
    created_at: datetime | None = None
