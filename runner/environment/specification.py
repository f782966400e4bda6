"""What the task document says of the environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Packages:
    """``pip``: lines of a requirements file; ``conda``: match specifications."""

    python_version: str | None = None
    channels: tuple[str, ...] = ()
    conda: tuple[str, ...] = ()
    pip: tuple[str, ...] = ()


@dataclass(frozen=True)
class Image:
    """A container image by its name in a registry, or the text of the Dockerfile that makes one."""

    name: str | None = None
    dockerfile: str | None = None


@dataclass(frozen=True)
class Specification:
    """``digest`` is the key under which what ``packages`` become is kept; the backend computes it."""

    packages: Packages | None = None
    image: Image | None = None
    digest: str | None = None

    @property
    def is_made(self) -> bool:
        """Whether there is anything to make: else the script runs with a Python that is there already."""
        return self.packages is not None or self.image is not None


def parse(environment: Mapping[str, Any]) -> Specification:
    packages, image = environment.get("packages"), environment.get("image")
    return Specification(
        Packages(packages.get("python_version"), _texts(packages.get("channels")), _texts(packages.get("conda")),
                 _texts(packages.get("pip"))) if packages is not None else None,
        Image(image.get("name"), image.get("dockerfile")) if image is not None else None,
        environment.get("digest"),
    )


def _texts(values: Sequence[object] | None) -> tuple[str, ...]:
    return tuple(str(value) for value in values or ())
