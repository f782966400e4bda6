"""Errors as one sentence on stderr, and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperGroup

from runspoor.cli.exit_codes import INTERRUPTED, USAGE, code_for

__all__ = ["OneSentence"]

# typer does not export it: older versions use an installed click, newer ones bring their own.
UsageError: Any = typer.BadParameter.__base__
SHOWS_HELP = "NoArgsIsHelpError"


class OneSentence(TyperGroup):
    """A command whose errors are told, and not shown with all that led to them."""

    def make_context(self, *given: Any, **more: Any) -> Any:
        with _told():
            return super().make_context(*given, **more)

    def invoke(self, ctx: Any) -> Any:
        with _told():
            return super().invoke(ctx)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    except Exception as error:
        code = USAGE if _is_wrong_usage(error) else code_for(error)
        if code is None or isinstance(error, BrokenPipeError):
            raise
        print(f"runspoor: {_sentence(error)}", file=sys.stderr)
        raise typer.Exit(code) from None


def _is_wrong_usage(error: Exception) -> bool:
    return isinstance(error, UsageError) and type(error).__name__ != SHOWS_HELP


def _sentence(error: Any) -> str:
    """The message, and what is wrong with which field; or where the right usage is told."""
    if isinstance(error, UsageError):
        command = error.ctx.command_path if error.ctx else "runspoor"
        return f"{error.format_message().rstrip('.')}. See '{command} --help'."
    said = str(getattr(error, "message", None) or error)
    return "; ".join([said, *(each for each in getattr(error, "errors", ()) if each not in said)])
