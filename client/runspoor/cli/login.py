"""``runspoor login``."""

import os
from pathlib import Path
from typing import Annotated

import typer

from runspoor.cli.secret import asked, from_stdin

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

    key = from_stdin() if key_stdin else os.environ.get("RUNSPOOR_KEY") or asked("Key")
    if not key:
        raise typer.BadParameter("there is no key: set RUNSPOOR_KEY, or write it to stdin")
    file = keep(url, key, folder)
    print(f"The key is good. {file} says where the backend is.")
