"""Container images, and how they are run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from runspoor.sdk.exceptions import NotOffered, UserErrorException
from runspoor.sdk.section import Section

DEFAULT_CPU_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04"
"""What v1 bases images on unless told otherwise. The node itself stands in for it, so it is never asked for."""
DEFAULT_GPU_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-cuda11.1-cudnn8-ubuntu20.04"

_NO_ARGUMENTS: list[str] = []


@dataclass(repr=False, eq=False)
class ContainerRegistry(Section, v1="azureml.core.container_registry.ContainerRegistry"):
    """Where an image is kept. ``address``: ``host[:port]`` of the registry, or None: Docker Hub."""

    address: str | None = field(default=None, init=False)
    username: str | None = field(default=None, init=False)
    password: str | None = field(default=None, init=False)
    registry_identity: str | None = field(default=None, init=False)

    def _to_file(self) -> dict[str, object]:
        return {**super()._to_file(), "password": None}


@dataclass(repr=False, eq=False)
class DockerBuildContext(Section, v1="azureml.core.environment.DockerBuildContext"):
    """A folder with a Dockerfile."""

    location_type: str | None = None
    location: str | None = None
    dockerfile_path: str = "Dockerfile"


@dataclass(init=False, repr=False, eq=False)
class DockerSection(Section, v1="azureml.core.environment.DockerSection"):
    """The image of an environment: ``base_image`` of a registry, or ``base_dockerfile``, its text or path.

    ``enabled``, ``gpu_support``, ``shared_volumes``, ``shm_size`` and ``arguments`` are v1's former places for what
    ``DockerConfiguration`` says of a run.
    """

    base_image: str | None = DEFAULT_CPU_IMAGE
    base_dockerfile: str | None = None
    base_image_registry: ContainerRegistry = field(default_factory=ContainerRegistry)
    build_context: DockerBuildContext | None = None
    enabled: bool = False
    gpu_support: bool = False
    shared_volumes: bool = True
    shm_size: str | None = None
    arguments: list[str] = field(default_factory=list)

    def _image(self) -> dict[str, str] | None:
        """ImageRequest: ``{"name"}`` or ``{"dockerfile"}``; None: what the node itself has.

        Raises UserErrorException and NotOffered.
        """
        if self.build_context is not None:
            raise NotOffered("A Docker build context", "give the text of its Dockerfile as docker.base_dockerfile")
        if self.base_image_registry.username or self.base_image_registry.password:
            raise NotOffered("Logging in to a container registry", "run 'docker login' on the nodes, in an image of "
                             "your own or a start task, and leave username and password out")
        if self.base_dockerfile is None:
            return self._named()
        if self.base_image not in (None, DEFAULT_CPU_IMAGE):
            raise UserErrorException("docker.base_image and docker.base_dockerfile are both set: an environment has "
                                     "one of them, so set the other to None.")
        return {"dockerfile": text_or_file(self.base_dockerfile)}

    def _named(self) -> dict[str, str] | None:
        if self.base_image in (None, "", DEFAULT_CPU_IMAGE):
            return None
        address = (self.base_image_registry.address or "").strip("/")
        return {"name": f"{address}/{self.base_image}" if address else str(self.base_image)}


@dataclass(repr=False, eq=False)
class DockerConfiguration(Section, v1="azureml.core.runconfig.DockerConfiguration"):
    """How a run uses its environment's image. A cluster uses it in any case, as v1's do."""

    use_docker: bool = False
    shared_volumes: bool = True
    arguments: Sequence[str] = field(default_factory=list)
    shm_size: str = "2g"

    def __init__(self, use_docker: bool = False, shared_volumes: bool = True,
                 arguments: Sequence[str] = _NO_ARGUMENTS, shm_size: str = "2g") -> None:
        self.use_docker = use_docker
        self.shared_volumes = shared_volumes
        self.arguments = list(arguments)
        self.shm_size = shm_size


def text_or_file(value: str | os.PathLike[str]) -> str:
    """The text of the file of that name if there is one, else ``value`` itself."""
    text = os.fspath(value)
    if "\n" not in text and Path(text).is_file():
        return Path(text).read_text(encoding="utf-8")
    return text
