"""``runspoor login``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["login"]


def login(
    url: Annotated[str, typer.Argument(help="The backend's address, such as https://runspoor.example.com/api.")],
    key_stdin: Annotated[bool, typer.Option("--key-stdin", help="Read the key from stdin instead of asking.")] = False,
    folder: Annotated[Path, typer.Option(help="Where config.json is to be.")] = Path(),
) -> None:
    """Keep the key of a backend for this user, and its address in config.json for the scripts in this folder.

    The key is tried first. It goes into a file that only this user can read, never into config.json.
    """
    from runspoor.sdk.login import login as keep

    key = sys.stdin.readline().strip() if key_stdin else typer.prompt("Key", hide_input=True, err=True)
    if not key:
        raise typer.BadParameter("the key is empty")
    file = keep(url, key, folder)
    print(f"The key is good. {file} says where the backend is.")
