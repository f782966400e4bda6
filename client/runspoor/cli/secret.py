"""Keys that somebody types or a pipe brings: they are never on a command line, which others can read."""

from __future__ import annotations

import sys

import typer

__all__ = ["asked", "from_stdin"]


def asked(what: str) -> str:
    """Ask without showing it; from a pipe without a question: nobody is there to read it."""
    return str(typer.prompt(what, hide_input=True, err=True)) if sys.stdin.isatty() else from_stdin()


def from_stdin() -> str:
    """One line."""
    return sys.stdin.readline().strip()
