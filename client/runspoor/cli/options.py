"""Options that many commands have, and how their values are read."""

from __future__ import annotations

from typing import Annotated, Any, Optional

import typer

__all__ = ["AsJson", "Limit", "RunId", "Tags", "Version", "known", "pairs"]

AsJson = Annotated[bool, typer.Option("--json", help="Print the backend's own documents, as JSON.")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")]
RunId = Annotated[str, typer.Argument(metavar="RUN", help="The id of a run.")]
Tags = Annotated[Optional[list[str]], typer.Option("--tag", metavar="NAME=VALUE", help="A tag; may be repeated.")]
Version = Annotated[Optional[str], typer.Option("--version", help="That version instead of the newest.")]


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
