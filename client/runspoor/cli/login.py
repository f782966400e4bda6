"""``runspoor login``."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["login"]


def login(
    url: Annotated[str, typer.Argument(help="The backend's address, such as https://runspoor.example.com/api.")],
    key_stdin: Annotated[bool, typer.Option("--key-stdin", help="Read the key from stdin in any case.")] = False,
    folder: Annotated[Path, typer.Option(help="Where config.json is to be.")] = Path(),
) -> None:
    """Keep the key of a backend for this user, and its address in config.json for the scripts in this folder.

    The key is that of RUNSPOOR_KEY, or asked for. It is tried first. It goes into a file that only this user can
    read, never into config.json.
    """
    from runspoor.sdk.login import login as keep

    key = _from_stdin() if key_stdin else os.environ.get("RUNSPOOR_KEY") or _asked()
    if not key:
        raise typer.BadParameter("there is no key: set RUNSPOOR_KEY, or write it to stdin")
    file = keep(url, key, folder)
    print(f"The key is good. {file} says where the backend is.")


def _asked() -> str:
    """From a pipe without a question: nobody is there to read it."""
    return str(typer.prompt("Key", hide_input=True, err=True)) if sys.stdin.isatty() else _from_stdin()


def _from_stdin() -> str:
    return sys.stdin.readline().strip()
