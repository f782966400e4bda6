"""Options that many commands have, and how their values are read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

__all__ = ["AsJson", "Limit", "Overwrite", "RunId", "Tags", "To", "Version", "known", "pairs"]

AsJson = Annotated[bool, typer.Option("--json", help="Print the backend's own documents, as JSON.")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files that are there; else they stay.")]
RunId = Annotated[str, typer.Argument(metavar="RUN", help="The id of a run.")]
Tags = Annotated[Optional[list[str]], typer.Option("--tag", metavar="NAME=VALUE", help="A tag; may be repeated.")]
To = Annotated[Path, typer.Option("--to", metavar="FOLDER", file_okay=False, show_default="this folder",
                                  help="The folder for the files; it is made when there is none.")]
Version = Annotated[Optional[str], typer.Option("--version", metavar="NUMBER", show_default="the newest",
                                                  help="Which version.")]


def pairs(given: list[str] | None) -> dict[str, str]:
    """``["a=b"]`` as ``{"a": "b"}``."""
    return dict(map(_pair, given or []))


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise typer.BadParameter(f"{text!r} is not of the form NAME=VALUE")
    return name, value


def known(**values: Any) -> dict[str, Any]:
    """The values that were given."""
    return {name: value for name, value in values.items() if value is not None}
