"""What a run or an environment is to have, from options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from runspoor.cli.options import known, pairs

__all__ = ["Image", "Python", "Requirements", "Variables", "definition"]

Python = Annotated[Optional[str], typer.Option("--python", metavar="PATH", help="A Python that is on the node.")]
Requirements = Annotated[Optional[Path], typer.Option(
    "--requirements", metavar="FILE", exists=True, dir_okay=False, help="Packages to install, as pip reads them.")]
Image = Annotated[Optional[str], typer.Option("--image", help="A container image to run in.")]
Variables = Annotated[Optional[list[str]], typer.Option(
    "--variable", metavar="NAME=VALUE", help="A variable for the script; no place for secrets. May be repeated.")]


def definition(python: str | None, requirements: Path | None, image: str | None,
               variables: list[str] | None) -> dict[str, Any]:
    """An environment as the backend wants it."""
    if python is not None and requirements is not None:
        raise typer.BadParameter("give --python or --requirements, not both")
    return known(python=python, packages=None if requirements is None else {"pip": _lines(requirements)},
                 image=None if image is None else {"name": image}, variables=pairs(variables) or None)


def _lines(requirements: Path) -> list[str]:
    from runspoor.sdk.requirements_file import requirement_lines

    return requirement_lines(requirements)
